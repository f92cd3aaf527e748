/**
 * What training fuses into other kernels, each as a kernel of its own: for `verify`, benchmarks and
 * tests.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { type Bindings, ceilDiv, gridOf, type Kernel, read, readWrite, WORKGROUP } from "./kernel";
import type { LabelLoss } from "./losses/loss";
import { lossCode } from "./network/loss-rows";
import {
  backCall,
  fireCode,
  layerConstants,
  loneBackCode,
  type NeuronLayer,
  type Noise,
} from "./neurons/layer";
import { philox } from "./philox";
import { type GradientShape, inputGradientTile } from "./products/input-gradient";
import { inFours, laneOf } from "./products/tiles";

/** words[i] = philox(counters[i], keys[i]): the generator alone. */
export function philoxKernel(count: number) {
  const { workgroups, constants } = gridOf(count);
  return {
    name: "philox",
    bindings: {
      counters: read("array<vec4u>"),
      keys: read("array<vec2u>"),
      words: readWrite("array<vec4u>"),
    },
    constants: { ...constants, WORKGROUP, COUNT: count },
    wgsl: wgsl`
${philox}
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3u) {
  let id = (group.x + group.y * GROUPS_X) * WORKGROUP + local;
  if (id < COUNT) { words[id] = philox(counters[id], keys[id]); }
}`,
    workgroups,
  } satisfies Kernel;
}

/** A row's loss, as `lossKernel` writes it. */
const resultType = "struct RowResult { loss: f32, correct: u32 }";

/** In place, gradients by outputs [rows, outputs]; and results [rows] of labels [rows]. */
export function lossKernel({
  loss,
  rows,
  outputs,
}: {
  loss: LabelLoss;
  rows: number;
  outputs: number;
}) {
  return {
    name: `loss ${loss.name}`,
    bindings: {
      labels: read("array<u32>"),
      values: readWrite("array<f32>"),
      results: readWrite("array<RowResult>"),
    },
    constants: { WORKGROUP, ROWS: rows, TILE_ROWS: 1, OUTPUTS: outputs },
    wgsl: wgsl`
${resultType}
fn output_start(member: u32, row: u32) -> u32 { return row * OUTPUTS; }
fn output_at(at: u32) -> f32 { return values[at]; }
fn set_output(at: u32, value: f32) { values[at] = value; }
fn label_of(row: u32) -> u32 { return labels[row]; }
fn row_done(member: u32, row: u32, loss: f32, correct: bool) {
  results[row] = RowResult(loss, u32(correct));
}
${lossCode({ loss, outputs }, "training")}
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  loss_rows(group.x, 0u, local);
}`,
    workgroups: [rows, 1, 1],
  } satisfies Kernel;
}

export interface LayerShape extends NeuronLayer {
  label: string;
  rows: number;
  members: number;
}

const main = /* wgsl */ `
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u)`;

/** y from z for a whole batch. Given noise comes as 24-bit integers [rows, pad4(draws per row)]. */
export function fireKernel(shape: LayerShape, noise: Noise) {
  const evaluating = noise !== "given" && noise.purpose === "evaluation";
  const source: Bindings =
    noise === "given"
      ? { given_draws: read("array<u32>") }
      : evaluating
        ? { batches: read("array<vec2u>") }
        : {};
  return {
    name: `fire ${shape.label}`,
    bindings: {
      control: read("Control"),
      z: readWrite("array<f32>"),
      y: readWrite("array<f32>"),
      ...source,
    } as Bindings,
    constants: { ...layerConstants(shape, noise), WORKGROUP, ROWS: shape.rows },
    wgsl: wgsl`
${fireCode(shape, noise)}
${main} {
  let row = id.x / UNIT_QUADS;
  if (row >= ROWS) { return; }
  let start = (group.y * ROWS + row) * STRIDE;
  fire_quad(start, noise_row_of(row), id.x % UNIT_QUADS, control.members[group.y]);
}`,
    workgroups: [ceilDiv(shape.rows * ceilDiv(shape.units, 4), WORKGROUP), shape.members, 1],
  } satisfies Kernel;
}

/** dz from dy, in place, after `fire` on the same z and y, with noise as there. */
export function backKernel(shape: LayerShape, noise: Noise = "given") {
  const call = backCall(
    shape,
    "(group.y * ROWS + row) * STRIDE, id.x % UNITS, control.members[group.y]",
    "row",
  );
  const code = loneBackCode(shape, noise);
  return {
    name: `back ${shape.label}`,
    bindings: {
      control: read("Control"),
      z: readWrite("array<f32>"),
      y: read("array<f32>"),
      dz: readWrite("array<f32>"),
      ...(code.includes("given_draws") ? { given_draws: read("array<u32>") } : {}),
    } as Bindings,
    constants: { ...layerConstants(shape, noise), WORKGROUP, ROWS: shape.rows },
    wgsl: wgsl`
${code}
${main} {
  let row = id.x / UNITS;
  if (row < ROWS) {
    ${call}
  }
}`,
    workgroups: [ceilDiv(shape.rows * shape.units, WORKGROUP), shape.members, 1],
  } satisfies Kernel;
}

/** dx from dz (products/input-gradient.ts). */
export function inputGradientKernel(shape: GradientShape) {
  const { members, tiles } = shape;
  const { shared, code, constants } = inputGradientTile(shape);
  const across = tiles.share ? inFours(constants.WORDS) : constants.WORDS;
  return {
    name: `input gradient ${shape.label}`,
    subgroups: tiles.share > 0,
    bindings: {
      dz: read("array<vec4f>"),
      weights: read("array<vec4f>"),
      dx: readWrite("array<vec4f>"),
    },
    constants: { ...constants, WORKGROUP: tiles.workgroup, ACROSS: across },
    wgsl: wgsl`
${shared}
${code}
fn load_gradient(at: u32) -> vec4f { return dz[at]; }
fn store_gradient(at: u32, values: vec4f) { dx[at] = values; }
@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(workgroup_id) group: vec3u,${laneOf(tiles.share)}
) {
  #if ${!tiles.share}
  const lane = 0u;
  #endif
  let column = id.x % ACROSS;
  let store = id.x < ACROSS * TILES && column < WORDS;
  let tile = min(id.x / ACROSS, TILES - 1u);
  input_gradient_tile(group.y, tile, min(column, WORDS - 1u), lane, store);
}`,
    workgroups: [ceilDiv(across * constants.TILES, tiles.workgroup), members, 1],
  } satisfies Kernel;
}
