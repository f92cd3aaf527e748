/** Means, deviations, and whether two means agree. */
import type { Result } from "./result";
import type { Known, Run } from "./runs";

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, x) => sum + x, 0) / values.length;

/** Sample standard deviation; undefined for fewer than two values. */
export function deviation(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (values.length - 1));
}

/** Deviation between seeds where too few ran to know it: what runs of this kind have typically. */
const TYPICAL = 0.002;
/** Means closer than this agree, whatever their errors. */
const FLOOR = 0.004;

export interface Agreement {
  difference: number;
  /** The larger of 0.004 and three standard errors of the difference. */
  allowed: number;
  agrees: boolean;
}

/** Whether validation accuracies agree with the reference. */
export function agreement(
  validation: readonly number[],
  reference: NonNullable<Known["reference"]>,
): Agreement {
  const ours = Math.max(deviation(validation) ?? 0, validation.length < 3 ? TYPICAL : 0);
  const theirs = Math.max(
    reference.sd ?? 0,
    reference.seeds < 3 || reference.sd === undefined ? TYPICAL : 0,
  );
  const difference = mean(validation) - reference.mean;
  const allowed = Math.max(
    FLOOR,
    3 * Math.sqrt(ours ** 2 / validation.length + theirs ** 2 / reference.seeds),
  );
  return { difference, allowed, agrees: Math.abs(difference) <= allowed };
}

/** Mean training accuracy of the last epoch, for each seed. */
export const lastTraining = ({ training, steps }: Result): number[] => {
  const last = (steps.at(-1) ?? 0) - 1000;
  return training.map((seed) => mean(seed.filter((_, i) => (steps[i] as number) > last)));
};

/** Training minus validation accuracy at the end, for each seed. */
export const gaps = (result: Result): number[] =>
  lastTraining(result).map((accuracy, i) => accuracy - (result.final.validation[i] as number));

export interface Row {
  run: Run;
  result: Result;
  agreement: Agreement | undefined;
}

/** One run with its result, compared with the reference where both are of 20 epochs. */
export const row = (run: Run, result: Result): Row => ({
  run,
  result,
  agreement:
    run.reference && result.epochs === 20
      ? agreement(result.final.validation, run.reference)
      : undefined,
});
