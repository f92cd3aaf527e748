/**
 * relu: f(x) = x where x > 0, else leak · x; f′ = 1 there, else leak, at 0 too. Real-valued.
 * Sources: Nair, Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines", ICML 2010
 * (leak 0); Maas, Hannun, Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models",
 * 2013 (leak 0.01).
 */
import { real } from "./ordered";

const rectified = <Name extends string>(name: Name, leak: number, summary: string) =>
  real({
    name,
    summary,
    activation: () => /* wgsl */ `
fn activation(x: f32, slope: f32) -> vec2f {
  return select(vec2f(f32(${leak}) * x, ${leak}), vec2f(x, 1.0), x > 0.0);
}`,
  });

export const relu = rectified("relu", 0, "real-valued: the input where positive, else 0");

/** `leak`: the slope below 0. */
export const leakyRelu = (leak: number) =>
  rectified("leaky-relu", leak, `real-valued: the input where positive, else ${leak} of it`);
