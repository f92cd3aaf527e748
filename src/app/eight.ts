/** A run again, with more seeds. */
import type { Spec, TrainOptions } from "../index";

export const SEEDS = 8;

/** The options of a population of a run's settings: its first member's, with seeds 1 to 8. */
export function eightSeeds({ checkpointEvery: _, ...spec }: Spec): TrainOptions {
  return {
    ...spec,
    members: Array.from({ length: SEEDS }, (_, i) => ({ ...spec.members[0], seed: i + 1 })),
  };
}
