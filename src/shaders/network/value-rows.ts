/**
 * The loss of this workgroup's rows against values, such as pixels, and its gradient in place of
 * their outputs, by the functions of a loss (losses/loss.ts). The invocations share the outputs of
 * each row, none its own, so that a missing barrier fails tests; and one of them adds up.
 *
 * The kernel has `output_start(member, row)`, `output_at(at)`, `set_output(at, value)`,
 * `wanted_start(row)` and `wanted_quad(at) -> vec4f`, which count in vec4s, and `row_done(member,
 * row, loss)`, which is called once for each row.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import type { ValueLoss } from "../losses/loss";

export const valueCode = (
  { loss, outputs }: { loss: ValueLoss; outputs: number },
  purpose: "training" | "evaluation",
): string => wgsl`
${loss.wgsl}

var<workgroup> losses: array<array<f32, WORKGROUP>, TILE_ROWS>;
fn value_rows(first: u32, member: u32, local: u32) {
  let end = min(TILE_ROWS, ROWS - first);
  for (var t = 0u; t < end; t++) {
    let start = output_start(member, first + t);
    let wanted_at = wanted_start(first + t);
    var loss = 0.0;
    for (var q = (local + 1u) % WORKGROUP; q < QUADS; q += WORKGROUP) {
      let wanted = wanted_quad(wanted_at + q);
      for (var e = 0u; e < 4u; e++) { // unroll
        let at = start + 4u * q + e;
        #if ${outputs % 4 > 0}
        if (4u * q + e < OUTPUTS) {
        #endif
        let output = output_at(at);
        loss += loss_of(output, wanted[e]);
        #if ${purpose === "training"}
        set_output(at, gradient_of(output, wanted[e]) / f32(ROWS));
        #endif
        #if ${outputs % 4 > 0}
        }
        #if ${purpose === "training"}
        else { set_output(at, 0.0); }
        #endif
        #endif
      }
    }
    losses[t][local] = loss;
  }
  workgroupBarrier();
  for (var t = WORKGROUP - 1u - local; t < end; t += WORKGROUP) {
    var loss = 0.0;
    for (var i = 0u; i < WORKGROUP; i++) { loss += losses[t][i]; }
    row_done(member, first + t, loss);
  }
}`;
