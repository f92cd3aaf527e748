/** The numbers of an evaluation against values, added up. */

import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { type Kernel, read, readWrite, WORKGROUP } from "../kernel";
import { reportType } from "../report-type";

/** Adds the `scores` (loss, KL) [members, rows] of an evaluation to `reports`; a workgroup each. */
export function sumKernel({ rows, members }: { rows: number; members: number }) {
  return {
    name: "sum of scores",
    bindings: { scores: read("array<vec2f>"), reports: readWrite("array<Report>") },
    constants: { WORKGROUP, ROWS: rows },
    wgsl: wgsl`
${reportType}
var<workgroup> sums: array<vec2f, WORKGROUP>;
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  var sum = vec2f();
  for (var row = local; row < ROWS; row += WORKGROUP) {
    sum += scores[group.x * ROWS + row];
  }
  sums[local] = sum;
  workgroupBarrier();
  if (local == 0u) {
    for (var i = 1u; i < WORKGROUP; i++) { sum += sums[i]; }
    reports[group.x].evaluated_loss += sum.x;
    reports[group.x].evaluated_kl += sum.y;
  }
}`,
    workgroups: [members, 1, 1],
  } satisfies Kernel;
}
