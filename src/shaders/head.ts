/**
 * The top of the network for a few rows of a member, in one workgroup: the last hidden layer fires,
 * its outputs become logits and a loss, and the gradient comes back as far as that layer's z.
 *
 *   y = fire(z);   l = y·W + b;   loss, dl = softmax cross-entropy;   dz = back(dl·Wᵀ)
 *
 * W as in matmul.ts; z, y, dz [members, rows, pad4(width)] and, behind them in dz, dl [members,
 * rows, pad4(classes)], each where `places` says. Fused because a row needs nothing of the others:
 * five small dispatches become one. The last invocations write the logits and one in the middle
 * takes the softmax, so that a lost barrier shows even on an adapter that runs invocations in turn.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { parameterRows } from "./initialise";
import {
  atLeastOnce,
  ceilDiv,
  ifRow,
  type Kernel,
  pad4,
  read,
  readWrite,
  sure,
  unroll,
} from "./kernel";
import { backCode, fireCode, layerWidth, type NeuronLayer } from "./layer";
import { NOWHERE, type Places } from "./matmul";
import { reportType } from "./report";
import { softmaxCode } from "./softmax";

/**
 * Vec4s of classes whose sums, and whose gradients, an invocation holds at once: more classes are
 * taken in slices of so many at the most.
 */
const SLICE_QUADS = 8;
/** Vec4s of a slice, all slices as alike as they can be. */
export const sliceQuads = (classes: number): number => {
  const quads = pad4(classes) / 4;
  return ceilDiv(quads, ceilDiv(quads, SLICE_QUADS));
};

/** Workgroup memory that every adapter has, and every kernel keeps to. */
const WORKGROUP_BYTES = 16_384;
/** Rows of a tile whose logits fit beside the parts of their sums. */
export const mostRows = (classes: number, workgroup: number): number =>
  Math.floor(WORKGROUP_BYTES / (16 * workgroup * sliceQuads(classes) + 4 * pad4(classes)));
/** Classes of a head: with these a row still fits, in a workgroup of 64. */
export const MOST_CLASSES = 2048;

export interface HeadShape {
  layer: NeuronLayer;
  /** Place of the layer below, from 0; keys its noise. */
  index: number;
  rows: number;
  classes: number;
  members: number;
  /** Rows that a workgroup takes together, so that weights are loaded once for all of them. */
  tile: number;
  /** Invocations that share those rows. */
  workgroup: number;
  /** Of the head: `inputs` is where the layer below has its z, y and dz. */
  places?: Places;
}

/**
 * WGSL of `fire_rows`: y of this workgroup's rows, then their logits, a slice of classes after the
 * other, with the sum over y cut in `workgroup` fixed parts, whatever the tile and the slice. Rows
 * past the last are not fired, and their logits are not used.
 */
