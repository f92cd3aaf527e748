/** Every loss of labels; the first is the default. A new one is a file here and a line. */
import type { LabelLoss } from "./loss";
import { softmax } from "./softmax";

const all = [softmax] as const;

/** Losses against values, by name (values.ts): loaded only where a run has one. */
const OF_VALUES = ["bernoulli", "mse"] as const;

export type ValueLossName = (typeof OF_VALUES)[number];
export type LossName = (typeof all)[number]["name"] | ValueLossName;
export const labelLosses: readonly LabelLoss[] = all;

/** The names of the losses that suit a task; the first is its default. */
export const lossNames = (ofLabels: boolean): readonly string[] =>
  ofLabels ? all.map(({ name }) => name) : OF_VALUES;
