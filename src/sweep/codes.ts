/** Experiments with codes as a sweep, and what their runs came to beside the reference. */
import { CODE_EXPERIMENTS, type CodeRun, type KnownLosses, TOLERANCE } from "../experiments/codes";
import { deviation, mean } from "../experiments/statistics";
import type { Merged } from "./merge";
import { extentOf, type Length } from "./reproduction";
import type { RunResult } from "./result";

/** An epoch: validation costs as much as a third of a hundred steps. */
const REPORT_EVERY = 1000;

/** What a sweep file of these runs would hold. */
export const codesSweep = (runs: readonly CodeRun[], length: Length): object => ({
  ...{ name: "codes", reportEvery: REPORT_EVERY },
  runs: runs.map((run) => ({ name: run.id, ...run.settings, ...extentOf(run, length) })),
});

/** A number of a table, over seeds. */
export interface Cell {
  mean: number;
  /** Of several seeds. */
  deviation?: number | undefined;
  reference?: number | undefined;
  /** Whether the mean is within the tolerance of the reference. */
  agrees?: boolean;
}

export interface CodeRow {
  run: CodeRun;
  seeds: number;
  /** By column. */
  cells: Partial<Record<keyof KnownLosses | "elbo", Cell>>;
}

/** −ELBO, where the run has a KL in its loss. */
const elboOf = ({ sampled, kl }: KnownLosses): number | undefined =>
  sampled === undefined || kl === undefined ? undefined : sampled + kl;

const lossesOf = ({ final, losses }: RunResult): KnownLosses => ({
  sampled: final.test,
  ...(losses?.rounded === undefined ? {} : { rounded: losses.rounded }),
  ...(losses?.kl === undefined ? {} : { kl: losses.kl }),
  ...(losses?.unusedSymbols === undefined ? {} : { unused: losses.unusedSymbols }),
  ...(losses?.probeAccuracy === undefined ? {} : { probe: losses.probeAccuracy }),
});

/** What may separate a mean from the reference. */
function toleranceOf(column: keyof KnownLosses | "elbo", run: CodeRun, reference: number): number {
  if (column === "unused") return Math.max(3, TOLERANCE.unused * reference);
  if (column === "kl") return TOLERANCE.kl;
  if (column === "elbo") return TOLERANCE.elbo;
  return run.settings.task === "complete" ? TOLERANCE.completion : TOLERANCE.loss;
}

function cellOf(
  column: keyof KnownLosses | "elbo",
  run: CodeRun,
  values: readonly (number | undefined)[],
  reference: number | undefined,
): Cell | undefined {
  const found = values.filter((value) => value !== undefined);
  if (found.length === 0) return undefined;
  const centre = mean(found);
  return {
    mean: centre,
    ...(found.length > 1 ? { deviation: deviation(found) } : {}),
    ...(reference === undefined
      ? {}
      : {
          reference,
          agrees: Math.abs(centre - reference) <= toleranceOf(column, run, reference),
        }),
  };
}

/** A row a run that has results, in the order of the experiment. */
export function codeRows(runs: readonly CodeRun[], { rows }: Merged): CodeRow[] {
  return runs.flatMap((run) => {
    const results = rows
      .filter((row) => row.run.configuration.name === run.id)
      .map((row) => lossesOf(row.result));
    if (results.length === 0) return [];
    const variational = run.settings.kl !== undefined;
    const columns = ["sampled", "rounded", ...(variational ? ["kl"] : []), "unused", "probe"];
    const cells = Object.fromEntries([
      ...columns.map((column) => {
        const key = column as keyof KnownLosses;
        const of = results.map((one) => one[key]);
        return [key, cellOf(key, run, of, run.reference?.[key])];
      }),
      ...(variational
        ? [["elbo", cellOf("elbo", run, results.map(elboOf), elboOf(run.reference ?? {}))]]
        : []),
    ]);
    return [{ run, seeds: results.length, cells }];
  });
}

/** The experiments of these names. */
export const codeExperiments = (names: readonly string[]) =>
  CODE_EXPERIMENTS.filter(({ id }) => names.includes(id));
