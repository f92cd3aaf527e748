/** The article's experiments as a sweep, and a sweep's results as theirs. */
import { type Extent, REPORT_EVERY, type Result, type Run, settingOf } from "../experiments/index";
import { neuronName } from "../format";
import type { Merged } from "./merge";
import type { RunResult } from "./result";
import type { Settings } from "./values";

export interface Length {
  /** 1 epoch and 1 seed, where nothing else is said. */
  quick?: boolean;
  /** Seeds of each run. */
  members?: number;
  epochs?: number;
}

/** How far a run is trained, and with which seeds. */
export function extentOf(
  { seeds }: Pick<Run, "seeds">,
  { quick, members, epochs }: Length,
): Extent {
  const [first = 1] = seeds;
  const wanted = members ?? (quick ? 1 : seeds.length);
  return {
    epochs: epochs ?? (quick ? 1 : 20),
    seeds: Array.from({ length: wanted }, (_, i) => seeds[i] ?? first + i),
  };
}

/** The settings that a sweep file would have for a run; what is left to its default is left out. */
function settingsOf({ data, hidden, member }: Run, folders: Folders): Settings {
  const [layer] = hidden as [Run["hidden"][number]];
  const { learningRate, tau, ...rest } = member;
  return {
    data: folders[data] ?? data,
    neuron: neuronName(layer.neuron, layer.size),
    hidden: hidden.map(({ units }) => units),
    ...(layer.estimator === undefined ? {} : { estimator: layer.estimator }),
    ...(layer.stochastic === false ? { deterministic: true } : {}),
    ...(layer.stochasticEvaluation ? { sampledEvaluation: true } : {}),
    ...(layer.normalise ? { normalise: true } : {}),
    ...(learningRate === undefined ? {} : { lr: learningRate }),
    ...(tau === undefined || tau === 1 ? {} : { tau }),
    ...rest,
  };
}

/** Where data are that are not where they usually are. */
export type Folders = Partial<Record<Run["data"], string>>;

/** What a sweep file of these runs would hold. */
export const sweepOf = (runs: readonly Run[], length: Length, folders: Folders): object => ({
  ...{ name: "reproduction", reportEvery: REPORT_EVERY, outputs: true },
  runs: runs.map((run) => {
    const { epochs, seeds } = extentOf(run, length);
    return { name: run.id, ...settingsOf(run, folders), epochs, seeds };
  }),
});

/** What each run came to, by its id; all its seeds must be there. */
export function resultsOf(
  runs: readonly Run[],
  length: Length,
  { rows }: Merged,
): Map<string, Result> {
  const byId = new Map<string, RunResult[]>();
  for (const { run, result } of rows) {
    const { name } = run.configuration;
    byId.set(name, [...(byId.get(name) ?? []), result]);
  }
  return new Map(
    runs.map((run) => [run.id, together(run, extentOf(run, length), byId.get(run.id) ?? [])]),
  );
}

/** The results of a run's seeds as one. */
function together(run: Run, extent: Extent, seeds: readonly RunResult[]): Result {
  const [first] = seeds;
  if (!first?.outputs || seeds.length !== extent.seeds.length)
    throw new Error(`${run.id} has ${seeds.length} of ${extent.seeds.length} results`);
  return {
    format: "stairstep-result-1",
    id: run.id,
    setting: settingOf(run, extent),
    adapter: [...new Set(seeds.map(({ adapter }) => adapter))].join(", "),
    seeds: [...extent.seeds],
    epochs: extent.epochs,
    seconds: seeds.reduce((sum, { seconds }) => sum + seconds, 0),
    steps: first.curve.steps,
    training: seeds.map(({ curve }) => curve.training),
    validation: seeds.map(({ curve }) => curve.validation),
    final: {
      validation: seeds.map(({ final }) => final.validation),
      test: seeds.map(({ final }) => final.test),
    },
    outputs: first.outputs,
  };
}
