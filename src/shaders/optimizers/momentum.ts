/**
 * Momentum: v ← 0.9·v + g; w ← w - rate · v. Source: Polyak, "Some methods of speeding up the
 * convergence of iteration methods", 1964, the heavy ball.
 */
import type { Optimizer } from "./optimizer";

export const momentum: Optimizer<"momentum"> = {
  name: "momentum",
  summary: "SGD with a momentum of 0.9 (Polyak 1964)",
  rate: 0.05,
  state: 1,
  wgsl: /* wgsl */ `
fn optimize(weight: f32, gradient: f32, rate: f32, at: u32) -> f32 {
  let velocity = 0.9 * state[at] + gradient;
  state[at] = velocity;
  return weight - rate * velocity;
}`,
};
