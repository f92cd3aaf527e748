/**
 * ReinMax: y drawn with probabilities p; pi = (y + softmax(s·z / tau)) / 2; dz = k · (2 J(pi) - ½
 * J(p)) dy, a second-order (Heun) estimate. Source: Liu, Dong, Yu, Gao, "Bridging Discrete and
 * Backpropagation: Straight-Through and Beyond", NeurIPS 2023, algorithm 2.
 */
import { oneHotEstimator } from "./one-hot";

/**
 * Draws the choice; p becomes the logits s·z less the largest, from which `back` takes the softmax
 * at both temperatures.
 */
export const chooseFromLogits = /* wgsl */ `
  let top = top_of().value;
  var sum = 0.0;
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    p[i] = slope * (p[i] - top);
    sum += exp(p[i]);
  }
  let threshold = unit(draw(element)) * sum;
  var choice = 0u;
  var below = 0.0;
  for (var i = 0u; i < CHOICES; i++) { // unroll
    below += exp(p[i]);
    choice += u32(threshold >= below);
  }
  choose(at, choice);`;

export const reinmax = oneHotEstimator({
  name: "reinmax",
  summary: "second-order straight-through (Liu et al. 2023)",
  draws: "neuron",
  usesTau: true,
  sample: chooseFromLogits,
  backward: /* wgsl */ `
  var plains: array<f32, CATEGORIES>;
  var sum = 0.0;
  var sum_tau = 0.0;
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    sum += exp(p[i]);
    sum_tau += exp(p[i] / tau);
  }
  var mean = 0.0;
  var mean_mixed = 0.0;
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    let plain = exp(p[i]) / sum;
    p[i] = 0.5 * (y[at + i] + exp(p[i] / tau) / sum_tau);
    mean += plain * d[i];
    mean_mixed += p[i] * d[i];
    plains[i] = plain;
  }
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    d[i] = scale * (2.0 * p[i] * (d[i] - mean_mixed) - 0.5 * plains[i] * (d[i] - mean));
  }`,
});
