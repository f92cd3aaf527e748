/**
 * The top of the network for a few rows of a member, in one workgroup: the last hidden layer fires,
 * its outputs become those of the network and a loss, and the gradient comes back as far as that
 * layer's z.
 *
 *   y = fire(z);   out = y·w + bias;   loss, dout = losses/…;   dy = dout·wᵀ;   dz = back(dy)
 *
 *   z, y, dz   [members, rows, pad4(width)]
 *   out, dout  [members, rows, pad4(outputs)], in turn, behind dz in its buffer; dy where dz goes
 *   w          [members, pad4(width) + 1, pad4(outputs)], the last row the bias
 *
 * Fused because a row needs nothing of the others: five small dispatches become one. Outputs wait
 * in storage, so there may be any number of them. Roles are spread over the workgroup on purpose: a
 * missing barrier then fails tests even on adapters that run invocations one after another.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { type Constants, ceilDiv, type Kernel, pad4, read, readWrite } from "../kernel";
import { AT_ZERO, type Places, parameterCount } from "../layout";
import type { LabelLoss } from "../losses/loss";
import {
  backCall,
  backCode,
  fireCode,
  layerConstants,
  layerWidth,
  type NeuronLayer,
} from "../neurons/layer";
import { lossCode } from "./loss-rows";

/**
 * Vec4s of outputs that an invocation sums up, and whose gradients it holds, at once; more are
 * taken in slices of so many at the most.
 */
const SLICE_QUADS = 8;
/** Vec4s of a slice, all slices as alike as they can be. */
export const sliceQuads = (outputs: number): number => {
  const quads = pad4(outputs) / 4;
  return ceilDiv(quads, ceilDiv(quads, SLICE_QUADS));
};

/** Workgroup memory that every adapter has, less what the loss needs of it. */
const PARTS_BYTES = 16_384 - 1024;
/** Rows of a tile whose parts of sums fit in it. */
export const mostRows = (outputs: number, workgroup: number): number =>
  Math.floor(PARTS_BYTES / (16 * workgroup * sliceQuads(outputs)));

export interface HeadShape {
  layer: NeuronLayer;
  /** Place of the layer below, from 0; keys its noise. */
  index: number;
  rows: number;
  outputs: number;
  members: number;
  loss: LabelLoss;
  /** Rows that a workgroup takes together, so that weights are loaded once for all of them. */
  tile: number;
  workgroup: number;
  /** Of the head: `inputs` is where the layer below has its z, y and dz. */
  places?: Places;
}

export function headConstants(shape: HeadShape): Constants {
  const { layer, rows, outputs, tile, workgroup, places = AT_ZERO } = shape;
  const quads = pad4(outputs) / 4;
  return {
    ...{ ROWS: rows, TILE_ROWS: tile, WORKGROUP: workgroup, OUTPUTS: outputs },
    ...{ QUADS: quads, SLICE: sliceQuads(outputs), OUTPUT_STRIDE: 4 * quads },
    ...{ INPUTS_AT: places.inputs, WEIGHTS_AT: places.weights / 4 },
    MEMBER_QUADS: parameterCount({ inputs: layerWidth(layer), outputs }) / 4,
    BIAS: (pad4(layerWidth(layer)) * pad4(outputs)) / 4,
  };
}

/** `fire_rows`: y of this workgroup's rows; `output_rows`: their outputs, by `set_output`. */
export const forwardCode = (
  { layer, index }: HeadShape,
  purpose: "training" | "evaluation",
): string => wgsl`
${fireCode(layer, { purpose, layer: index })}
fn row_start(member: u32, row: u32) -> u32 { return INPUTS_AT + (member * ROWS + row) * STRIDE; }

fn fire_rows(first: u32, member: u32, local: u32, own: Member) {
  for (var i = local; i < TILE_ROWS * UNIT_QUADS; i += WORKGROUP) {
    let row = first + i / UNIT_QUADS;
    if (row < ROWS) { fire_quad(row_start(member, row), noise_row_of(row), i % UNIT_QUADS, own); }
  }
  storageBarrier();
}

// The sum over the width is split into WORKGROUP parts; one invocation adds them up for each vec4
// of outputs. Rows and vec4s past the last read what lies behind them, and nobody uses that.
var<workgroup> parts: array<array<array<vec4f, WORKGROUP>, SLICE>, TILE_ROWS>;
fn output_rows(first: u32, member: u32, local: u32) {
  let w = WEIGHTS_AT + member * MEMBER_QUADS;
  let x = row_start(member, first);
  for (var begin = 0u; begin < QUADS; begin += SLICE) {
    var sum = array<array<vec4f, SLICE>, TILE_ROWS>(); // registers
    for (var k = local; k < WIDTH; k += WORKGROUP) {
      var row = array<vec4f, SLICE>(); // registers
      for (var c = 0u; c < SLICE; c++) { // unroll
        row[c] = weights[w + k * QUADS + begin + c];
      }
      for (var t = 0u; t < TILE_ROWS; t++) { // unroll
        let value = y[x + t * STRIDE + k];
        for (var c = 0u; c < SLICE; c++) { // unroll
          sum[t][c] += value * row[c];
        }
      }
    }
    for (var t = 0u; t < TILE_ROWS; t++) { // unroll
      for (var c = 0u; c < SLICE; c++) { // unroll
        parts[t][c][local] = sum[t][c];
      }
    }
    workgroupBarrier();
    for (var i = WORKGROUP - 1u - local; i < TILE_ROWS * SLICE; i += WORKGROUP) {
      let row = first + i / SLICE;
      let c = begin + i % SLICE;
      if (row < ROWS && c < QUADS) {
        var output = weights[w + BIAS + c];
        for (var part = 0u; part < WORKGROUP; part++) {
          output += parts[i / SLICE][i % SLICE][part];
        }
        for (var e = 0u; e < 4u; e++) { // unroll
          set_output(output_start(member, row) + 4u * c + e, output[e]);
        }
      }
    }
    workgroupBarrier();
  }
  storageBarrier();
}`;

