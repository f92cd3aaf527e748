/** What the tops of value tasks fuse, as kernels of their own: for golden vectors. */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { controlTypes } from "./control";
import { ceilDiv, type Kernel, pad4, read, readWrite, WORKGROUP } from "./kernel";
import type { ValueLoss } from "./losses/loss";
import { valueCode } from "./network/value-rows";
import { divergence, divergenceOf } from "./neurons/divergence";

/**
 * In place, gradients by outputs [rows, pad4(outputs)] of the mean over rows; and the loss [rows]
 * of each row against `wanted` [rows, pad4(outputs)].
 */
export const valueLossKernel = ({
  loss,
  rows,
  outputs,
}: {
  loss: ValueLoss;
  rows: number;
  outputs: number;
}) =>
  ({
    name: `loss ${loss.name}`,
    bindings: {
      wanted: read("array<vec4f>"),
      values: readWrite("array<f32>"),
      results: readWrite("array<f32>"),
    },
    constants: { WORKGROUP, ROWS: rows, TILE_ROWS: 1, OUTPUTS: outputs, QUADS: pad4(outputs) / 4 },
    wgsl: wgsl`
fn output_start(member: u32, row: u32) -> u32 { return 4u * row * QUADS; }
fn output_at(at: u32) -> f32 { return values[at]; }
fn set_output(at: u32, value: f32) { values[at] = value; }
fn wanted_start(row: u32) -> u32 { return row * QUADS; }
fn wanted_quad(at: u32) -> vec4f { return wanted[at]; }
fn row_done(member: u32, row: u32, loss: f32) { results[row] = loss; }
${valueCode({ loss, outputs }, "training")}
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  value_rows(group.x, 0u, local);
}`,
    workgroups: [rows, 1, 1],
  }) satisfies Kernel;

/**
 * KL of z [rows, units · group], which three times its length holds (neurons/divergence.ts): dz of
 * the mean over rows, for a weight of 1, and kl [rows].
 */
export function divergenceKernel(shape: { rows: number; units: number; group: number }) {
  const { rows, units, group } = shape;
  const stride = units * group;
  const { constants, fire, back } = divergence(rows * stride, rows, false);
  const counted = [{ at: 0, stride, units, group }];
  return {
    name: "divergence",
    bindings: {
      control: read("Control"),
      z: readWrite("array<f32>"),
      dz: readWrite("array<f32>"),
      kl: readWrite("array<f32>"),
    },
    constants: { ...constants, WORKGROUP, ROWS: rows, UNITS: units, UNIT_WIDTH: group },
    wgsl: wgsl`
${controlTypes}
${fire}
${back}
${divergenceOf(rows * stride, counted)}
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= ROWS) { return; }
  for (var n = 0u; n < UNITS; n++) {
    let at = (id.x * UNITS + n) * UNIT_WIDTH;
    before_fire(at, 1.0);
    after_back(at, control.members[0]);
  }
  kl[id.x] = divergence_of(id.x);
}`,
    workgroups: [ceilDiv(rows, WORKGROUP), 1, 1],
  } satisfies Kernel;
}
