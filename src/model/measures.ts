/**
 * What runs that compare outputs with values came to (measure.ts), and their words (code.ts):
 * loaded when first asked.
 */
import type { Split } from "../data/dataset";
import type { Device } from "../runtime/device";
import type { Code } from "./code";
import type { Saved } from "./from-file";
import type { Choices } from "./measure";
import type { OwnParts } from "./own";
import type { Run } from "./run";
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
 * The share of test images whose label a linear classifier of their words tells, fitted to the
 * words of the training images, of each member; undefined for a network without one-hot layers.
 * Source: Alain, Bengio, "Understanding intermediate layers using linear classifier probes", 2016.
 */
export const probeAccuracy = async (run: Run): Promise<number[] | undefined> =>
  (await import("./measure")).probeAccuracy(run);

/**
 * -log of the mean likelihood of `draws` draws of the choices, in nats an image, for each member;
 * draws are one-hot whatever the estimator. Source: Raiko et al. 2015, section 4.
 */
export const completionLoss = async (
  run: Run,
  split: Exclude<Split, "training">,
  draws: number,
): Promise<number[]> => (await import("./measure")).completionLoss(run, split, draws);

/**
 * The code of a run, by its weights of the moment it is asked: also while it trains. Destroy it
 * before the run. Throws `StairstepError` for a run that does not reconstruct, and for one without
 * one-hot layers.
 */
export const codeOf = async (run: Run): Promise<Code> => (await import("./code")).codeOf(run);

/**
 * The code of a network that `train --task reconstruct --save`, the page or `encodeCheckpoint`
 * wrote, or of a checkpoint at hand: `(await loadCode(device, bytes)).encode(images)`. A file with
 * neurons or estimators from outside the catalogue needs them, `{ neurons: [yours] }`. Throws
 * `StairstepError` for other files.
 */
export const loadCode = async (device: Device, file: Saved, own?: OwnParts): Promise<Code> =>
  (await import("./code")).loadCode(device, file, own);
