/** What runs that compare outputs with values came to (measure.ts), loaded when first asked. */
import type { Split } from "../data/dataset";
import type { Choices, Run } from "./measure";
import type { Losses } from "./value-report";

/**
 * Mean loss and KL of each member over a split, with choices sampled or rounded. Throws
 * `StairstepError` for a run that classifies.
 */
export const measure = async (run: Run, split: Split, choices: Choices): Promise<Losses[]> =>
  (await import("./measure")).measure(run, split, choices);

/**
 * How many symbols of each member's code no test image uses, each image's likeliest; undefined for
 * a network without one-hot layers.
 */
export const unusedSymbols = async (run: Run): Promise<number[] | undefined> =>
  (await import("./measure")).unusedSymbols(run);

/**
 * -log of the mean likelihood of `draws` draws of the choices, in nats an image, for each member;
 * draws are one-hot whatever the estimator. Source: Raiko et al. 2015, section 4.
 */
export const completionLoss = async (
  run: Run,
  split: Exclude<Split, "training">,
  draws: number,
): Promise<number[]> => (await import("./measure")).completionLoss(run, split, draws);
