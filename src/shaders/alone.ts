/**
 * Steps that training fuses into others, each as a kernel of its own: what `verify`, the benchmarks
 * and the tests run.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import {
  type Bindings,
  ceilDiv,
  inFours,
  type Kernel,
  pad4,
  read,
  readWrite,
  WORKGROUP,
} from "./kernel";
import { backCode, fireCode, layerCode, type NeuronLayer, type Noise } from "./layer";
import { NOWHERE } from "./matmul";
import { philox } from "./philox";
import { laneOf } from "./quad";
import { softmaxCode } from "./softmax";
import { type TransferShape, transferTileCode } from "./transfer";

/** words[i] = philox(counters[i], keys[i]): the generator alone, for `verify` and its tests. */
export function philoxKernel(count: number) {
  return {
    name: "philox",
    bindings: {
      counters: read("array<vec4u>"),
      keys: read("array<vec2u>"),
      words: readWrite("array<vec4u>"),
    },
    wgsl: wgsl`
${philox}
@compute @workgroup_size(${WORKGROUP}) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < ${count}u) {
    words[id.x] = philox(counters[id.x], keys[id.x]);
  }
}`,
    workgroups: [ceilDiv(count, WORKGROUP), 1, 1],
  } satisfies Kernel;
}

/**
 * dlogits [rows, classes] and results [rows] from logits [rows, classes] and labels [rows]; one
 * workgroup a row.
 */
export function softmaxKernel({ rows, classes }: { rows: number; classes: number }) {
  return {
    name: "softmax",
    bindings: {
      given: read("array<f32>"),
      labels: read("array<u32>"),
      dlogits: readWrite("array<f32>"),
      results: readWrite("array<RowResult>"),
    },
    wgsl: wgsl`
${softmaxCode(classes, rows)}
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = group.x;
  for (var i = local; i < CLASSES; i += ${WORKGROUP}u) { logits[i] = given[row * CLASSES + i]; }
  workgroupBarrier();
  if (local == ${WORKGROUP >> 1}u) { results[row] = softmax_row(0u, labels[row]); }
  workgroupBarrier();
  for (var i = local; i < CLASSES; i += ${WORKGROUP}u) { dlogits[row * CLASSES + i] = logits[i]; }
}`,
    workgroups: [rows, 1, 1],
  } satisfies Kernel;
}

export interface LayerShape extends NeuronLayer {
  label: string;
  rows: number;
  members: number;
}

const MAIN = `@compute @workgroup_size(${WORKGROUP})
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
    wgsl: wgsl`
${fireCode(shape, noise)}
${MAIN} {
  let row = id.x / UNIT_QUADS;
  if (row >= ${shape.rows}u) { return; }
  let noise_row = ${evaluating ? "batches[row].x" : "row"};
  fire_quad((group.y * ${shape.rows}u + row) * STRIDE, noise_row, id.x % UNIT_QUADS, control.members[group.y]);
}`,
    workgroups: [
      ceilDiv(shape.rows * ceilDiv(shape.units, 4), WORKGROUP),
      shape.members,
      1,
    ] as const,
  } satisfies Kernel;
}

/** dz from dy, in place, after `fire` on the same z and y. */
export function backKernel(shape: LayerShape) {
  return {
    name: `back ${shape.label}`,
    bindings: {
      control: read("Control"),
      z: readWrite("array<f32>"),
      y: read("array<f32>"),
      dz: readWrite("array<f32>"),
    },
    wgsl: wgsl`
${layerCode(shape)}
${backCode(shape)}
${MAIN} {
  let row = id.x / UNITS;
  if (row < ${shape.rows}u) {
    back_neuron((group.y * ${shape.rows}u + row) * STRIDE, id.x % UNITS, control.members[group.y]);
  }
}`,
    workgroups: [ceilDiv(shape.rows * shape.units, WORKGROUP), shape.members, 1] as const,
  } satisfies Kernel;
}

/** The backward product, as transfer.ts has it. */
export function transferKernel(shape: TransferShape) {
  const { rows, inner, members, tiles, places = NOWHERE } = shape;
  const words = pad4(inner) / 4;
  const tile = transferTileCode(shape, (at) => `g[${at}]`);
  const across = tiles.share ? inFours(words) : words;
  const down = ceilDiv(rows, tile.rows);
  return {
    name: `transfer ${shape.label}`,
    subgroups: tiles.share > 0,
    bindings: { g: read("array<vec4f>"), b: read("array<vec4f>"), c: readWrite("array<vec4f>") },
    wgsl: wgsl`
@compute @workgroup_size(${tiles.workgroup})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u${laneOf(tiles.share)}) {
  let member = group.y;
  let word = min(id.x % ${across}u, ${words - 1}u);
  let first = min(id.x / ${across}u, ${down - 1}u) * ${tile.rows}u;
  ${tile.code}
  if (id.x >= ${across * down}u || id.x % ${across}u >= ${words}u) { return; }
  let to = ${places.inputs}u + (member * ${rows}u + first) * ${words}u + word;
  ${tile.store((sum) => `c[to + row * ${words}u] = ${sum};`)}
}`,
    workgroups: [ceilDiv(across * down, tiles.workgroup), members, 1] as const,
  } satisfies Kernel;
}
