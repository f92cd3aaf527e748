/**
 * The numbers of a report, gathered on the GPU into six words a member: loss and correct
 * answers, or KL, over the steps since the last report; those of an evaluation; and which layers'
 * weights are no longer finite.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { controlTypes } from "./control";
import { ceilDiv, type Kernel, read, readWrite, WORKGROUP } from "./kernel";
import { layerTable, startsOf } from "./layout";
import { reportType } from "./report-type";

/**
 * Sums `metrics` [members, reportEvery, rows] over the steps since the last report into `reports`,
 * one workgroup a member. The order of the sum is fixed: 64 strided partial sums, then those in
 * turn. A report starts at a step that reportEvery divides.
 */
export function reportKernel({
  rows,
  reportEvery,
  members,
  values,
}: {
  rows: number;
  reportEvery: number;
  members: number;
  /** Whether the second number of `metrics` is KL, an f32, and not 1 for a correct answer. */
  values: boolean;
}) {
  const [type, second] = values ? ["f32", "bitcast<f32>(row.y)"] : ["u32", "row.y"];
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
var<workgroup> seconds: array<${type}, WORKGROUP>;
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let filled = ((control.step + REPORT_EVERY - 1u) % REPORT_EVERY + 1u) * ROWS;
  var loss = 0.0;
  var second = ${type}(0);
  for (var i = local; i < filled; i += WORKGROUP) {
    let row = metrics[group.x * REPORT_EVERY * ROWS + i];
    loss += bitcast<f32>(row.x);
    second += ${second};
  }
  losses[local] = loss;
  seconds[local] = second;
  workgroupBarrier();
  if (local == 0u) {
    for (var i = 1u; i < WORKGROUP; i++) {
      loss += losses[i];
      second += seconds[i];
    }
    reports[group.x].loss = loss;
    reports[group.x].correct = ${values ? "bitcast<u32>(second)" : "second"};
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
