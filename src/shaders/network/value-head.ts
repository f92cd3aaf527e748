/**
 * The top of a network whose outputs are compared with values, such as an image's own pixels: as
 * head.ts, and with as many outputs as inputs, so their products are those of products/, a tile of
 * rows a workgroup.
 *
 *   y = fire(z);   out = y·w + bias;   loss, dout = losses/…;   dy = dout·wᵀ;   dz = back(dy)
 *
 *   wanted  [images, pad4(outputs)], u8 or f32: what outputs are compared with
 *
 * The rest is as in head.ts. The last invocations make what the first ones need.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { type Bindings, type Kernel, pad4, read, readWrite } from "../kernel";
import { AT_ZERO } from "../layout";
import type { ValueLoss } from "../losses/loss";
import { type Counted, divergenceOf } from "../neurons/divergence";
import { backCode, fireCode, layerConstants } from "../neurons/layer";
import { forwardTile } from "../products/forward";
import { inputGradientTile } from "../products/input-gradient";
import { activations, type Dtype, placeOf, wordsOfImages } from "../products/source";
import { inFours, rowsOfTile } from "../products/tiles";
import { backRows, FIRE_ROWS, GRADIENTS, type HiddenShape, mainOfRows } from "./hidden";
import { valueCode } from "./value-rows";

/** What outputs are compared with. */
export interface Wanted {
  dtype: Dtype;
  /** The ring `batches` [slots, rows] of (image, label). */
  slots: number;
  /** Where it is not of all images, of how many: image i lies at i mod slice. */
  slice?: number | undefined;
  /** Whether values are 0 or 1: those above a half are 1. */
  binary: boolean;
}

export interface ValueHeadShape extends HiddenShape {
  loss: ValueLoss;
  wanted: Wanted;
  /** Layers whose KL counts, of pre-activations that are `length` numbers. */
  length: number;
  counted: readonly Counted[];
}

/** What training and evaluation have alike: tiles of rows, the loss, and what it compares with. */
function parts(given: ValueHeadShape, purpose: "training" | "evaluation") {
  const tiles = { ...given.tiles, splits: 1, workgroup: given.workgroup };
  // One tile of rows for both products.
  const shape = { ...given, tiles: { ...tiles, gradientRows: rowsOfTile(given.rows, tiles) } };
  const { layer, index, inputs, outputs, places = AT_ZERO, wanted } = shape;
  const source = activations(inputs, places.inputs, "y");
  const forward = forwardTile(shape, source, 1, 4);
  const noise = { purpose, layer: index };
  const turns = (count: number) => (tiles.share ? inFours(count) : count);
  const quads = pad4(outputs) / 4;
  const { type, word } = wordsOfImages[wanted.dtype];
  return {
    shape,
    forward,
    bindings: {
      batches: read("array<vec2u>"),
      weights: read("array<vec4f>"),
      z: readWrite("array<f32>"),
      y: readWrite("array<f32>"),
      wanted: read(type),
    } as Bindings,
    constants: {
      ...layerConstants(layer, noise),
      ...forward.constants,
      ...{ SLOTS: wanted.slots, OUTPUTS: outputs, QUADS: quads },
      ...{ FORWARD_TURNS: turns(quads), GRADIENT_TURNS: turns(pad4(inputs) / 4) },
    },
    code: wgsl`
${fireCode(layer, noise)}
${forward.shared}
${forward.code}
${placeOf(wanted.slice)}
fn wanted_quad(at: u32) -> vec4f {
  let values = ${word.replace("images", "wanted")};
  return ${wanted.binary ? "select(vec4f(0.0), vec4f(1.0), values > vec4f(0.5))" : "values"};
}
${divergenceOf(shape.length, shape.counted)}
${valueCode(shape, purpose)}`,
    main: `${mainOfRows(shape)}
${FIRE_ROWS}
  for (var i = local; i < FORWARD_TURNS; i += WORKGROUP) {
    forward_tile(0u, member, tile, min(i, QUADS - 1u), lane, 0u, i < QUADS);
  }
  storageBarrier();
  value_rows(first, member, local);`,
  };
}

