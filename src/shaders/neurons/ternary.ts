/**
 * ternary: levels {-1, 0, 1}, f(x) = 1.5 tanh x + 0.5 tanh(-3x), a step with a landing at 0.
 * f′ = 1.5 (1 - tanh² x) - 1.5 (1 - tanh² 3x).
 * Source: the article "Beyond Binary: Ternary and One-hot Neurons".
 */
import { safeTanh } from "./neuron";
import { ordered } from "./ordered";

export const ternary = ordered({
  name: "ternary",
  summary: "-1, 0 or 1, through 1.5 tanh x + 0.5 tanh -3x",
  activation: () => /* wgsl */ `
${safeTanh}
fn activation(x: f32, slope: f32) -> vec2f {
  let a = safe_tanh(x);
  let b = safe_tanh(-3.0 * x);
  return vec2f(1.5 * a + 0.5 * b, 1.5 * (b * b - a * a));
}`,
});