/**
 * `gradient_rows`: dy of this workgroup's rows from dout, then dz. Few outputs have their gradients
 * held in registers; more are read again for each input. No barrier lies between dy and dz: both of
 * a neuron are one invocation's.
 */
const gradientCode = ({ layer, index }: HeadShape, held: boolean, single: boolean) => wgsl`
${backCode(layer, { purpose: "training", layer: index })}
fn output_gradient(at: u32) -> vec4f {
  return vec4f(dz[at], dz[at + 1u], dz[at + 2u], dz[at + 3u]);
}

fn gradient_rows(first: u32, member: u32, local: u32, own: Member) {
  let w = WEIGHTS_AT + member * MEMBER_QUADS;
  let at = output_start(member, first);
  let x = row_start(member, first);
  #if ${held}
  var output = array<array<vec4f, QUADS>, TILE_ROWS>(); // registers
  for (var t = 0u; t < TILE_ROWS; t++) { // unroll
    for (var c = 0u; c < QUADS; c++) { // unroll
      output[t][c] = output_gradient(at + t * OUTPUT_STRIDE + 4u * c);
    }
  }
  #endif
  for (var n = local; n < UNITS; n += WORKGROUP) {
    var k = n * UNIT_WIDTH;
    loop {
      var dy = array<f32, TILE_ROWS>(); // registers
      #if ${held}
      for (var c = 0u; c < QUADS; c++) { // unroll
        let row = weights[w + k * QUADS + c];
        for (var t = 0u; t < TILE_ROWS; t++) { // unroll
          dy[t] += dot(output[t][c], row);
        }
      }
      #else
      for (var c = 0u; c < QUADS; c++) {
        let row = weights[w + k * QUADS + c];
        for (var t = 0u; t < TILE_ROWS; t++) { // unroll
          dy[t] += dot(output_gradient(at + t * OUTPUT_STRIDE + 4u * c), row);
        }
      }
      #endif
      for (var t = 0u; t < TILE_ROWS; t++) { // unroll
        if (t < SURE_ROWS || first + t < ROWS) {
          dz[x + t * STRIDE + k] = dy[t];
        }
      }
      continuing { k++; break if k >= (n + 1u) * UNIT_WIDTH; }
    }
    #if ${single}
    for (var t = 0u; t < TILE_ROWS; t++) { // unroll
      if (t < SURE_ROWS || first + t < ROWS) {
        ${backCall(layer, "x + t * STRIDE, n, own", "first + t")}
      }
    }
    #else
    var row = first;
    loop {
      ${backCall(layer, "row_start(member, row), n, own", "row")}
      continuing { row++; break if row >= min(first + TILE_ROWS, ROWS); }
    }
    #endif
  }
}`;

/**
 * In training. A workgroup takes TILE_ROWS rows of a member: it writes their y, dz and dout, and
 * the loss (as bits) and correctness of each into `metrics` [members, reportEvery, rows]. Labels
 * come with `batches` [slots, rows], a ring.
 */
export function headKernel(shape: HeadShape & { slots: number; reportEvery: number }) {
  const { layer, rows, outputs, members, slots, reportEvery, tile, places = AT_ZERO } = shape;
  const held = pad4(outputs) / 4 <= SLICE_QUADS;
  const single = layer.neuron.group(layer.options.size) === 1;
  return {
    name: "head",
    bindings: {
      control: readWrite("Control"),
      batches: read("array<vec2u>"),
      weights: read("array<vec4f>"),
      z: readWrite("array<f32>"),
      y: readWrite("array<f32>"),
      dz: readWrite("array<f32>"),
      metrics: readWrite("array<vec2u>"),
    },
    constants: {
      ...layerConstants(layer, { purpose: "training", layer: shape.index }),
      ...headConstants(shape),
      ...{ OUTPUTS_AT: places.outputs, SLOTS: slots, REPORT_EVERY: reportEvery },
      SURE_ROWS: rows - (ceilDiv(rows, tile) - 1) * tile,
    },
    wgsl: wgsl`
fn output_start(member: u32, row: u32) -> u32 {
  return OUTPUTS_AT + (member * ROWS + row) * OUTPUT_STRIDE;
}
fn output_at(at: u32) -> f32 { return dz[at]; }
fn set_output(at: u32, value: f32) { dz[at] = value; }
fn label_of(row: u32) -> u32 { return batches[control.step % SLOTS * ROWS + row].y; }
${forwardCode(shape, "training")}
${lossCode(shape, "training")}
fn row_done(member: u32, row: u32, loss: f32, correct: bool) {
  let at = (member * REPORT_EVERY + control.step % REPORT_EVERY) * ROWS + row;
  metrics[at] = vec2u(bitcast<u32>(loss), u32(correct));
}
${gradientCode(shape, held, single)}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let first = group.x * TILE_ROWS;
  let member = group.y;
  let own = control.members[member];
  fire_rows(first, member, local, own);
  output_rows(first, member, local);
  loss_rows(first, member, local);
  storageBarrier();
  gradient_rows(first, member, local, own);
  if (local == 0u && group.x == 0u && member == 0u) { control.trained = control.step; }
}`,
    workgroups: [ceilDiv(rows, tile), members, 1],
  } satisfies Kernel;
}
