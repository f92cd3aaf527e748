/**
 * Every loss against values. A new one is a file in this folder, a line here, and its name in
 * catalogue.ts.
 */
import { bernoulli } from "./bernoulli";
import type { ValueLossName } from "./catalogue";
import type { ValueLoss } from "./loss";
import { meanSquaredError } from "./mse";

export const valueLosses: Readonly<Record<ValueLossName, ValueLoss>> = {
  bernoulli,
  mse: meanSquaredError,
};
