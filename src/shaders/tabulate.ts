/**
 * An activation as a table: out [count] = (f(s·z), d f(s·z) / dz) for z [count], by the same WGSL
 * that neurons train with.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ceilDiv, type Kernel, read, readWrite, WORKGROUP } from "./kernel";

/** `activation` is a neuron's own WGSL (neuron.ts). */
export function tabulateKernel(activation: string, slope: number, count: number) {
  return {
    name: "tabulate",
    bindings: { z: read("array<f32>"), table: readWrite("array<vec2f>") },
    wgsl: wgsl`
${activation}
const SLOPE = f32(${slope});
@compute @workgroup_size(${WORKGROUP}) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= ${count}u) { return; }
  let f = activation(SLOPE * z[id.x], SLOPE);
  table[id.x] = vec2f(f.x, SLOPE * f.y);
}`,
    workgroups: [ceilDiv(count, WORKGROUP), 1, 1],
  } satisfies Kernel;
}
