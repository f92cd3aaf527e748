/**
 * hard-binary: levels {0, 1}, f(x) = clip((x + 1) / 2, 0, 1), f′ = 1/2 where |x| < 1, else 0.
 * Source: the hard sigmoid of Courbariaux et al., "Binarized Neural Networks", 2016, equation 3.
 */
import { ordered } from "./ordered";

export const hardBinary = ordered({
  name: "hard-binary",
  summary: "0 or 1, through the hard sigmoid clip((x + 1) / 2, 0, 1)",
  activation: () => /* wgsl */ `
fn activation(x: f32, slope: f32) -> vec2f {
  return vec2f(saturate(0.5 * x + 0.5), select(0.0, 0.5, abs(x) < 1.0));
}`,
});
