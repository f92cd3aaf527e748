/**
 * What lies between two layers of a network, for a few rows of a member in one workgroup:
 *
 *   forward    y = fire(z) of the layer below, then z = y·B + bias of the layer above
 *   backward   dz = back(G·Bᵀ) of the layer below, with G = dz of the layer above
 *
 * All layers share the buffers z, y, dz [members, rows, pad4(width)] each, one behind the other, as `places` says.
 * Fused because a row needs nothing of the others: four small dispatches a layer become two. What the first
 * invocations need is made by the last, so that a lost barrier shows even on an adapter that runs invocations in turn.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { type Bindings, ceilDiv, ifRow, type Kernel, pad4, read, readWrite, unroll } from "./kernel";
import { backCode, fireCode, layerCode, type NeuronLayer } from "./layer";
import { affineTile, affineTileCode, input, type MatmulShape, NOWHERE, parameterQuads, transferTile, transferTileCode } from "./matmul";

export interface BetweenShape extends MatmulShape {
  /** The layer below, and its place from 0, which keys its noise. The shape's `inner` is its width. */
  layer: NeuronLayer;
  index: number;
  /** Invocations that share a tile of rows. */
  workgroup: number;
}

const quad = (array: string, at: string): string => `vec4f(${[0, 1, 2, 3].map((e) => `${array}[4u * (${at}) + ${e}u]`).join(", ")})`;

const main = (workgroup: number, tile: number): string => `@compute @workgroup_size(${workgroup})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let first = group.x * ${tile}u;
  let member = group.y;`;

/** z of the layer above from z of the layer below, by way of y. */
export function forwardKernel(given: BetweenShape, purpose: "training" | "evaluation") {
  const shape: BetweenShape = { ...given, tiles: { ...given.tiles, share: 0, splits: 1 } };
  const { layer, index, rows, inner, columns, members, workgroup, places = NOWHERE } = shape;
  const tile = affineTile(shape);
  const quads = pad4(columns) / 4;
  const y = { ...input({ ...shape, input: "activations" }, ""), load: (at: string) => quad("y", at) };
  return {
    name: `forward ${shape.label}`,
    bindings: {
      control: read("Control"),
      b: read("array<vec4f>"),
      z: readWrite("array<f32>"),
      y: readWrite("array<f32>"),
      ...(purpose === "evaluation" ? { batches: read("array<vec2u>") } : {}),
    } as Bindings,
    wgsl: wgsl`
${fireCode(layer, { purpose, layer: index })}
${main(workgroup, tile)}
  for (var i = ${workgroup - 1}u - local; i < ${tile}u * UNIT_QUADS; i += ${workgroup}u) {
    let row = first + i / UNIT_QUADS;
    if (row < ${rows}u) {
      fire_quad(${4 * places.inputs}u + (member * ${rows}u + row) * STRIDE, ${purpose === "evaluation" ? "batches[row].x" : "row"}, i % UNIT_QUADS, control.members[member]);
    }
  }
  storageBarrier();
  for (var quad = local; quad < ${quads}u; quad += ${workgroup}u) {
    let base = ${places.parameters}u + member * ${parameterQuads(inner, columns)}u + quad;
    ${affineTileCode({ ...shape, input: "activations" }, y, tile, "")}
    let at = ${4 * places.outputs}u + ((member * ${rows}u + first) * ${quads}u + quad) * 4u;
    ${unroll(tile, (t) =>
      ifRow(
        rows,
        tile,
        t,
        unroll(4, (e) => `z[at + ${4 * t * quads + e}u] = sum${t}[${e}] + bias[${e}];`),
      ),
    )}
  }
}`,
    workgroups: [ceilDiv(rows, tile), members, 1],
  } satisfies Kernel;
}

/** dz of the layer below from dz of the layer above. */
export function backwardKernel(shape: BetweenShape) {
  const { layer, rows, inner, members, workgroup, places = NOWHERE } = shape;
  const tile = transferTile(shape);
  const words = pad4(inner) / 4;
  return {
    name: `backward ${shape.label}`,
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
${main(workgroup, tile)}
  for (var word = ${workgroup - 1}u - local; word < ${words}u; word += ${workgroup}u) {
    ${transferTileCode(shape, tile, (at) => quad("dz", at))}
    let at = ${4 * places.inputs}u + ((member * ${rows}u + first) * ${words}u + word) * 4u;
    ${unroll(tile, (t) =>
      ifRow(
        rows,
        tile,
        t,
        unroll(4, (e) => `dz[at + ${4 * t * words + e}u] = sum${t}[${e}];`),
      ),
    )}
  }
  storageBarrier();
  for (var i = local; i < ${tile}u * UNITS; i += ${workgroup}u) {
    let row = first + i / UNITS;
    if (row < ${rows}u) {
      back_neuron(${4 * places.inputs}u + (member * ${rows}u + row) * STRIDE, i % UNITS, control.members[member]);
    }
  }
}`,
    workgroups: [ceilDiv(rows, tile), members, 1],
  } satisfies Kernel;
}
