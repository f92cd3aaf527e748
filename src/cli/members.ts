/** The members of a population: how flags make them, and what tells them apart. */
import type { MemberOptions } from "../index";

/** What may differ among members, as people are told it. */
const KEYS = [
  ["rate", "learningRate"],
  ["slope", "slope"],
  ["seed", "seed"],
] as const;

type Told = Pick<MemberOptions, "seed"> & Partial<MemberOptions>;

const valuesOf = <K extends keyof Told>(members: readonly Told[], key: K): Told[K][] => [
  ...new Set(members.map((member) => member[key])),
];

/** "seed 2", or "rate 0.1, seed 2" where learning rates differ too. */
export function memberNames(members: readonly Told[]): string[] {
  const varied = KEYS.filter(([, key]) => valuesOf(members, key).length > 1);
  const shown = varied.length > 0 ? varied : [KEYS[2]];
  return members.map((member) => shown.map(([word, key]) => `${word} ${member[key]}`).join(", "));
}

export interface Grid {
  /** By default the optimizer's own. */
  lr?: number[];
  slope?: number[];
  seeds?: number[];
  seed: number;
  members: number;
}

/** One member for each combination of the values given, seeds varying fastest. */
export function membersFrom({ lr, slope, seeds, seed, members }: Grid): Partial<MemberOptions>[] {
  const slopes = slope ?? [undefined];
  const rates = lr ?? [undefined];
  const all = seeds ?? Array.from({ length: members }, (_, i) => seed + i);
  return rates.flatMap((learningRate) =>
    slopes.flatMap((slope) =>
      all.map((seed) => ({
        seed,
        ...(learningRate === undefined ? {} : { learningRate }),
        ...(slope === undefined ? {} : { slope }),
      })),
    ),
  );
}

/** The grid that these members make; `members` is how many there are where they make none. */
export function gridOf(members: readonly MemberOptions[]): Required<Grid> {
  const [lr, slope, seeds] = [
    valuesOf(members, "learningRate"),
    valuesOf(members, "slope"),
    valuesOf(members, "seed"),
  ] as [number[], number[], number[]];
  const whole = lr.length * slope.length * seeds.length === members.length;
  return {
    ...{ lr, slope, seeds },
    seed: seeds[0] as number,
    members: whole ? seeds.length : members.length,
  };
}
