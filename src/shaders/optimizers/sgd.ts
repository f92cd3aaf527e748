/** Stochastic gradient descent: w ← w - rate · g. Source: Robbins and Monro, 1951. */
import type { Optimizer } from "./optimizer";

export const sgd: Optimizer<"sgd"> = {
  name: "sgd",
  summary: "stochastic gradient descent",
  rate: 0.5,
  state: 0,
  wgsl: /* wgsl */ `
fn optimize(weight: f32, gradient: f32, rate: f32, at: u32) -> f32 {
  return weight - rate * gradient;
}`,
};
