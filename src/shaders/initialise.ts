/**
 * Glorot uniform initial weights: w [inputs, outputs] ~ U(-a, a), a = sqrt(6 / (inputs + outputs));
 * biases 0. Source: Glorot and Bengio, AISTATS 2010, equation 16. Drawn by Philox with the member's
 * own key.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { controlTypes } from "./control";
import { ceilDiv, gridOf, type Kernel, pad4, read, readWrite, WORKGROUP } from "./kernel";
import { layerTable, parameterCount, type Sizes, startsOf } from "./layout";
import { draws, Purpose, stream } from "./philox";

/**
 * Draws the weights of all layers (layout.ts), four an invocation. Each layer has its own stream.
 */
export function initialiseKernel({
  layers,
  members,
}: {
  layers: readonly Sizes[];
  members: number;
}) {
  const quads = layers.map(({ inputs, outputs }) => ceilDiv(inputs * outputs, 4));
  const starts = startsOf(quads);
  const places = startsOf(layers.map((size) => members * parameterCount(size)));
  const table = layers.map((size, i) => {
    const { inputs, outputs } = size;
    return {
      noise_stream: stream(Purpose.weights, i),
      start: starts[i] as number, // its first invocation
      ...{ elements: inputs * outputs, outputs, stride: pad4(outputs) },
      weights_at: places[i] as number,
      member_weights: parameterCount(size),
      limit: { f32: Math.sqrt(6 / (inputs + outputs)) },
    };
  });
  const { workgroups, constants } = gridOf(
    quads.reduce((a, b) => a + b),
    members,
  );
  return {
    name: "initialise",
    bindings: { control: read("Control"), weights: readWrite("array<f32>") },
    constants: { ...constants, WORKGROUP },
    wgsl: wgsl`
${controlTypes}
${draws}
${layerTable(starts, table)}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3u) {
  let member = group.z;
  let id = (group.x + group.y * GROUPS_X) * WORKGROUP + local;
  let layer = layer_at(id);
  noise_key = control.members[member].key;
  noise_stream = layer.noise_stream;
  noise_step = 0u;
  let first = 4u * (id - layer.start);
  for (var e = first; e < min(first + 4u, layer.elements); e++) {
    let at = layer.weights_at + member * layer.member_weights + e / layer.outputs * layer.stride;
    weights[at + e % layer.outputs] = (2.0 * unit(draw(e)) - 1.0) * layer.limit;
  }
}`,
    workgroups,
  } satisfies Kernel;
}
