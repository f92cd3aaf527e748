/**
 * The loss of this workgroup's rows, and its gradient in place of their outputs, by the functions
 * of a loss (losses/loss.ts). Ties for the largest output go to the lowest index; a row is correct
 * where that is its label.
 *
 * A row of few outputs is one invocation's. More are shared, each invocation having neighbouring
 * outputs of a row: the largest of each share, then the sum of the terms of each share, then the
 * gradient; every invocation adds up what the shares found, in their order.
 *
 * The kernel has `output_start(member, row)`, `output_at(at)`, `set_output(at, value)`,
 * `label_of(row)`, and `row_done(member, row, loss, correct)`, which is called once for each row.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import type { LabelLoss } from "../losses/loss";

/** Outputs up to which a row is one invocation's. */
const ALONE = 64;

export function lossCode(
  { outputs, loss }: { outputs: number; loss: LabelLoss },
  purpose: "training" | "evaluation",
): string {
  const shared = outputs > ALONE;
  const training = purpose === "training";
  return wgsl`
${loss.wgsl}

struct Largest { value: f32, index: u32 }
fn largest_of(start: u32, begin: u32, end: u32) -> Largest {
  var largest = Largest(output_at(start + begin), begin);
  for (var i = begin + 1u; i < end; i++) {
    let value = output_at(start + i);
    if (value > largest.value) { largest = Largest(value, i); }
  }
  return largest;
}
fn sum_of(start: u32, begin: u32, end: u32, top: f32, label: u32) -> f32 {
  var sum = 0.0;
  for (var i = begin; i < end; i++) { sum += term(output_at(start + i), top, i == label); }
  return sum;
}
fn set_gradients(start: u32, begin: u32, end: u32, sum: f32, top: f32, label: u32) {
  for (var i = begin; i < end; i++) {
    set_output(start + i, gradient_of(output_at(start + i), sum, top, i == label) / f32(ROWS));
  }
}
#if ${shared}
var<workgroup> tops: array<Largest, WORKGROUP>;
var<workgroup> sums: array<f32, WORKGROUP>;

fn loss_rows(first: u32, member: u32, local: u32) {
  const SHARE = (OUTPUTS + WORKGROUP - 1u) / WORKGROUP;
  let begin = local * SHARE; // past the last for some
  let end = min(begin + SHARE, OUTPUTS);
  for (var row = first; row < min(first + TILE_ROWS, ROWS); row++) {
    let start = output_start(member, row);
    let label = label_of(row);
    tops[local] = largest_of(start, min(begin, OUTPUTS - 1u), end);
    workgroupBarrier();
    var largest = tops[0];
    for (var s = 1u; s < WORKGROUP; s++) {
      if (tops[s].value > largest.value) { largest = tops[s]; }
    }
    #if ${training}
    let wanted = output_at(start + label);
    sums[local] = sum_of(start, begin, end, largest.value, label);
    workgroupBarrier();
    var sum = sums[0];
    for (var s = 1u; s < WORKGROUP; s++) { sum += sums[s]; }
    set_gradients(start, begin, end, sum, largest.value, label);
    let loss = loss_of(sum, largest.value, wanted);
    #else
    let loss = 0.0;
    #endif
    if (local == WORKGROUP / 2u) { row_done(member, row, loss, largest.index == label); }
    workgroupBarrier();
  }
}
#else
fn loss_rows(first: u32, member: u32, local: u32) {
  let end = min(first + TILE_ROWS, ROWS);
  let own = first + (local + WORKGROUP / 2u) % WORKGROUP;
  for (var row = own; row < end; row += WORKGROUP) {
    let start = output_start(member, row);
    let label = label_of(row);
    let largest = largest_of(start, 0u, OUTPUTS);
    #if ${training}
    let wanted = output_at(start + label);
    let sum = sum_of(start, 0u, OUTPUTS, largest.value, label);
    set_gradients(start, 0u, OUTPUTS, sum, largest.value, label);
    row_done(member, row, loss_of(sum, largest.value, wanted), largest.index == label);
    #else
    row_done(member, row, 0.0, largest.index == label);
    #endif
  }
}
#endif`;
}
