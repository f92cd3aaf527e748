/** What runs are compared by. */
import { inPercent, percent } from "../format";

export interface Measure {
  /** "accuracy", in words; and, for a column, with its unit. */
  name: string;
  unit: string;
  /** Whether more is better. */
  rising: boolean;
  text: (value: number) => string;
  /** In a column, without its unit; and at an axis. */
  short: (value: number) => string;
  tick: (value: number) => string;
}

export const ACCURACY: Measure = {
  ...{ name: "accuracy", unit: "%", rising: true, text: percent, short: inPercent },
  tick: (share) => `${inPercent(share, 1)}%`,
};

/** Of tasks that compare outputs with values. */
export const LOSS: Measure = {
  ...{ name: "loss", unit: "nats", rising: false, tick: (value) => `${value}` },
  text: (value) => `${value.toFixed(2)} nats`,
  short: (value) => value.toFixed(2),
};

/** Best first. */
export const byMeasure =
  ({ rising }: Measure) =>
  (a: number, b: number): number =>
    rising ? b - a : a - b;
