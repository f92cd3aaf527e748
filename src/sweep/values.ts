/**
 * The values that a sweep file gives a setting: one, a grid, or a range. Plain data, checked by
 * type here; what a value may be is for the library to say.
 */
import { StairstepError } from "../index";

/** Settings of a run, named as the flags of `train` are, and the types of their values. */
export const SETTINGS = {
  ...{ data: "text", validation: "text", transpose: "switch", standardise: "switch" },
  ...{ neuron: "text", hidden: "units", estimator: "text", tau: "number" },
  ...{ deterministic: "switch", sampledEvaluation: "switch", normalise: "switch" },
  ...{ dataSeed: "number", lr: "number", slope: "number", anneal: "number", slopeCap: "number" },
  ...{ annealEvaluationOnly: "switch", epochs: "number", steps: "number", batch: "number" },
  ...{ task: "text", kl: "number" },
  ...{ loss: "text", optimizer: "text", reportEvery: "number", outputs: "switch" },
} as const satisfies Record<string, Kind>;

export type Setting = keyof typeof SETTINGS;
export type Value = string | number | boolean | readonly number[];
export type Settings = Partial<Record<Setting, Value>>;
type Kind = "text" | "number" | "switch" | "units";

/** A setting with all its values; an axis where there are several. */
export interface Axis {
  setting: Setting;
  values: readonly Value[];
}

const KINDS: Record<Kind, { is: (value: unknown) => boolean; called: string }> = {
  text: { is: (value) => typeof value === "string", called: "a text" },
  number: { is: (value) => typeof value === "number", called: "a number" },
  switch: { is: (value) => typeof value === "boolean", called: "true or false" },
  units: {
    is: (value) =>
      typeof value === "number" ||
      (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "number")),
    called: "a number of units, or a list of one for each layer",
  },
};

const show = (value: unknown): string => JSON.stringify(value) ?? String(value);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function refuse(why: string): never {
  throw new StairstepError(why);
}

/** Throws for a key that is none. */
export function checkNames(what: string, given: object, names: readonly string[]): void {
  for (const key of Object.keys(given))
    if (!names.includes(key)) refuse(`${what} has no ${key}: choose from ${names.join(", ")}`);
}

function checkKind(setting: Setting, value: unknown): Value {
  const { is, called } = KINDS[SETTINGS[setting]];
  if (is(value)) return value as Value;
  const remedy =
    Array.isArray(value) && SETTINGS[setting] !== "units"
      ? `: for several, write {"grid": ${show(value)}}`
      : "";
  return refuse(`${setting} must be ${called}, got ${show(value)}${remedy}`);
}

/** Values of a range beyond these are no longer readable names. */
const MOST_VALUES = 100_000;
const RANGE_KEYS = ["from", "to", "count", "scale"];

/** `count` values from one end to the other, evenly, or evenly in their logarithms. */
function rangeOf(setting: Setting, range: unknown): number[] {
  if (SETTINGS[setting] !== "number") refuse(`${setting} is no number, and has no range`);
  if (!isObject(range)) refuse(`the range of ${setting} must be {"from", "to", "count"}`);
  checkNames(`the range of ${setting}`, range, RANGE_KEYS);
  const { from, to, count, scale = "linear" } = range;
  for (const [name, value] of Object.entries({ from, to }))
    if (!Number.isFinite(value))
      refuse(`the range of ${setting} needs a number as ${name}, got ${show(value)}`);
  if (!(Number.isSafeInteger(count) && (count as number) >= 2 && (count as number) <= MOST_VALUES))
    refuse(`the range of ${setting} needs a count from 2 to ${MOST_VALUES}, got ${show(count)}`);
  if (scale !== "linear" && scale !== "log")
    refuse(`the range of ${setting} has the scale linear or log, got ${show(scale)}`);
  const [a, b, n] = [from, to, count] as [number, number, number];
  if (scale === "log" && !(a > 0 && b > 0))
    refuse(`the range of ${setting} has the scale log, and needs ends above 0, got ${a} and ${b}`);
  return Array.from({ length: n }, (_, i) => {
    const share = i / (n - 1);
    const value = scale === "log" ? a * (b / a) ** share : a + (b - a) * share;
    return Number(value.toPrecision(6)); // as people read it, and as it is trained
  });
}

/** The values of a setting. Throws `StairstepError` for a grid or range that has none. */
export function axisOf(setting: Setting, given: unknown): Axis {
  if (!isObject(given)) return { setting, values: [checkKind(setting, given)] };
  checkNames(setting, given, ["grid", "range"]);
  const { grid, range } = given;
  if ((grid === undefined) === (range === undefined))
    refuse(`${setting} needs one of {"grid": […]} and {"range": {…}}, got ${show(given)}`);
  if (range === undefined && !(Array.isArray(grid) && grid.length > 0))
    refuse(`the grid of ${setting} must be a list of values, got ${show(grid)}: give one or more`);
  const values =
    range === undefined
      ? (grid as unknown[]).map((value) => checkKind(setting, value))
      : rangeOf(setting, range);
  const seen = new Set<string>();
  for (const value of values) {
    if (seen.has(show(value))) refuse(`${setting} has ${show(value)} twice: give each value once`);
    seen.add(show(value));
  }
  return { setting, values };
}

/** Seeds as "1..8" or a list; whole numbers, each once. */
export function seedsOf(given: unknown): number[] {
  const [, first, last] = /^(\d+)\.\.(\d+)$/.exec(String(given)) ?? [];
  if (typeof given === "string" && first !== undefined && last !== undefined) {
    const [from, to] = [Number(first), Number(last)];
    if (to < from || to - from >= MOST_VALUES)
      refuse(`seeds must go up, by ${MOST_VALUES} at the most, as in "1..8", got ${show(given)}`);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  }
  if (!(Array.isArray(given) && given.length > 0))
    refuse(`seeds must be a list or a text such as "1..8", got ${show(given)}`);
  const seeds = given as unknown[];
  for (const [i, seed] of seeds.entries()) {
    if (!(Number.isSafeInteger(seed) && (seed as number) >= 0))
      refuse(`seeds must be whole numbers of 0 or more, got ${show(seed)}`);
    if (seeds.indexOf(seed) !== i) refuse(`seeds has ${seed} twice: give each seed once`);
  }
  return seeds as number[];
}
