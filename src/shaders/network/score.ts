/** The top of the network in evaluation: as head.ts, as far as the outputs. */

import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ceilDiv, type Kernel, read, readWrite } from "../kernel";
import { layerConstants } from "../neurons/layer";
import { reportType } from "../report-type";
import { forwardCode, type HeadShape, headConstants } from "./head";
import { lossCode } from "./loss-rows";

/**
 * A workgroup takes TILE_ROWS rows of a member: it writes their outputs [members,
 * rows, pad4(outputs)] and counts in the member's report those whose largest is the label's.
 */
export function scoreKernel(shape: HeadShape) {
  const { layer, rows, members, tile } = shape;
  return {
    name: "score",
    bindings: {
      control: read("Control"),
      batches: read("array<vec2u>"),
      weights: read("array<vec4f>"),
      z: readWrite("array<f32>"),
      y: readWrite("array<f32>"),
      outputs: readWrite("array<f32>"),
      reports: readWrite("array<Report>"),
    },
    constants: {
      ...layerConstants(layer, { purpose: "evaluation", layer: shape.index }),
      ...headConstants(shape),
    },
    wgsl: wgsl`
${reportType}
fn output_start(member: u32, row: u32) -> u32 { return (member * ROWS + row) * OUTPUT_STRIDE; }
fn output_at(at: u32) -> f32 { return outputs[at]; }
fn set_output(at: u32, value: f32) { outputs[at] = value; }
fn label_of(row: u32) -> u32 { return batches[row].y; }
${forwardCode(shape, "evaluation")}
${lossCode(shape, "evaluation")}
fn row_done(member: u32, row: u32, loss: f32, correct: bool) {
  if (correct) { atomicAdd(&reports[member].evaluated_correct, 1u); }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let first = group.x * TILE_ROWS;
  let member = group.y;
  fire_rows(first, member, local, control.members[member]);
  output_rows(first, member, local);
  loss_rows(first, member, local);
}`,
    workgroups: [ceilDiv(rows, tile), members, 1],
  } satisfies Kernel;
}
