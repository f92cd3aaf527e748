/**
 * What lies between two layers, for a few rows of a member in one workgroup:
 *
 *   forward    y = fire(z) of the layer below, then z = y·w + bias of the layer above
 *   backward   dz = back(dy) of the layer below, with dy = dz·wᵀ of the layer above
 *
 * Fused because a row needs nothing of the others: four small dispatches a layer become two. The
 * last invocations make what the first ones need, so that a missing barrier fails tests even on
 * adapters that run invocations one after another.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { type Bindings, type Kernel, read, readWrite } from "../kernel";
import { AT_ZERO } from "../layout";
import {
  backCall,
  fireCode,
  layerConstants,
  loneBackCode,
  type NeuronLayer,
  type Noise,
} from "../neurons/layer";
import { forwardTile, type ProductShape } from "../products/forward";
import { inputGradientTile } from "../products/input-gradient";
import { activations } from "../products/source";
import { inFours, laneOf, runType } from "../products/tiles";

/** The product of the layer above; `inputs` is the width of the layer below. */
export interface HiddenShape extends ProductShape {
  /** The layer below, and its place from 0, which keys its noise. */
  layer: NeuronLayer;
  index: number;
  /** Invocations that share a tile of rows. */
  workgroup: number;
}

/** A loop over `count` things, which quads go round together. */
const turnsOf = (count: number, { tiles }: HiddenShape) => ({
  COUNT: count,
  TURNS: tiles.share ? inFours(count) : count,
});

/** The beginning of `main`, with the names that the loops below use. */
export const mainOfRows = ({ tiles }: Pick<HiddenShape, "tiles">): string => wgsl`
@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,${laneOf(tiles.share)}
) {
  let tile = group.x;
  let first = tile * TILE_ROWS;
  let member = group.y;
  let own = control.members[member];
  #if ${!tiles.share}
  const lane = 0u;
  #endif`;

/** In `main`: y of the tile's rows from z. */
export const FIRE_ROWS = /* wgsl */ `
  for (var i = WORKGROUP - 1u - local; i < TILE_ROWS * UNIT_QUADS; i += WORKGROUP) {
    let row = first + i / UNIT_QUADS;
    if (row < ROWS) {
      fire_quad(INPUTS_AT + (member * ROWS + row) * STRIDE, noise_row_of(row), i % UNIT_QUADS, own);
    }
  }
  storageBarrier();`;

/** In `main`: dz of the tile's rows from dy. */
export const backRows = (layer: NeuronLayer): string => `
  storageBarrier();
  for (var i = local; i < TILE_ROWS * UNITS; i += WORKGROUP) {
    let row = first + i / UNITS;
    if (row < ROWS) {
      ${backCall(layer, "INPUTS_AT + (member * ROWS + row) * STRIDE, i % UNITS, own", "row")}
    }
  }`;

/** What the input gradient reads and writes: `dz`, an array of numbers. */
export const GRADIENTS = /* wgsl */ `
fn load_gradient(at: u32) -> vec4f {
  return vec4f(dz[4u * at], dz[4u * at + 1u], dz[4u * at + 2u], dz[4u * at + 3u]);
}
fn store_gradient(at: u32, dx: vec4f) {
  for (var e = 0u; e < 4u; e++) { // unroll
    dz[4u * at + e] = dx[e];
  }
}`;

/** z of the layer above from z of the layer below, by way of y. */
export function hiddenForwardKernel(given: HiddenShape, purpose: "training" | "evaluation") {
  const shape: HiddenShape = {
    ...given,
    tiles: { ...given.tiles, splits: 1, workgroup: given.workgroup },
  };
  const { layer, index, inputs, members, places = AT_ZERO } = shape;
  const source = activations(inputs, places.inputs, "y");
  const { shared, code, constants, run, runs } = forwardTile(shape, source, 1);
  const noise = { purpose, layer: index };
  return {
    name: `fire and forward ${shape.label}`,
    subgroups: shape.tiles.share > 0,
    bindings: {
      control: read("Control"),
      weights: read(`array<${runType(run)}>`),
      z: readWrite("array<f32>"),
      y: readWrite("array<f32>"),
      ...(purpose === "evaluation" ? { batches: read("array<vec2u>") } : {}),
    } as Bindings,
    constants: { ...layerConstants(layer, noise), ...constants, ...turnsOf(runs, shape) },
    wgsl: wgsl`
${fireCode(layer, noise)}
${shared}
${code}
fn store_run(at: u32, values: Run) {
  for (var j = 0u; j < RUN; j++) { // unroll
    z[RUN * at + j] = values[j];
  }
}
${mainOfRows(shape)}
${FIRE_ROWS}
  for (var i = local; i < TURNS; i += WORKGROUP) {
    forward_tile(0u, member, tile, min(i, COUNT - 1u), lane, 0u, i < COUNT);
  }
}`,
    workgroups: [constants.TILES, members, 1],
  } satisfies Kernel;
}

/** dz of the layer below from dz of the layer above. */
export function hiddenBackwardKernel(shape: HiddenShape) {
  const { layer, index, members } = shape;
  const noise: Noise = { purpose: "training", layer: index };
  const { shared, code, constants } = inputGradientTile(shape);
  return {
    name: `backward ${shape.label}`,
    subgroups: shape.tiles.share > 0,
    bindings: {
      control: read("Control"),
      weights: read("array<vec4f>"),
      z: readWrite("array<f32>"),
      y: read("array<f32>"),
      dz: readWrite("array<f32>"),
    },
    constants: {
      ...layerConstants(layer, noise),
      ...constants,
      ...turnsOf(constants.WORDS, shape),
      WORKGROUP: shape.workgroup,
    },
    wgsl: wgsl`
${loneBackCode(layer, noise)}
${shared}
${code}
${GRADIENTS}
${mainOfRows(shape)}
  for (var i = WORKGROUP - 1u - local; i < TURNS; i += WORKGROUP) {
    input_gradient_tile(member, tile, min(i, COUNT - 1u), lane, i < COUNT);
  }
${backRows(layer)}
}`,
    workgroups: [constants.TILES, members, 1],
  } satisfies Kernel;
}
