/**
 * Softmax with cross-entropy, of a row of logits l and its label c:
 *
 *   loss = log(Σ exp(l - max)) + max - l[c];   dl = softmax(l) - onehot(c)
 *
 * With the maximum subtracted no exponential overflows: safe for logits of ±1e4 and beyond.
 */
import type { LabelLoss } from "./loss";

export const softmax: LabelLoss<"softmax"> = {
  name: "softmax",
  summary: "softmax with cross-entropy",
  of: "labels",
  wgsl: /* wgsl */ `
fn term(output: f32, top: f32, wanted: bool) -> f32 {
  return exp(output - top);
}
fn loss_of(sum: f32, top: f32, wanted_output: f32) -> f32 {
  return log(sum) - (wanted_output - top);
}
fn gradient_of(output: f32, sum: f32, top: f32, wanted: bool) -> f32 {
  return exp(output - top) / sum - select(0.0, 1.0, wanted);
}`,
};
