/**
 * ReinMax: y drawn with probabilities p; pi = (y + softmax(s·z / tau)) / 2; dz = k · (2 J(pi) - ½ J(p)) dy,
 * a second-order (Heun) estimate. Source: Liu, Dong, Yu, Gao, "Bridging Discrete and Backpropagation: Straight-Through
 * and Beyond", NeurIPS 2023, algorithm 2.
 */
import { oneHotEstimator } from "./one-hot";

export const reinmax = oneHotEstimator({
  name: "reinmax",
  summary: "second-order straight-through (Liu et al. 2023)",
  draws: "neuron",
  usesTau: true,
  // z becomes the logits s·z less the largest, from which `back` takes the softmax at both temperatures.
  sample: /* wgsl */ `
  let top = z[at + largest(at)];
  var sum = 0.0;
  for (var i = 0u; i < CATEGORIES; i++) {
    z[at + i] = slope * (z[at + i] - top);
    sum += exp(z[at + i]);
  }
  let threshold = unit(draw(element)) * sum;
  var choice = 0u;
  var below = exp(z[at]);
  while (threshold >= below && choice < CATEGORIES - 1u) {
    choice++;
    below += exp(z[at + choice]);
  }
  choose(at, choice);`,
  backward: /* wgsl */ `
  var sum = 0.0;
  var sum_tau = 0.0;
  for (var i = 0u; i < CATEGORIES; i++) {
    sum += exp(z[at + i]);
    sum_tau += exp(z[at + i] / tau);
  }
  var mean = 0.0;
  var mean_mixed = 0.0;
  for (var i = 0u; i < CATEGORIES; i++) {
    let p = exp(z[at + i]) / sum;
    let mixed = 0.5 * (y[at + i] + exp(z[at + i] / tau) / sum_tau);
    mean += p * dz[at + i];
    mean_mixed += mixed * dz[at + i];
  }
  for (var i = 0u; i < CATEGORIES; i++) {
    let p = exp(z[at + i]) / sum;
    let mixed = 0.5 * (y[at + i] + exp(z[at + i] / tau) / sum_tau);
    dz[at + i] = scale * (2.0 * mixed * (dz[at + i] - mean_mixed) - 0.5 * p * (dz[at + i] - mean));
  }`,
});
