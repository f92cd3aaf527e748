/**
 * Sampled straight-through: y is a category drawn with probabilities p; dz = k · J(p) dy, as if y
 * were p. Source: Bengio, Léonard, Courville 2013, section 4; for categories, the article.
 */
import { oneHotEstimator } from "./one-hot";

export const straightThrough = oneHotEstimator({
  name: "straight-through",
  summary: "draw a category, differentiate its probabilities (Bengio et al. 2013)",
  draws: "neuron",
  usesTau: false,
  sample: /* wgsl */ `
  soften(slope);
  choose(at, pick(element));`,
  backward: "jacobian(scale);",
});
