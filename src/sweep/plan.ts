/**
 * The plan of a sweep: every run with its settings, its name, and a key of all that decides its
 * result but the version and the adapter. The same file and data make the same plan anywhere.
 */
import { createHash } from "node:crypto";
import { thousands } from "../format";
import type { MemberOptions } from "../model/state";
import { StairstepError } from "../runtime/errors";
import { type Configuration, Configurations } from "./configuration";
import type { Entry, SweepFile } from "./file";
import type { Setting, Settings } from "./values";

export interface Run {
  /** Place in the plan, from 0. */
  index: number;
  name: string;
  configuration: Configuration;
  member: MemberOptions;
  /** Of all that decides the result, but the version and the kind of adapter: 16 digits. */
  key: string;
}

export interface Plan {
  file: string;
  name: string;
  runs: readonly Run[];
  /** Settings that differ between runs, in the order of the file; "run" where entries do. */
  axes: readonly (Setting | "run")[];
}

/** Beyond these, a plan is a mistake. */
export const MOST_RUNS = 100_000;

export const digest = (text: string, digits: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, digits);

/** All combinations of the values of an entry's axes, the last axis fastest. */
function* combinations({ axes }: Entry): Generator<Settings> {
  const places = axes.map(() => 0);
  for (;;) {
    yield Object.fromEntries(
      axes.map(({ setting, values }, i) => [setting, values[places[i] as number]]),
    );
    let i = axes.length - 1;
    while (i >= 0 && ++(places[i] as number) === axes[i]?.values.length) places[i--] = 0;
    if (i < 0) return;
  }
}

const countOf = ({ axes, seeds }: Entry): number =>
  axes.reduce((count, { values }) => count * values.length, seeds.length);

/** Settings with several values, or of which entries say different things. */
function axesOf(entries: readonly Entry[]): Set<Setting> {
  const texts = new Map<Setting, Set<string>>();
  for (const { axes } of entries)
    for (const { setting, values } of axes) {
      const set = texts.get(setting) ?? new Set();
      for (const value of values) set.add(JSON.stringify(value));
      texts.set(setting, set);
    }
  const everywhere = (setting: Setting) =>
    entries.every(({ axes }) => axes.some((axis) => axis.setting === setting));
  return new Set(
    [...texts]
      .filter(([setting, values]) => values.size > 1 || !everywhere(setting))
      .map(([setting]) => setting),
  );
}

/** Throws `StairstepError` for whatever keeps one of the runs from being trained. */
export async function planOf(sweep: SweepFile): Promise<Plan> {
  const { file, name, entries } = sweep;
  const count = entries.reduce((sum, entry) => sum + countOf(entry), 0);
  if (count > MOST_RUNS)
    throw new StairstepError(
      `${file} makes ${thousands(count)} runs, and a sweep has ${thousands(MOST_RUNS)} at the ` +
        "most: give its grids fewer values, or make several sweeps of it",
    );
  const axes = axesOf(entries);
  const configurations = new Configurations(sweep, axes);
  const runs: Run[] = [];
  const seen = new Map<string, string>();
  for (const entry of entries)
    for (const settings of combinations(entry)) {
      const configuration = await configurations.of(entry, settings);
      for (const member of configuration.spec.members) {
        const { seed } = member;
        const key = digest(JSON.stringify([configuration.population, member]), 16);
        const name = `${configuration.name}, seed ${seed}`;
        const other = seen.get(key);
        if (other !== undefined)
          throw new StairstepError(
            `${file}: the runs ${other} and ${name} are the same: leave one of them out`,
          );
        seen.set(key, name);
        runs.push({ index: runs.length, name, configuration, member, key });
      }
    }
  const named = entries.some((entry) => entry.name !== "");
  return { file, name, runs, axes: [...(named ? (["run"] as const) : []), ...axes] };
}
