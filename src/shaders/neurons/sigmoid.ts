/** sigmoid: f(x) = 1 / (1 + e^-x), f′ = f (1 - f). Real-valued. */
import { logistic } from "./neuron";
import { real } from "./ordered";

export const logisticActivation = /* wgsl */ `
${logistic}
fn activation(x: f32, slope: f32) -> vec2f {
  let f = logistic(x);
  return vec2f(f, f * (1.0 - f));
}`;

export const sigmoid = real({
  name: "sigmoid",
  summary: "real-valued, between 0 and 1",
  activation: () => logisticActivation,
});
