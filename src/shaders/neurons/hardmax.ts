/**
 * Hardmax: y is always the largest category, in training too; dz = k · J(softmax(s·z)) dy. Nothing
 * is drawn.
 */
import { oneHotEstimator } from "./one-hot";

export const hardmax = oneHotEstimator({
  name: "hardmax",
  summary: "always the largest category, never a sample",
  draws: "none",
  usesTau: false,
  sample: "",
  backward: "",
});
