/**
 * Adam: averages of the gradient and of its square, both since a zero that is divided out, at step
 * t = 1, 2, …:
 *
 *   m ← b1·m + (1 - b1)·g;   v ← b2·v + (1 - b2)·g²;   b1 = 0.9, b2 = 0.999
 *   w ← w - rate · (m / (1 - b1ᵗ)) / (√(v / (1 - b2ᵗ)) + 10⁻⁸)
 *
 * Source: Kingma, Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1. The
 * kernel has q = 1 - b alone, since 1 - f32(0.999) is 10⁻⁵ off.
 */
import type { Optimizer } from "./optimizer";

/**
 * `since_zero(q, t)`: 1 - (1 - q)ᵗ, a factor a bit of t. Each is 1 - (1 - q)^(2^k), which the one
 * before makes without a difference of near numbers; WGSL lets pow be 10⁻⁴ off where t is large.
 */
export const sinceZero = /* wgsl */ `
fn since_zero(q: f32, t: u32) -> f32 {
  var all = 0.0;
  var factor = q;
  for (var bits = t; bits > 0u; bits >>= 1u) {
    if ((bits & 1u) == 1u) { all += factor * (1.0 - all); }
    factor *= 2.0 - factor;
  }
  return all;
}
`;

export const adam: Optimizer<"adam"> = {
  name: "adam",
  summary: "Adam, steps of the size of the rate (Kingma and Ba 2015)",
  rate: 0.001,
  state: 2,
  prepare: /* wgsl */ `
  mean_weight = since_zero(0.1, control.trained + 1u);
  square_weight = since_zero(0.001, control.trained + 1u);`,
  wgsl: /* wgsl */ `
${sinceZero}
var<private> mean_weight: f32;
var<private> square_weight: f32;
fn optimize(weight: f32, gradient: f32, rate: f32, at: u32) -> f32 {
  var mean = state[at];
  var square = state[STATE_LENGTH + at];
  mean += 0.1 * (gradient - mean);
  square += 0.001 * (gradient * gradient - square);
  state[at] = mean;
  state[STATE_LENGTH + at] = square;
  return weight - rate * (mean / mean_weight) / (sqrt(square / square_weight) + 1e-8);
}`,
};