/**
 * In training. A workgroup takes a tile of a member's rows: it writes their y, dz and dout, and the
 * loss and KL of each into `metrics` [members, reportEvery, rows], as bits.
 */
export function valueHeadKernel(given: ValueHeadShape & { reportEvery: number }) {
  const { shape, forward, bindings, constants, code, main } = parts(given, "training");
  const { layer, members, tiles } = shape;
  const gradient = inputGradientTile(shape);
  return {
    name: "head",
    subgroups: tiles.share > 0,
    bindings: {
      ...{ control: readWrite("Control"), ...bindings },
      dz: readWrite("array<f32>"),
      metrics: readWrite("array<vec2u>"),
    } as Bindings,
    constants: { ...gradient.constants, ...constants, REPORT_EVERY: given.reportEvery },
    wgsl: wgsl`
${code}
fn store_run(at: u32, values: Run) { store_gradient(at, values); }
fn output_start(member: u32, row: u32) -> u32 {
  return 4u * (OUTPUTS_AT + (member * ROWS + row) * QUADS);
}
fn output_at(at: u32) -> f32 { return dz[at]; }
fn set_output(at: u32, value: f32) { dz[at] = value; }
fn wanted_start(row: u32) -> u32 {
  return place_of(batches[control.step % SLOTS * ROWS + row].x) * QUADS;
}
fn row_done(member: u32, row: u32, loss: f32) {
  let at = (member * REPORT_EVERY + control.step % REPORT_EVERY) * ROWS + row;
  let kl = divergence_of(member * ROWS + row);
  metrics[at] = vec2u(bitcast<u32>(loss), bitcast<u32>(kl));
}
${backCode(layer, { purpose: "training", layer: shape.index })}
${GRADIENTS}
${gradient.code}
${main}
  storageBarrier();
  for (var i = WORKGROUP - 1u - local; i < GRADIENT_TURNS; i += WORKGROUP) {
    input_gradient_tile(member, tile, min(i, WORDS - 1u), lane, i < WORDS);
  }
${backRows(layer)}
  if (local == 0u && group.x == 0u && member == 0u) { control.trained = control.step; }
}`,
    workgroups: [forward.constants.TILES, members, 1],
  } satisfies Kernel;
}

/** Label of rows that are none; see model/evaluator.ts. */
const NO_ROW = "0xffffffffu";

/**
 * In evaluation. A workgroup takes a tile of a member's rows: it writes their outputs [members,
 * rows, pad4(outputs)], and the loss and KL of each into `scores` [members, rows].
 */
export function valueScoreKernel(given: ValueHeadShape) {
  const { places = AT_ZERO } = given;
  const at = { ...given, places: { ...places, outputs: 0 } };
  const { shape, forward, bindings, constants, code, main } = parts(at, "evaluation");
  const { members, tiles } = shape;
  return {
    name: "score",
    subgroups: tiles.share > 0,
    bindings: {
      ...{ control: read("Control"), ...bindings },
      outputs: readWrite("array<vec4f>"),
      scores: readWrite("array<vec2f>"),
    } as Bindings,
    constants,
    wgsl: wgsl`
${code}
fn store_run(at: u32, values: Run) { outputs[at] = values; }
fn output_start(member: u32, row: u32) -> u32 { return 4u * (member * ROWS + row) * QUADS; }
fn output_at(at: u32) -> f32 { return outputs[at / 4u][at % 4u]; }
fn wanted_start(row: u32) -> u32 { return place_of(batches[row].x) * QUADS; }
fn row_done(member: u32, row: u32, loss: f32) {
  let at = member * ROWS + row;
  scores[at] = select(vec2f(loss, divergence_of(at)), vec2f(0.0), batches[row].y == ${NO_ROW});
}
${main}
}`,
    workgroups: [forward.constants.TILES, members, 1],
  } satisfies Kernel;
}
