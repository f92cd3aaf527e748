/**
 * Glorot uniform initial weights: w [inputs, outputs] ~ U(-a, a), a = sqrt(6 / (inputs + outputs));
 * biases 0. Source: Glorot and Bengio, AISTATS 2010, equation 16. Drawn by Philox with the member's
 * own key.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { controlTypes } from "./control";
import {
  ceilDiv,
  indexOf,
  type Kernel,
  pad4,
  pick,
  read,
  readWrite,
  spread,
  startsOf,
  WORKGROUP,
} from "./kernel";
import { draws, Purpose, stream } from "./philox";

/**
 * Parameters of one layer for all members: [members, pad4(inputs) + 1, pad4(outputs)], the last row
 * the bias. Padding stays zero: its inputs and its gradients are zero.
 */
export const parameterRows = (inputs: number): number => pad4(inputs) + 1;

/**
 * Draws the weights of all layers, which lie one behind the other in `weights`. Each layer has a
 * stream of its own.
 */
export function initialiseKernel({
  layers,
  members,
}: {
  layers: readonly { inputs: number; outputs: number }[];
  members: number;
}) {
  const blocks = layers.map(({ inputs, outputs }) => parameterRows(inputs) * pad4(outputs));
  const quads = layers.map(({ inputs, outputs }) => ceilDiv(inputs * outputs, 4));
  const starts = startsOf(quads);
  const total = quads.reduce((a, b) => a + b);
  const { workgroups, index } = spread(ceilDiv(total, WORKGROUP), members);
  const of = (values: readonly number[]) => pick("layer", values);
  return {
    name: "initialise",
    bindings: { control: read("Control"), weights: readWrite("array<f32>") },
    wgsl: wgsl`
${controlTypes}
${draws}
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3u) {
  let member = group.z;
  let id = ${index} * ${WORKGROUP}u + local;
  let layer = ${indexOf("id", starts)};
  let outputs = ${of(layers.map(({ outputs }) => outputs))};
  let elements = ${of(layers.map(({ inputs, outputs }) => inputs * outputs))};
  let begin = ${of(startsOf(blocks.map((block) => block * members)))} + member * ${of(blocks)};
  var limits = array<f32, ${layers.length}>(${layers.map(({ inputs, outputs }) => Math.sqrt(6 / (inputs + outputs))).join(", ")});
  noise_key = control.members[member].key;
  noise_stream = ${stream(Purpose.weights, 0)}u + layer * ${stream(Purpose.weights, 1) - stream(Purpose.weights, 0)}u;
  noise_step = 0u;
  let first = 4u * (id - ${of(starts)});
  for (var e = first; e < min(first + 4u, elements); e++) {
    weights[begin + e / outputs * ((outputs + 3u) / 4u * 4u) + e % outputs] = (2.0 * unit(draw(e)) - 1.0) * limits[layer];
  }
}`,
    workgroups,
  } satisfies Kernel;
}
