/** Which runs train together. No bit of a result depends on it: a member is as if alone. */
import type { Run } from "./plan";
import { grouped } from "./shards";

export interface Packing {
  /** The most members of a population. */
  most: number;
  /** The largest buffer that the adapter binds. */
  bytes: number;
}

/** Members beyond these gain nothing: the adapter is full, and more is lost when it stops. */
export const MOST_MEMBERS = { gpu: 256, software: 16 } as const;

/**
 * Populations of runs that share architecture, batch, data and schedule, and have come equally far.
 * @param stepOf steps that a run has done.
 */
export function populationsOf(
  runs: readonly Run[],
  { most, bytes }: Packing,
  stepOf: (run: Run) => number,
): Run[][] {
  const groups = new Map<string, Run[]>();
  for (const run of grouped(runs)) {
    const key = `${stepOf(run)} ${run.configuration.population}`;
    const group = groups.get(key);
    if (group) group.push(run);
    else groups.set(key, [run]);
  }
  return [...groups.values()].flatMap((group) => {
    const { largest } = (group[0] as Run).configuration;
    const size = Math.max(1, Math.min(most, Math.floor(bytes / largest)));
    return Array.from({ length: Math.ceil(group.length / size) }, (_, i) =>
      group.slice(i * size, (i + 1) * size),
    );
  });
}
