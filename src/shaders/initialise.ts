/**
 * Glorot uniform initial weights: w [inputs, outputs] ~ U(-a, a), a = sqrt(6 / (inputs + outputs));
 * biases 0. Source: Glorot and Bengio, AISTATS 2010, equation 16. Drawn by Philox with the member's
 * own key.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { controlTypes } from "./control";
import { ceilDiv, gridOf, type Kernel, pad4, read, readWrite, WORKGROUP } from "./kernel";
import { lookUp, parameterCount, type Sizes, startsOf } from "./layout";
import { draws, Purpose, stream } from "./philox";

/** Draws the weights of all layers (layout.ts), four an invocation. Each layer has its own stream. */
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
  const values = layers.map((size, i) => {
    const { inputs, outputs } = size;
    const key = stream(Purpose.weights, i);
    const sizes = [starts[i], inputs * outputs, outputs, pad4(outputs), places[i]];
    const whole = [key, ...sizes, parameterCount(size)].map((n) => `${n}u`).join(", ");
    return `Layer(${whole}, ${Math.sqrt(6 / (inputs + outputs))})`;
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
struct Layer {
  noise_stream: u32,
  start: u32, // its first invocation
  elements: u32,
  outputs: u32,
  stride: u32, // of a row of weights
  at: u32,     // where its weights begin
  member: u32, // numbers of a member
  limit: f32,
}
${lookUp("layer_at(number: u32) -> Layer", starts, values)}

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
    let at = layer.at + member * layer.member + e / layer.outputs * layer.stride;
    weights[at + e % layer.outputs] = (2.0 * unit(draw(e)) - 1.0) * layer.limit;
  }
}`,
    workgroups,
  } satisfies Kernel;
}
