/** Reports of tasks whose outputs are compared with values, such as an image's own pixels. */
import type { Pixels } from "../data/idx";
import type { MemberNumbers } from "./numbers";
import { checkFinite, meanOf } from "./report";
import type { Spec } from "./spec";
import { isOneHot } from "./spec";
import type { Checkpoint } from "./state";
import type { View } from "./view";

/** Means over images: the loss, in nats for `bernoulli`; and KL, in nats, in `reconstruct`. */
export interface Losses {
  loss: number;
  kl?: number;
}

export interface ValueMemberReport {
  /** Over the steps since the last report. */
  training: Losses;
  validation: Losses;
}

/** Means over the members, and each member's own numbers. */
export interface ValueReport extends ValueMemberReport {
  step: number;
  /** Steps in epochs; whole at an epoch's end. */
  epoch: number;
  members: ValueMemberReport[];
  /**
   * Members that, an epoch or more after the start, are no better than one image for all, the mean
   * of the test images.
   */
  collapsed: number[];
  /** What the run can go on from, at the steps that `checkpointEvery` divides and the last. */
  checkpoint?: Checkpoint;
}

/** Losses of `count` images, of sums; KL where it counts. */
export const lossesOf = (spec: Spec, loss: number, kl: number, count: number): Losses => ({
  loss: loss / count,
  ...(spec.task === "reconstruct" && spec.hidden.some(isOneHot) ? { kl: kl / count } : {}),
});

/** The report of the steps from `from` to `step`. Throws as `checkFinite` does. */
export function valueReport(
  spec: Spec,
  view: View,
  from: number,
  step: number,
  numbers: readonly MemberNumbers[],
): ValueReport {
  checkFinite(from, step, numbers);
  const rows = (step - from) * spec.batch;
  const images = view.validation.labels.length;
  const members = numbers.map(({ lossSum, klSum, evaluatedLoss, evaluatedKl }) => ({
    training: lossesOf(spec, lossSum, klSum, rows),
    validation: lossesOf(spec, evaluatedLoss, evaluatedKl, images),
  }));
  const mean = (of: "training" | "validation") =>
    lossesOf(
      spec,
      meanOf(members, (m) => m[of].loss),
      meanOf(members, (m) => m[of].kl ?? 0),
      1,
    );
  const most = step < spec.stepsPerEpoch ? Number.POSITIVE_INFINITY : constantLoss(view, spec);
  return {
    step,
    epoch: step / spec.stepsPerEpoch,
    training: mean("training"),
    validation: mean("validation"),
    members,
    collapsed: members.flatMap(({ validation }, i) => (validation.loss >= most ? [i] : [])),
  };
}

/** What is wanted of the test images; nothing where the data have none. */
function testPixels(view: View): Pixels | undefined {
  try {
    return view.test.wanted ?? view.test.pixels;
  } catch {
    return undefined;
  }
}

const constants = new WeakMap<Pixels, number>();

/**
 * The loss of one image for all, the mean of what is wanted of the test images: what a network must
 * stay below to have learned anything. Infinity for features, whose scale is the data's, and where
 * there are no test images.
 */
export function constantLoss(view: View, { loss, task }: Pick<Spec, "loss" | "task">): number {
  const pixels = testPixels(view);
  if (!(pixels instanceof Uint8Array)) return Number.POSITIVE_INFINITY;
  const known = constants.get(pixels);
  if (known !== undefined) return known;
  const { outputs } = view;
  const count = pixels.length / outputs;
  const sums = new Float64Array(outputs);
  const squares = new Float64Array(outputs);
  for (let i = 0; i < pixels.length; i++) {
    const byte = pixels[i] as number;
    const x = task === "complete" ? Number(byte > 127) : byte / 255;
    (sums[i % outputs] as number) += x;
    (squares[i % outputs] as number) += x * x;
  }
  const xlogx = (x: number) => (x > 0 ? x * Math.log(x) : 0);
  const found = Array.from(sums, (sum, j) => {
    const mean = sum / count;
    return loss === "mse"
      ? ((squares[j] as number) / count - mean * mean) / outputs
      : -xlogx(mean) - xlogx(1 - mean);
  }).reduce((total, one) => total + one, 0);
  constants.set(pixels, found);
  return found;
}
