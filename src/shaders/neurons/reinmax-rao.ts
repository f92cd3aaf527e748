/**
 * ReinMax-Rao: y drawn with probabilities p; π = (y + p) / 2; dz = k · (2 · mean of J(q) / tau - ½
 * J(p)) dy, with J(q) / tau as in Gumbel-Rao, of logits log π, in place of ReinMax's J(π): less
 * random. K = 10.
 *
 * Source: Wang, Bui, "Beyond ReinMax: Low-Variance Gradient Estimators for Discrete Latent
 * Variables", 2026, equation 17, whose second term is ReinMax's own, J(p).
 */
import { average, DRAWS, logs } from "./gumbel-rao";
import { oneHotEstimator } from "./one-hot";
import { chooseFromLogits } from "./reinmax";

export const reinmaxRao = oneHotEstimator({
  name: "reinmax-rao",
  summary: `ReinMax, averaged over ${DRAWS} draws given the choice (Wang and Bui 2026)`,
  draws: "neuron",
  backDraws: DRAWS,
  usesTau: true,
  sample: chooseFromLogits,
  helpers: average,
  backward: /* wgsl */ `${logs}
  var plain: array<f32, CATEGORIES>;
  var mean = 0.0;
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    mean += exp(p[i]) * d[i];
  }
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    plain[i] = 0.5 * exp(p[i]) * (d[i] - mean);
    p[i] -= ${Math.LN2.toPrecision(9)}; // log π of all but the choice, whose own is not asked for
  }
  average(element, choice, tau);
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    d[i] = scale * (2.0 / tau * d[i] - plain[i]);
  }`,
});
