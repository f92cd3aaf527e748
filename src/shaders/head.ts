/**
 * The top of the network for one row and member, in one workgroup: the last hidden layer fires, its outputs become
 * logits and a loss, and the gradient comes back as far as that layer's z.
 *
 *   y = fire(z);   l = y·W + b;   loss, dl = softmax cross-entropy;   dz = back(dl·Wᵀ)
 *
 * z, y, dz [members, rows, pad4(width)];   W as in matmul.ts;   dlogits [members, rows, pad4(classes)].
 * Fused because a row needs nothing of the others: five small dispatches become one.
 * The last invocations write the logits and one in the middle takes the softmax, so that a lost barrier shows even on
 * an adapter that runs invocations in turn.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { parameterRows } from "./initialise";
import { type Kernel, pad4, read, readWrite, unroll } from "./kernel";
import { backCode, fireCode, layerWidth, type NeuronLayer } from "./layer";
import { reportType } from "./report";
import { softmaxCode } from "./softmax";

export interface HeadShape {
  layer: NeuronLayer;
  /** Place of the layer below, from 0; keys its noise. */
  index: number;
  rows: number;
  classes: number;
  members: number;
  /** Invocations that share a row. */
  workgroup: number;
}

/** WGSL of `fire_row`: y of this workgroup's row, then its logits, with the sum over y cut in `workgroup` fixed parts. */
function forward({ layer, index, classes, workgroup }: HeadShape, purpose: "training" | "evaluation"): string {
  const width = layerWidth(layer);
  const quads = pad4(classes) / 4;
  return wgsl`
${fireCode(layer, { purpose, layer: index })}
const QUADS = ${quads}u;
const PARAMETERS = ${parameterRows(width) * quads}u;
var<workgroup> parts: array<vec4f, ${workgroup * quads}>;

fn fire_row(row_at: u32, noise_row: u32, member: u32, local: u32) {
  for (var quad = local; quad < UNIT_QUADS; quad += ${workgroup}u) {
    fire_quad(row_at, noise_row, quad, control.members[member]);
  }
  storageBarrier();
  ${unroll(quads, (c) => `var sum${c} = vec4f();`)}
  for (var k = local; k < WIDTH; k += ${workgroup}u) {
    let x = y[row_at + k];
    let at = member * PARAMETERS + k * QUADS;
    ${unroll(quads, (c) => `sum${c} += x * w[at + ${c}u];`)}
  }
  ${unroll(quads, (c) => `parts[local * QUADS + ${c}u] = sum${c};`)}
  workgroupBarrier();
  for (var c = ${workgroup - 1}u - local; c < QUADS; c += ${workgroup}u) {
    var sum = w[member * PARAMETERS + ${pad4(width)}u * QUADS + c];
    for (var part = 0u; part < ${workgroup}u; part++) { sum += parts[part * QUADS + c]; }
    ${unroll(4, (e) => `logits[4u * c + ${e}u] = sum[${e}];`)}
  }
  workgroupBarrier();
}
`;
}

const main = (workgroup: number): string => `@compute @workgroup_size(${workgroup})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32)`;

/**
 * One training row: writes y, dz, dlogits, and the row's loss (as bits) and correctness into `metrics`
 * [members, slots, rows]. Labels come with `batches` [slots, rows].
 */
export function headKernel(shape: HeadShape & { slots: number }) {
  const { layer, rows, classes, members, workgroup, slots } = shape;
  const quads = pad4(classes) / 4;
  const group = layer.neuron.group(layer.options.size);
  return {
    name: "head",
    bindings: {
      control: read("Control"),
      batches: read("array<vec2u>"),
      w: read("array<vec4f>"),
      z: readWrite("array<f32>"),
      y: readWrite("array<f32>"),
      dz: readWrite("array<f32>"),
      dlogits: readWrite("array<vec4f>"),
      metrics: readWrite("array<vec2u>"),
    },
    wgsl: wgsl`
${forward(shape, "training")}
${softmaxCode(classes, rows)}
${backCode(layer)}
${main(workgroup)} {
  let row = group.x;
  let member = group.y;
  let row_at = (member * ${rows}u + row) * STRIDE;
  fire_row(row_at, row, member, local);
  if (local == ${workgroup >> 1}u) {
    let slot = control.step % ${slots}u * ${rows}u + row;
    let result = softmax_row(batches[slot].y);
    metrics[member * ${slots * rows}u + slot] = vec2u(bitcast<u32>(result.loss), result.correct);
  }
  workgroupBarrier();
  ${unroll(quads, (c) => `let d${c} = vec4f(${[0, 1, 2, 3].map((e) => (4 * c + e < classes ? `logits[${4 * c + e}]` : "0.0")).join(", ")});`)}
  if (local == 0u) {
    let at = (member * ${rows}u + row) * QUADS;
    ${unroll(quads, (c) => `dlogits[at + ${c}u] = d${c};`)}
  }
  for (var n = local; n < UNITS; n += ${workgroup}u) {
    for (var k = n * ${group}u; k < (n + 1u) * ${group}u; k++) {
      let at = member * PARAMETERS + k * QUADS;
      dz[row_at + k] = ${Array.from({ length: quads }, (_, c) => `dot(d${c}, w[at + ${c}u])`).join(" + ")};
    }
    back_neuron(row_at, n, control.members[member]);
  }
}`,
    workgroups: [rows, members, 1],
  } satisfies Kernel;
}

/** One evaluation row: counts it in the member's report when the largest logit is the label's. */
export function scoreKernel(shape: HeadShape) {
  const { rows, classes, members, workgroup } = shape;
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
${softmaxCode(classes, rows)}
${main(workgroup)} {
  let row = group.x;
  let member = group.y;
  fire_row((member * ${rows}u + row) * STRIDE, batches[row].x, member, local);
  if (local == 0u && largest_logit() == batches[row].y) {
    atomicAdd(&reports[member].evaluated_correct, 1u);
  }
}`,
    workgroups: [rows, members, 1],
  } satisfies Kernel;
}
