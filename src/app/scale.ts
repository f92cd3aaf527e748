/**
 * The chart's scale of accuracies, in per cent: logarithmic in the errors, so that 10 % untrained
 * and 97 beside 98 % fit one picture. Each halving of the errors is as high as any other.
 */

/** Errors of less, in per cent, are drawn as this many: none at all would be infinitely high. */
const LEAST_ERRORS = 0.1;
const MOST = 100 - LEAST_ERRORS;
/** Where the axis may have a line, and begin or end. */
const TICKS = [0, 50, 80, 90, 95, 98, 99, 99.5, 99.8, MOST];

/** An accuracy's height, in any unit. */
export const height = (accuracy: number): number => -Math.log(100 - Math.min(accuracy, MOST));
/** The accuracy of a height. */
export const accuracyAt = (height: number): number => 100 - Math.exp(-height);

/** From the tick below the least to that above the largest; nearly all there is for no values. */
export function accuracyRange(values: readonly number[]): [low: number, high: number] {
  if (values.length === 0) return [0, 99];
  const [least, largest] = [Math.min(...values, 98), Math.max(...values)];
  return [
    TICKS.findLast((tick) => tick <= least) ?? 0,
    TICKS.find((tick) => tick > largest) ?? MOST,
  ];
}

/** The ticks of a range: a tenth of the widest apart, or more. */
export const ticksOf = (low: number, high: number): number[] =>
  TICKS.filter((tick) => tick >= low && tick <= high);
