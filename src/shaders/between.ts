/**
 * What lies between two layers of a network, for a few rows of a member in one workgroup:
 *
 *   forward    y = fire(z) of the layer below, then z = y·B + bias of the layer above
 *   backward   dz = back(G·Bᵀ) of the layer below, with G = dz of the layer above
 *
 * All layers share the buffers z, y, dz [members, rows, pad4(width)] each, one behind the other, as
 * `places` says. Fused because a row needs nothing of the others: four small dispatches a layer
 * become two. What the first invocations need is made by the last, so that a lost barrier shows
 * even on an adapter that runs invocations in turn.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { affineTileCode } from "./affine";
import {
  type Bindings,
  ceilDiv,
  inFours,
  type Kernel,
  pad4,
  read,
  readWrite,
  unroll,
} from "./kernel";
import { backCode, fireCode, layerCode, type NeuronLayer } from "./layer";
import { input, type MatmulShape, NOWHERE } from "./matmul";
import { laneOf } from "./quad";
import { transferTileCode } from "./transfer";

export interface BetweenShape extends MatmulShape {
  /**
   * The layer below, and its place from 0, which keys its noise. The shape's `inner` is its width.
   */
  layer: NeuronLayer;
  index: number;
  /** Invocations that share a tile of rows. */
  workgroup: number;
}

const quad = (array: string, at: string): string =>
  `vec4f(${[0, 1, 2, 3].map((e) => `${array}[4u * (${at}) + ${e}u]`).join(", ")})`;

const main = (
  { workgroup, tiles }: BetweenShape,
  rows: number,
): string => `@compute @workgroup_size(${workgroup})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32${laneOf(tiles.share)}) {
  let first = group.x * ${rows}u;
  let member = group.y;
  let own = control.members[member];`;

/**
 * WGSL of a loop over `name` below `count`, from `from` of each on, shared out among the
 * invocations; a quad's all go round as often.
 */
function sharedOut(
  { workgroup, tiles }: BetweenShape,
  name: string,
  from: string,
  count: number,
  work: string,
  end: string,
): string {
  const turns = tiles.share ? inFours(count) : count;
  const spare = turns > count;
  return `for (var i = ${from}; i < ${turns}u; i += ${workgroup}u) {
    let ${name} = ${spare ? `min(i, ${count - 1}u)` : "i"};
    ${work}
    ${spare ? `if (i < ${count}u) { ${end} }` : end}
  }`;
}

/** z of the layer above from z of the layer below, by way of y. */
export function forwardKernel(given: BetweenShape, purpose: "training" | "evaluation") {
  const shape: BetweenShape = { ...given, tiles: { ...given.tiles, splits: 1 } };
  const { layer, index, rows, members, workgroup, places = NOWHERE } = shape;
  const y = {
    ...input({ ...shape, input: "activations" }, ""),
    load: (at: string) => quad("y", at),
  };
  const tile = affineTileCode({ ...shape, input: "activations" }, y, "");
  const { run, runs } = tile;
  return {
    name: `forward ${shape.label}`,
    subgroups: shape.tiles.share > 0,
    bindings: {
      control: read("Control"),
      b: read(`array<${tile.type}>`),
      z: readWrite("array<f32>"),
      y: readWrite("array<f32>"),
      ...(purpose === "evaluation" ? { batches: read("array<vec2u>") } : {}),
    } as Bindings,
    wgsl: wgsl`
${fireCode(layer, { purpose, layer: index })}
${main(shape, tile.rows)}
  for (var i = ${workgroup - 1}u - local; i < ${tile.rows}u * UNIT_QUADS; i += ${workgroup}u) {
    let row = first + i / UNIT_QUADS;
    if (row < ${rows}u) {
      fire_quad(${4 * places.inputs}u + (member * ${rows}u + row) * STRIDE, ${purpose === "evaluation" ? "batches[row].x" : "row"}, i % UNIT_QUADS, own);
    }
  }
  storageBarrier();
  ${sharedOut(
    shape,
    "run",
    "local",
    runs,
    `${tile.code}
    let at = ${4 * places.outputs}u + ((member * ${rows}u + first) * ${runs}u + run) * ${run}u;`,
    tile.store((values) =>
      unroll(run, (c) => `z[at + row * ${run * runs}u + ${c}u] = ${values[c]};`),
    ),
  )}
}`,
    workgroups: [ceilDiv(rows, tile.rows), members, 1],
  } satisfies Kernel;
}

/** dz of the layer below from dz of the layer above. */
export function backwardKernel(shape: BetweenShape) {
  const { layer, rows, inner, members, workgroup, places = NOWHERE } = shape;
  const tile = transferTileCode(shape, (at) => quad("dz", at));
  const words = pad4(inner) / 4;
  return {
    name: `backward ${shape.label}`,
    subgroups: shape.tiles.share > 0,
    bindings: {
      control: read("Control"),
      b: read("array<vec4f>"),
      z: readWrite("array<f32>"),
      y: read("array<f32>"),
      dz: readWrite("array<f32>"),
    },
    wgsl: wgsl`
${layerCode(layer)}
${backCode(layer)}
${main(shape, tile.rows)}
  ${sharedOut(
    shape,
    "word",
    `${workgroup - 1}u - local`,
    words,
    `${tile.code}
    let at = ${4 * places.inputs}u + ((member * ${rows}u + first) * ${words}u + word) * 4u;`,
    tile.store((sum) => unroll(4, (e) => `dz[at + row * ${4 * words}u + ${e}u] = ${sum}[${e}];`)),
  )}
  storageBarrier();
  for (var i = local; i < ${tile.rows}u * UNITS; i += ${workgroup}u) {
    let row = first + i / UNITS;
    if (row < ${rows}u) {
      back_neuron(${4 * places.inputs}u + (member * ${rows}u + row) * STRIDE, i % UNITS, own);
    }
  }
}`,
    workgroups: [ceilDiv(rows, tile.rows), members, 1],
  } satisfies Kernel;
}