function forward(
  { layer, index, classes, workgroup, rows, tile, places = NOWHERE }: HeadShape,
  purpose: "training" | "evaluation",
): string {
  const width = layerWidth(layer);
  const quads = pad4(classes) / 4;
  const slice = sliceQuads(classes);
  const slices = ceilDiv(quads, slice);
  const each = (line: (t: number, c: number) => string) =>
    unroll(tile, (t) => unroll(slice, (c) => line(t, c)));
  /** The place in a row of the slice's quad `c`, which the last slice may lack. */
  const quad = (c: number) =>
    c < sure(quads, slice) ? `begin + ${c}u` : `min(begin + ${c}u, QUADS - 1u)`;
  return wgsl`
${fireCode(layer, { purpose, layer: index })}
const ROWS = ${rows}u;
const TILE = ${tile}u;
const QUADS = ${quads}u;
const SLICE = ${slice}u; // quads that are summed at once
const LOGITS = ${4 * quads}u; // of a row
const PARAMETERS = ${parameterRows(width) * quads}u;
fn row_at(member: u32, row: u32) -> u32 { return ${4 * places.inputs}u + (member * ROWS + row) * STRIDE; }
fn weights_at(member: u32) -> u32 { return ${places.parameters}u + member * PARAMETERS; }
var<workgroup> parts: array<vec4f, ${tile * workgroup * slice}>;

fn fire_rows(first: u32, member: u32, local: u32, own: Member) {
  for (var i = local; i < TILE * UNIT_QUADS; i += ${workgroup}u) {
    let row = first + i / UNIT_QUADS;
    if (row < ROWS) {
      fire_quad(row_at(member, row), ${purpose === "evaluation" ? "batches[row].x" : "row"}, i % UNIT_QUADS, own);
    }
  }
  storageBarrier();
  ${unroll(tile, (t) => `let at${t} = row_at(member, min(first + ${t}u, ROWS - 1u));`)}
  #if ${slices > 1}
  for (var begin = 0u; begin < QUADS; begin += SLICE) {
  #else
  let begin = 0u;
  #endif
  ${each((t, c) => `var sum${t}_${c} = vec4f();`)}
  for (var k = local; k < WIDTH; k += ${workgroup}u) {
    let at = weights_at(member) + k * QUADS;
    ${unroll(slice, (c) => `let w${c} = w[at + ${quad(c)}];`)}
    ${unroll(tile, (t) => `{ let x = y[at${t} + k]; ${unroll(slice, (c) => `sum${t}_${c} += x * w${c};`)} }`)}
  }
  ${each((t, c) => `parts[(${t}u * ${workgroup}u + local) * SLICE + ${c}u] = sum${t}_${c};`)}
  workgroupBarrier();
  for (var i = ${workgroup - 1}u - local; i < TILE * SLICE; i += ${workgroup}u) {
    let c = i % SLICE;
    let place = begin + c;
    if (place < QUADS) {
      var sum = w[weights_at(member) + ${pad4(width)}u * QUADS + place];
      for (var part = 0u; part < ${workgroup}u; part++) { sum += parts[(i / SLICE * ${workgroup}u + part) * SLICE + c]; }
      ${unroll(4, (e) => `logits[i / SLICE * LOGITS + 4u * place + ${e}u] = sum[${e}];`)}
    }
  }
  workgroupBarrier();
  #if ${slices > 1}
  }
  #endif
}
`;
}

/** A loop over this workgroup's rows, one an invocation; the first falls to one in the middle. */
const eachRow = ({ workgroup }: HeadShape, body: string): string => `
  for (var t = (local + ${workgroup >> 1}u) % ${workgroup}u; t < TILE && first + t < ROWS; t += ${workgroup}u) {
    let row = first + t;
    ${body}
  }`;

const main = ({ workgroup }: HeadShape): string => `@compute @workgroup_size(${workgroup})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let first = group.x * TILE;
  let member = group.y;
  let own = control.members[member];`;

/**
 * WGSL of `dy0` …, dLoss/dy of each row of the tile at one input of the head, whose weights begin
 * at `at`: `held` comes before the loop over inputs, `products` inside. Few classes have their
 * gradients held in registers; more are read again for each input.
 */
function gradientCode(classes: number, tile: number): { held: string; products: string } {
  const quads = pad4(classes) / 4;
  const four = (value: (e: number) => string) => `vec4f(${[0, 1, 2, 3].map(value).join(", ")})`;
  if (quads > SLICE_QUADS) {
    const add = (t: number) =>
      `dy${t} += dot(${four((e) => `logits[${t}u * LOGITS + 4u * c + ${e}u]`)}, weights);`;
    const loop = `for (var c = 0u; c < QUADS; c++) { let weights = w[at + c]; ${unroll(tile, add)} }`;
    return { held: "", products: `${unroll(tile, (t) => `var dy${t} = 0.0;`)}\n${loop}` };
  }
  const logit = (t: number, i: number) => (i < classes ? `logits[${t}u * LOGITS + ${i}u]` : "0.0");
  const sum = (t: number) =>
    Array.from({ length: quads }, (_, c) => `dot(d${t}_${c}, w${c})`).join(" + ");
  return {
    held: unroll(tile, (t) =>
      unroll(quads, (c) => `let d${t}_${c} = ${four((e) => logit(t, 4 * c + e))};`),
    ),
    products: `${unroll(quads, (c) => `let w${c} = w[at + ${c}u];`)}\n${unroll(tile, (t) => `let dy${t} = ${sum(t)};`)}`,
  };
}

