/**
 * Gumbel-softmax straight-through: q = softmax((s·z + g) / tau), g standard Gumbel; y = one-hot
 * argmax(s·z + g); dz = (k / tau) · J(q) dy. Source: Jang, Gu, Poole, "Categorical
 * Reparameterization with Gumbel-Softmax", ICLR 2017, 2.2.
 */
import { oneHotEstimator } from "./one-hot";

export const gumbel = oneHotEstimator({
  name: "gumbel",
  summary: "Gumbel-softmax, hard forward and soft backward (Jang et al. 2017)",
  draws: "category",
  usesTau: true,
  sample: /* wgsl */ `
  perturb(element, slope);
  choose(at, top_of().index);
  soften(1.0 / tau);`,
  backward: "jacobian(scale / tau);",
});
