/**
 * Cross-entropy of independent pixels, of logits l and values x in [0, 1]; an image's loss, in
 * nats, is the sum over its pixels:
 *
 *   loss = max(l, 0) - l·x + log(1 + exp(-|l|));   dl = σ(l) - x
 *
 * No exponential overflows: safe for logits of ±1e4 and beyond. Below 0.01 the logarithm is a
 * series, because WGSL lets log be wrong by 2⁻²¹ near 1.
 */
import type { ValueLoss } from "./loss";

export const bernoulli: ValueLoss<"bernoulli"> = {
  name: "bernoulli",
  summary: "cross-entropy of each pixel, in nats an image",
  of: "values",
  unit: true,
  wgsl: /* wgsl */ `
fn loss_of(output: f32, wanted: f32) -> f32 {
  let e = exp(-abs(output));
  let log1p = select(log(1.0 + e), e * (1.0 - e * (0.5 - e / 3.0)), e < 0.01);
  return max(output, 0.0) - output * wanted + log1p;
}
fn gradient_of(output: f32, wanted: f32) -> f32 {
  let e = exp(-abs(output));
  return select(e, 1.0, output >= 0.0) / (1.0 + e) - wanted;
}`,
};