/**
 * One training row: writes y, dz, dl, and the row's loss (as bits) and correctness into `metrics`
 * [members, reportEvery, rows]. Labels come with `batches` [slots, rows], a ring.
 */
export function headKernel(shape: HeadShape & { slots: number; reportEvery: number }) {
  const {
    layer,
    rows,
    classes,
    members,
    workgroup,
    slots,
    reportEvery,
    tile,
    places = NOWHERE,
  } = shape;
  const group = layer.neuron.group(layer.options.size);
  const back = (row: string) => `back_neuron(row_at(member, ${row}), n, own);`;
  const { held, products } = gradientCode(classes, tile);
  return {
    name: "head",
    bindings: {
      control: readWrite("Control"),
      batches: read("array<vec2u>"),
      w: read("array<vec4f>"),
      z: readWrite("array<f32>"),
      y: readWrite("array<f32>"),
      dz: readWrite("array<f32>"),
      metrics: readWrite("array<vec2u>"),
    },
    wgsl: wgsl`
${forward(shape, "training")}
${softmaxCode(classes, rows, tile)}
${backCode(layer)}
${main(shape)}
  fire_rows(first, member, local, own);
  ${eachRow(
    shape,
    `let result = softmax_row(t * LOGITS, batches[control.step % ${slots}u * ROWS + row].y);
    metrics[(member * ${reportEvery}u + control.step % ${reportEvery}u) * ROWS + row] = vec2u(bitcast<u32>(result.loss), result.correct);`,
  )}
  workgroupBarrier();
  ${held}
  for (var i = local; i < min(TILE, ROWS - first) * LOGITS; i += ${workgroup}u) {
    dz[${4 * places.outputs}u + (member * ROWS + first) * LOGITS + i] = select(0.0, logits[i], i % LOGITS < CLASSES);
  }
  if (local == 0u && group.x == 0u && member == 0u) { control.trained = control.step; }
  for (var n = local; n < UNITS; n += ${workgroup}u) {
    ${atLeastOnce(
      "k",
      `n * ${group}u`,
      `(n + 1u) * ${group}u`,
      `let at = weights_at(member) + k * QUADS;
      ${products}
      ${unroll(tile, (t) => ifRow(rows, tile, t, `dz[row_at(member, first + ${t}u) + k] = dy${t};`))}`,
    )}
    ${group === 1 ? unroll(tile, (t) => ifRow(rows, tile, t, back(`first + ${t}u`))) : atLeastOnce("row", "first", "min(first + TILE, ROWS)", back("row"))}
  }
}`,
    workgroups: [ceilDiv(rows, tile), members, 1],
  } satisfies Kernel;
}

/** One evaluation row: counts it in the member's report when the largest logit is the label's. */
export function scoreKernel(shape: HeadShape) {
  const { rows, classes, members, tile } = shape;
  return {
    name: "score",
    bindings: {
      control: read("Control"),
      batches: read("array<vec2u>"),
      w: read("array<vec4f>"),
      z: readWrite("array<f32>"),
      y: readWrite("array<f32>"),
      reports: readWrite("array<Report>"),
    },
    wgsl: wgsl`
${reportType}
${forward(shape, "evaluation")}
${softmaxCode(classes, rows, tile)}
${main(shape)}
  fire_rows(first, member, local, own);
  ${eachRow(shape, "if (largest_logit(t * LOGITS) == batches[row].y) { atomicAdd(&reports[member].evaluated_correct, 1u); }")}
}`,
    workgroups: [ceilDiv(rows, tile), members, 1],
  } satisfies Kernel;
}
