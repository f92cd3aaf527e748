/**
 * Every optimizer; the first is the default. A new one is a file in this folder and a line here.
 */
import { adam } from "./adam";
import { momentum } from "./momentum";
import type { Optimizer } from "./optimizer";
import { sgd } from "./sgd";

const all = [sgd, momentum, adam] as const;

export type OptimizerName = (typeof all)[number]["name"];
export const optimizers: readonly Optimizer<OptimizerName>[] = all;

/** The optimizer called `name`, or undefined. */
export const findOptimizer = (name: string): Optimizer | undefined =>
  optimizers.find((o) => o.name === name);
