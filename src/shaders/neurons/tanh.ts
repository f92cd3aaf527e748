/** tanh: f(x) = tanh x, f′ = 1 - f². Real-valued; the article's baseline. */
import { safeTanh } from "./neuron";
import { real } from "./ordered";

export const tanh = real({
  name: "tanh",
  summary: "real-valued, between -1 and 1: the baseline",
  activation: () => /* wgsl */ `
${safeTanh}
fn activation(x: f32, slope: f32) -> vec2f {
  let f = safe_tanh(x);
  return vec2f(f, 1.0 - f * f);
}`,
});
