/** Reports: loss and accuracies, every `reportEvery` steps. */
import type { Dataset } from "../data/dataset";
import { percent } from "../format";
import { DivergedError } from "../runtime/errors";
import type { MemberNumbers } from "./numbers";
import type { Spec } from "./spec";
import type { Checkpoint } from "./state";

export interface MemberReport {
  /** Over the steps since the last report: accuracy in [0, 1], loss in nats. */
  training: { accuracy: number; loss: number };
  validation: { accuracy: number };
}

/** Means over the members, and each member's own numbers. */
export interface Report extends MemberReport {
  step: number;
  /** Steps in epochs; whole at an epoch's end. */
  epoch: number;
  members: MemberReport[];
  /**
   * Members that, an epoch or more after the start, are no better on validation data than always
   * the same answer.
   */
  atChance: number[];
  /** What the run can go on from, at the steps that `checkpointEvery` divides and the last. */
  checkpoint?: Checkpoint;
}

/**
 * What a network must exceed to have learned anything: always answering with the commonest class,
 * and a fiftieth of the way from there to 1.
 */
export function chance(labels: Uint32Array): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  if (counts.size === 1) return -1; // of one class alone, it tells nothing
  const commonest = Math.max(...counts.values()) / labels.length;
  return commonest + (1 - commonest) / 50;
}

/** Throws `DivergedError` where a weight or the loss is no longer finite. */
export function checkFinite(from: number, step: number, numbers: readonly MemberNumbers[]): void {
  numbers.forEach(({ brokenLayer, lossSum }, i) => {
    if (brokenLayer === 0 && Number.isFinite(lossSum)) return;
    const what = brokenLayer === 0 ? "the loss" : `a weight of layer ${brokenLayer}`;
    const who = numbers.length > 1 ? ` of member ${i + 1}` : "";
    throw new DivergedError(
      `${what}${who} became NaN or infinite between steps ${from + 1} and ${step}: ` +
        "use a lower learning rate or slope",
    );
  });
}

/** The mean of a number over members. */
export const meanOf = <T>(members: readonly T[], value: (member: T) => number): number =>
  members.reduce((sum, m) => sum + value(m), 0) / members.length;

/** The report of the steps from `from` to `step`. Throws as `checkFinite` does. */
export function makeReport(
  { batch, stepsPerEpoch }: Spec,
  data: Dataset,
  from: number,
  step: number,
  numbers: readonly MemberNumbers[],
): Report {
  const rows = (step - from) * batch;
  checkFinite(from, step, numbers);
  const { labels } = data.validation;
  const members = numbers.map(({ lossSum, correct, evaluatedCorrect }) => ({
    training: { accuracy: correct / rows, loss: lossSum / rows },
    validation: { accuracy: evaluatedCorrect / labels.length },
  }));
  const mean = (value: (m: MemberReport) => number) => meanOf(members, value);
  const least = step < stepsPerEpoch ? 0 : chance(labels);
  return {
    step,
    epoch: step / stepsPerEpoch,
    training: { accuracy: mean((m) => m.training.accuracy), loss: mean((m) => m.training.loss) },
    validation: { accuracy: mean((m) => m.validation.accuracy) },
    members,
    atChance: members.flatMap(({ validation }, i) => (validation.accuracy <= least ? [i] : [])),
  };
}

/** A sentence about members at chance, or nothing. `names` [members], such as "seed 2". */
export function warning(
  { atChance, members }: Report,
  names: readonly string[],
): string | undefined {
  if (atChance.length === 0) return undefined;
  const one = atChance.length === 1;
  const which = atChance.map((i) => names[i]).join("; ");
  const who =
    members.length === 1
      ? "The network is"
      : atChance.length === members.length
        ? "All members are"
        : `Of ${members.length} members, ${atChance.length} (${which}) ${one ? "is" : "are"}`;
  const accuracy = Math.max(...atChance.map((i) => members[i]?.validation.accuracy ?? 0));
  return (
    `${who} at chance, ${percent(accuracy, 1)} right: nothing is learned; ` +
    "a lower learning rate, slope or annealing rate may help."
  );
}
