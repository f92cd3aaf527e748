/**
 * Softmax with cross-entropy, forward and backward, of one row of logits l [classes] and its label
 * c:
 *
 *   loss = log(Σ exp(l - max)) + max - l[c];   dl = (softmax(l) - onehot(c)) / rows;   correct = argmax(l) is c
 *
 * With the maximum subtracted no exponential overflows: safe for logits of ±1e4 and beyond. Ties go
 * to the lowest index.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { pad4, unroll } from "./kernel";

/** Up to so many classes are written out, so that a row stays in registers. */
const UNROLLED = 16;

/**
 * WGSL of `softmax_row(at, label) -> RowResult`: turns a row of the workgroup's `logits` [held,
 * pad4(classes)], which begins at `at`, into dl, in one invocation. The mean is over `rows`.
 */
export const softmaxCode = (classes: number, rows: number, held = 1): string => wgsl`
const CLASSES = ${classes}u;
var<workgroup> logits: array<f32, ${held * pad4(classes)}>;

struct RowResult { loss: f32, correct: u32 }

fn largest_logit(at: u32) -> u32 {
  var best = 0u;
  var top = logits[at];
  for (var i = 1u; i < CLASSES; i++) {
    let logit = logits[at + i];
    if (logit > top) { best = i; top = logit; }
  }
  return best;
}

fn softmax_row(at: u32, label: u32) -> RowResult {
  let best = largest_logit(at);
  let top = logits[at + best];
  let shifted = logits[at + label] - top;
  var sum = 0.0;
  #if ${classes <= UNROLLED}
  ${unroll(classes, (i) => `let e${i} = exp(logits[at + ${i}u] - top); sum += e${i};`)}
  ${unroll(classes, (i) => `logits[at + ${i}u] = (e${i} / sum - select(0.0, 1.0, ${i}u == label)) / ${rows}.0;`)}
  #else
  for (var i = 0u; i < CLASSES; i++) {
    logits[at + i] = exp(logits[at + i] - top);
    sum += logits[at + i];
  }
  for (var i = 0u; i < CLASSES; i++) {
    logits[at + i] = (logits[at + i] / sum - select(0.0, 1.0, i == label)) / ${rows}.0;
  }
  #endif
  return RowResult(log(sum) - shifted, u32(best == label));
}
`;
