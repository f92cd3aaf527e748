/** All results of a plan as one: which are taken, what is missing, and the numbers as text. */
import { isOneHot } from "../model/spec";
import { StairstepError } from "../runtime/errors";
import type { Plan, Run } from "./plan";
import { type Made, madeText, type RunResult } from "./result";
import type { SETTINGS } from "./values";

export interface Choice {
  /** Take results of several versions or kinds of adapter. */
  mix?: boolean | undefined;
  /** Of one kind of adapter, or of one version. */
  kind?: "gpu" | "software" | undefined;
  madeBy?: string | undefined;
}

export interface Merged {
  plan: Plan;
  /** In the order of the plan. */
  rows: { run: Run; result: RunResult }[];
  missing: Run[];
}

const countsOf = (results: Iterable<readonly RunResult[]>): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const all of results)
    for (const text of new Set(all.map(madeText))) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
};

/** Throws `StairstepError` where results of several versions or kinds of adapter would be mixed. */
export function merge(
  plan: Plan,
  results: ReadonlyMap<Run, readonly RunResult[]>,
  { mix, kind, madeBy }: Choice,
): Merged {
  const wanted = ({ software, version }: Made) =>
    (kind === undefined || software === (kind === "software")) &&
    (madeBy === undefined || version === madeBy);
  const chosen = new Map([...results].map(([run, all]) => [run, all.filter(wanted)]));
  const counts = [...countsOf(chosen.values())].sort(([, a], [, b]) => b - a);
  if (counts.length > 1 && !mix)
    throw new StairstepError(
      `the results are of several kinds, whose last bits differ (${counts
        .map(([text, count]) => `${count} by ${text}`)
        .join("; ")}): choose with --kind or --made-by, or merge them all with --mix`,
    );
  // Where a run has several, the kind that most runs have.
  const rank = (result: RunResult) => counts.findIndex(([text]) => text === madeText(result));
  const rows: Merged["rows"] = [];
  const missing: Run[] = [];
  for (const run of plan.runs) {
    const [best] = [...(chosen.get(run) ?? [])].sort((a, b) => rank(a) - rank(b));
    if (best) rows.push({ run, result: best });
    else missing.push(run);
  }
  return { plan, rows, missing };
}

type Cell = string | number | boolean | undefined;

/** RFC 4180. */
const cell = (value: Cell): string => {
  const text = value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** What is the same however a sweep was parted, stopped and gone on with: no times, no hosts. */
function cellsOf({ run, result }: Merged["rows"][number]): Record<string, Cell> {
  const { configuration, member, name } = run;
  const { spec, settings, shape } = configuration;
  const given = (key: keyof typeof SETTINGS): Cell => {
    const value = settings[key];
    return typeof value === "object" ? value.join("-") : value;
  };
  const { curve, final, losses } = result;
  // Estimators are told of the layer that has several.
  const first = spec.hidden.find(isOneHot) ?? spec.hidden[0];
  const accuracies = {
    training_accuracy: curve.training.at(-1),
    training_loss: curve.loss.at(-1),
    validation_accuracy: final.validation,
    test_accuracy: final.test,
  };
  const ends = losses && {
    training_loss: curve.loss.at(-1),
    validation_loss: final.validation,
    test_loss: final.test,
    test_kl: losses.kl,
    test_loss_rounded: losses.rounded,
    unused_symbols: losses.unusedSymbols,
    probe_accuracy: losses.probeAccuracy,
    draws: losses.draws,
  };
  return {
    run: name,
    configuration: configuration.name,
    data: shape.identity.name,
    fingerprint: shape.identity.fingerprint,
    split: shape.identity.validation,
    neuron: given("neuron") ?? "onehot:5",
    hidden: spec.hidden.map(({ units }) => units).join("-"),
    estimator: first?.estimator,
    sampled: first?.stochastic,
    sampled_evaluation: first?.stochasticEvaluation,
    normalise: first?.normalise,
    learning_rate: member.learningRate,
    slope: member.slope,
    anneal: member.anneal,
    slope_cap: member.slopeCap,
    anneal_evaluation_only: member.annealEvaluationOnly,
    tau: member.tau,
    ...(losses ? { task: spec.task, kl: member.kl } : {}),
    loss: spec.loss,
    optimizer: spec.optimizer,
    batch: spec.batch,
    steps: result.steps,
    data_seed: spec.dataSeed,
    seed: member.seed,
    parameters: result.parameters,
    ...(ends ?? accuracies),
    version: result.version,
    adapter: result.adapter,
    kernels: result.kernels,
    weights_sha256: result.weightsSha256,
  };
}

/** What a reader asks of every network, whether or not a file says it. */
const ALWAYS = ["neuron", "hidden", "learning_rate", "batch", "steps", "loss", "optimizer"];
/** What the report has elsewhere, and what runs come to. */
const APART = ["run", "configuration", "data", "fingerprint", "split", "parameters"];
/** Values that need no word; of all other columns false, and 1. */
const USUAL: Record<string, Cell> = { sampled: true, slope_cap: 1e9 };
const isUsual = (key: string, value: Cell): boolean =>
  value === undefined || (key in USUAL ? value === USUAL[key] : value === false || value === 1);

/** "neuron tanh, hidden 100, batch 50": what all runs have in common, without usual values. */
export function sharedText({ rows }: Merged): string {
  const [first, ...others] = rows.map(cellsOf);
  const end = Object.keys(first ?? {}).findIndex((key) => key.startsWith("training_"));
  return Object.entries(first ?? {})
    .slice(0, end)
    .filter(
      ([key, value]) =>
        !APART.includes(key) &&
        (ALWAYS.includes(key) || !isUsual(key, value)) &&
        others.every((cells) => cells[key] === value),
    )
    .map(([key, value]) => {
      const text = typeof value === "boolean" ? (value ? "yes" : "no") : value;
      return `${key.replaceAll("_", " ")} ${text}`;
    })
    .join(", ");
}

/** A line a run. The same results make the same text. */
export function csvOf({ rows }: Merged): string {
  const lines = rows.map(cellsOf);
  const head = Object.keys(lines[0] ?? { run: "" });
  return `${[head, ...lines.map((line) => head.map((key) => cell(line[key])))]
    .map((cells) => cells.join(","))
    .join("\r\n")}\r\n`;
}

/** As the CSV, with the curves. */
export const jsonOf = ({ plan, rows, missing }: Merged): string =>
  `${JSON.stringify({
    format: "stairstep-sweep-1",
    name: plan.name,
    runs: rows.map((row) => {
      const { curve, outputs } = row.result;
      return { ...cellsOf(row), curve, ...(outputs ? { outputs } : {}) };
    }),
    missing: missing.map(({ name }) => name),
  })}\n`;
