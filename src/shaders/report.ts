/**
 * The numbers of a report, gathered on the GPU into sixteen bytes a member: loss and correct
 * answers over the steps since the last report, correct answers of an evaluation, and which layers'
 * weights are no longer finite.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { controlTypes } from "./control";
import { ceilDiv, type Kernel, read, readWrite, WORKGROUP } from "./kernel";
import { layerTable, startsOf } from "./layout";

export const reportType = /* wgsl */ `
struct Report {
  loss: f32,                      // sum over the rows trained on
  correct: u32,                   // of the rows trained on
  evaluated_correct: atomic<u32>, // of an evaluation
  broken_layers: atomic<u32>,     // bit l: layer l (31: or above) has weights that are not finite
}
`;

export const REPORT_BYTES = 16;

/**
 * Sums `metrics` [members, reportEvery, rows] over the steps since the last report into `reports`,
 * one workgroup a member. The order of the sum is fixed: 64 strided partial sums, then those in
 * turn. A report starts at a step that reportEvery divides.
 */
export function reportKernel({
  rows,
  reportEvery,
  members,
}: {
  rows: number;
  reportEvery: number;
  members: number;
}) {
  return {
    name: "report",
    bindings: {
      control: read("Control"),
      metrics: read("array<vec2u>"),
      reports: readWrite("array<Report>"),
    },
    constants: { WORKGROUP, ROWS: rows, REPORT_EVERY: reportEvery },
    wgsl: wgsl`
${controlTypes}
${reportType}
var<workgroup> losses: array<f32, WORKGROUP>;
var<workgroup> corrects: array<u32, WORKGROUP>;
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let filled = ((control.step + REPORT_EVERY - 1u) % REPORT_EVERY + 1u) * ROWS;
  var loss = 0.0;
  var correct = 0u;
  for (var i = local; i < filled; i += WORKGROUP) {
    let row = metrics[group.x * REPORT_EVERY * ROWS + i];
    loss += bitcast<f32>(row.x);
    correct += row.y;
  }
  losses[local] = loss;
  corrects[local] = correct;
  workgroupBarrier();
  if (local == 0u) {
    for (var i = 1u; i < WORKGROUP; i++) {
      loss += losses[i];
      correct += corrects[i];
    }
    reports[group.x].loss = loss;
    reports[group.x].correct = correct;
  }
}`,
    workgroups: [members, 1, 1],
  } satisfies Kernel;
}

/**
 * Flags the layers whose parameters hold a NaN or an infinity, by their exponent bits; `quads` are
 * vec4s a member of each layer.
 */
export function finiteKernel({ quads, members }: { quads: readonly number[]; members: number }) {
  const starts = startsOf(quads.map((count) => count * members));
  const total = members * quads.reduce((a, b) => a + b);
  const groups = Math.min(ceilDiv(total, WORKGROUP), 4096);
  const layers = quads.map((member_quads, index) => {
    return { index, start: starts[index] as number, member_quads };
  });
  return {
    name: "finite",
    bindings: { weights: read("array<vec4u>"), reports: readWrite("array<Report>") },
    constants: { WORKGROUP, TOTAL: total, INVOCATIONS: groups * WORKGROUP },
    wgsl: wgsl`
${reportType}
${layerTable(starts, layers)}
const EXPONENT = vec4u(0x7f800000u);

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  for (var at = id.x; at < TOTAL; at += INVOCATIONS) {
    if (any((weights[at] & EXPONENT) == EXPONENT)) {
      let layer = layer_at(at);
      let member = (at - layer.start) / layer.member_quads;
      atomicOr(&reports[member].broken_layers, 1u << min(layer.index, 31u));
    }
  }
}`,
    workgroups: [groups, 1, 1],
  } satisfies Kernel;
}
