/**
 * Gumbel-Rao: y a category i drawn with probabilities p; dz = (k / tau) · mean of J(q) dy over K
 * draws of q = softmax((s·z + g) / tau), g Gumbel noise under which i is the largest. The mean of
 * `gumbel`'s gradient for that choice, so the same on average, and less random. K = 10.
 *
 *   s·z + g less log Σ e^(s·z):   -log Eᵢ of the choice;   -log(Eⱼ / pⱼ + Eᵢ) of any other j
 *
 * with E standard exponential, so q is proportional to 1 and (pⱼ Eᵢ / (Eⱼ + pⱼ Eᵢ))^(1 / tau).
 *
 * Source: Paulus, Maddison, Krause, "Rao-Blackwellizing the Straight-Through Gumbel-Softmax
 * Gradient Estimator", ICLR 2021, 3.2; the draws given the choice: equation 7.
 */
import { minusLogUnit, oneHotEstimator } from "./one-hot";
import { chooseFromLogits } from "./reinmax";

/** Draws of all Gumbels. The paper has 10, 100 and 1,000. */
export const DRAWS = 10;

/**
 * `fn average(element, choice, tau)`: d ← mean of J(q) d over the draws, each of CATEGORIES, the
 * first of them Eᵢ of the choice i; p holds log p.
 */
export const average = /* wgsl */ `${minusLogUnit}
fn average(element: u32, choice: u32, tau: f32) {
  var total: array<f32, CATEGORIES>;
  for (var k = 0u; k < ${DRAWS}u; k++) {
    let first = element + k * CATEGORIES;
    let own = minus_log_unit(draw(first));
    let log_own = log(own);
    var shares: array<f32, CATEGORIES>;
    var weight = 0.0;
    var mean = 0.0;
    for (var i = 0u; i < CATEGORIES; i++) { // unroll
      let other = minus_log_unit(draw(first + i + select(0u, 1u, i < choice)));
      let behind = p[i] + log_own - log(other + exp(p[i]) * own);
      shares[i] = select(exp(behind / tau), 1.0, i == choice);
      weight += shares[i];
      mean += shares[i] * d[i];
    }
    mean /= weight;
    for (var i = 0u; i < CATEGORIES; i++) { // unroll
      total[i] += shares[i] / weight * (d[i] - mean);
    }
  }
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    d[i] = total[i] / ${DRAWS}.0;
  }
}
`;

/** p ← log of the probabilities, from logits; `choice` is what y holds. */
export const logs = /* wgsl */ `
  var sum = 0.0;
  var choice = 0u;
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    sum += exp(p[i]);
    choice += select(0u, i, y[at + i] == 1.0);
  }
  let log_sum = log(sum);
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    p[i] -= log_sum;
  }`;

export const gumbelRao = oneHotEstimator({
  name: "gumbel-rao",
  summary: `Gumbel-softmax, averaged over ${DRAWS} draws given the choice (Paulus et al. 2021)`,
  draws: "neuron",
  backDraws: DRAWS,
  usesTau: true,
  sample: chooseFromLogits,
  helpers: average,
  backward: /* wgsl */ `${logs}
  average(element, choice, tau);
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    d[i] *= scale / tau;
  }`,
});
