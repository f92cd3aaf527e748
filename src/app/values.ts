/** Numbers of runs as text: at a cursor, at an end, in a description. */
import { percent } from "../format";
import type { Run } from "./curves";

const share = (inPercent: number, digits = 1): string => percent(inPercent / 100, digits);

/** "97.9 %", or of a population "97.9 % (97.5 to 98.2)"; nothing before the first evaluation. */
export function lastOf({ validation, low, high, members }: Run, digits = 1): string {
  const [mean, least, most] = [validation.at(-1), low.at(-1), high.at(-1)];
  if (mean === undefined || least === undefined || most === undefined) return "";
  const range = `${least.toFixed(digits)} to ${most.toFixed(digits)}`;
  return members.length > 1 ? `${share(mean, digits)} (${range})` : share(mean, digits);
}

/** What each run is at an epoch: its last report until then. */
export function valuesAt(runs: readonly Run[], epoch: number): string {
  const values = runs.flatMap(({ name, epochs, validation, training, low, high, members }) => {
    const at = epochs.findLastIndex((reported) => reported <= epoch);
    const own = validation[at];
    if (own === undefined) return [];
    const range = `(${low[at]?.toFixed(1)} to ${high[at]?.toFixed(1)})`;
    const other = training[at];
    return [
      `${name}: validation ${share(own)}${members.length > 1 ? ` ${range}` : ""}` +
        (other === undefined ? "" : `, training ${share(other)}`),
    ];
  });
  return [`Epoch ${epoch.toFixed(1)}`, ...values].join("; ");
}

/** The article's values and the runs that they belong to. */
export function articlesOf(runs: readonly Run[]): { value: number; text: string }[] {
  const values = [...new Set(runs.flatMap(({ article }) => article ?? []))];
  return values.map((value) => {
    const theirs = runs.filter(({ article }) => article === value);
    const whose =
      theirs.length === runs.length ? "" : ` for ${theirs.map((run) => run.number).join(", ")}`;
    return { value, text: `The article${whose}: ${share(value, 2)}` };
  });
}

/** The chart in a sentence or more. */
export function describeChart(runs: readonly Run[]): string {
  const ends = runs.map((run) => `${run.name}: validation ${lastOf(run) || "–"}`);
  const articles = articlesOf(runs).map(({ text }) => text);
  const all = [...ends, ...articles].join("; ");
  return `Accuracy over epochs${all ? `. ${all}` : ", empty so far"}`;
}
