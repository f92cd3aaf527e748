/** Every loss; the first is the default. A new one is a file in this folder and a line here. */
import type { Loss } from "./loss";
import { softmax } from "./softmax";

const all = [softmax] as const;

export type LossName = (typeof all)[number]["name"];
export const losses: readonly Loss<LossName>[] = all;

/** The loss called `name`, or undefined. */
export const findLoss = (name: string): Loss | undefined => losses.find((l) => l.name === name);
