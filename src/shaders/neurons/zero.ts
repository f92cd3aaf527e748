/**
 * zero: the hard step's own gradient, which is 0 wherever it exists: dz = 0. Forward as
 * straight-through. Only the output layer learns, from what random features give it: the baseline
 * that every other estimator has to beat.
 */
import type { Estimator } from "./neuron";

/** The estimator that samples and rounds as `straightThrough` does, and lends no slope. */
export const zero = (straightThrough: Estimator): Estimator => ({
  ...straightThrough,
  name: "zero",
  summary: "the hard step's gradient is taken as 0",
  code: (options) => ({
    ...straightThrough.code(options),
    back: /* wgsl */ `
fn back(at: u32, slope: f32, tau: f32) {
  dz[at] = 0.0;
}`,
  }),
});
