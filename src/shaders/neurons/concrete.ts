/**
 * Concrete: y = q = softmax((s·z + g) / tau), soft while sampling; dz = (k / tau) · J(q) dy,
 * exactly. Source: Maddison, Mnih, Teh, "The Concrete Distribution", ICLR 2017, equation 10.
 */
import { oneHotEstimator } from "./one-hot";

export const concrete = oneHotEstimator({
  name: "concrete",
  summary: "a soft sample, exact gradient (Maddison et al. 2017)",
  draws: "category",
  usesTau: true,
  sample: /* wgsl */ `
  perturb(element, slope);
  soften(1.0 / tau);
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    y[at + i] = p[i];
  }`,
  backward: "jacobian(scale / tau);",
});
