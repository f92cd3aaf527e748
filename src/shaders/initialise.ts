/**
 * Glorot uniform initial weights: w [inputs, outputs] ~ U(-a, a), a = sqrt(6 / (inputs + outputs)); biases 0.
 * Source: Glorot and Bengio, AISTATS 2010, equation 16. Drawn by Philox with the member's own key.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { controlTypes } from "./control";
import { ceilDiv, type Kernel, pad4, read, readWrite, WORKGROUP } from "./kernel";
import { draws, Purpose, stream } from "./philox";

/**
 * Parameters of one layer for all members: [members, pad4(inputs) + 1, pad4(outputs)], the last row the bias.
 * Padding stays zero: its inputs and its gradients are zero.
 */
export const parameterRows = (inputs: number): number => pad4(inputs) + 1;

export function initialiseKernel({ inputs, outputs, layer, members }: { inputs: number; outputs: number; layer: number; members: number }) {
  const stride = pad4(outputs);
  const elements = inputs * outputs;
  return {
    name: `initialise layer ${layer + 1}`,
    bindings: { control: read("Control"), weights: readWrite("array<f32>") },
    wgsl: wgsl`
${controlTypes}
${draws}
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  let member = group.y;
  noise_key = control.members[member].key;
  noise_stream = ${stream(Purpose.weights, layer)}u;
  noise_step = 0u;
  for (var e = 4u * id.x; e < min(4u * id.x + 4u, ${elements}u); e++) {
    let at = (member * ${parameterRows(inputs)}u + e / ${outputs}u) * ${stride}u + e % ${outputs}u;
    weights[at] = (2.0 * unit(draw(e)) - 1.0) * ${Math.sqrt(6 / (inputs + outputs))};
  }
}`,
    workgroups: [ceilDiv(ceilDiv(elements, 4), WORKGROUP), members, 1],
  } satisfies Kernel;
}
