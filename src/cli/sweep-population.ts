/** Trains runs as one population, and writes what each comes to. */
import { type Outputs, outputsOf } from "../experiments/index";
import { memberOf, optionsOf, type Training, train } from "../index";
import { stepsOf } from "../sweep/configuration";
import type { Run } from "../sweep/plan";
import { type Curve, curveTo, type RunResult } from "../sweep/result";
import { summarise } from "./results";
import { Interrupted, pending } from "./signals";
import type { Heartbeat } from "./sweep-beat";
import type { DeviceWithData } from "./sweep-device";
import type { Folder } from "./sweep-folder";
import type { Ledger } from "./sweep-ledger";
import { add, lossesOf, resultOf, type State } from "./sweep-state";
import { cachedTuning } from "./tunings";

/**
 * Steps between states that a run can go on from, and so the most that it loses. Reading weights
 * is nothing beside 100 steps of a software adapter, and something beside those of a GPU.
 */
const keptEvery = (every: number, software: boolean): number =>
  software ? every : every * Math.ceil(1000 / every);

export interface PopulationOptions {
  folder: Folder;
  /** Seconds between states that are written to disk. */
  keepEvery: number;
  signal: AbortSignal;
  onResult: (run: Run, result: RunResult) => void;
  /** Multiplications done, of the runs at hand. */
  onProgress: (work: number) => void;
}

export class PopulationTrainer {
  constructor(
    private readonly at: DeviceWithData,
    private readonly ledger: Ledger,
    private readonly heartbeat: Heartbeat,
    private readonly options: PopulationOptions,
  ) {}

  /** Writes what each run can go on from, if it has come that far. */
  async keep(runs: readonly Run[], { checkpoint, curves, seconds }: State): Promise<void> {
    if (!checkpoint) return;
    for (const [i, run] of runs.entries())
      await this.options.folder.keep(this.ledger.name(run), {
        checkpoint: memberOf(checkpoint, i),
        history: {
          ...curveTo(curves[i] as Curve, checkpoint.step),
          seconds: seconds[i] as number,
        },
      });
  }

  /** To the end; `state` is what the runs have come to, also where this throws. */
  async train(runs: readonly Run[], state: State): Promise<void> {
    const { configuration } = runs[0] as Run;
    const { signal, keepEvery, onProgress } = this.options;
    const steps = stepsOf(configuration);
    const { reportEvery: every } = configuration.spec;
    const data = await this.at.dataOf(configuration);
    const { device, made } = this.at;
    const members = runs.map(({ member }) => member);
    const { checkpoint: from } = state;
    const chosen = { ...optionsOf({ ...configuration.spec, members }), ...(from ? { from } : {}) };
    const training = train(device, data, {
      ...chosen,
      reportEvery: every,
      checkpointEvery: keptEvery(every, made.software),
      tuning: await cachedTuning(device, data, chosen),
      signal,
      reopen: () => this.at.reopen(configuration),
    } as Parameters<typeof train>[2]);
    this.heartbeat.begin(runs, from?.step ?? 0, steps);
    let written = performance.now();
    let counted = written;
    const count = () => {
      const share = (performance.now() - counted) / 1000 / runs.length;
      for (const i of runs.keys()) (state.seconds[i] as number) += share;
      counted = performance.now();
    };
    const work = runs.reduce((sum, run) => sum + run.configuration.work, 0);
    try {
      for await (const report of training) {
        add(state.curves, report);
        count();
        this.heartbeat.at(report.step);
        onProgress((work * report.step) / steps);
        if (!report.checkpoint) continue;
        state.checkpoint = report.checkpoint;
        if (performance.now() - written < 1000 * keepEvery || report.step === steps) continue;
        await this.keep(runs, state);
        written = performance.now();
      }
      await this.finish(runs, training, state, count);
    } finally {
      count();
      this.heartbeat.rest();
      await training.destroy();
    }
  }

  private async finish(
    runs: readonly Run[],
    training: Training,
    { curves, seconds }: State,
    count: () => void,
  ): Promise<void> {
    const all =
      training.spec.task === "classify"
        ? (await summarise(training)).map(({ validation, test, weightsSha256 }) => ({
            ...{ weightsSha256, losses: undefined },
            final: { validation: validation.accuracy, test: test.accuracy },
          }))
        : await lossesOf(training as never);
    const outputs = await this.outputs(runs, training);
    const stopped = pending(); // what is left can be had again from the last state
    if (stopped) throw new Interrupted(stopped);
    count();
    const { device, made } = this.at;
    for (const [i, run] of runs.entries()) {
      const { final, losses, weightsSha256 } = all[i] as (typeof all)[number];
      const result = resultOf(run, made, {
        ...{ adapter: device.adapter.name, seconds: seconds[i] as number, members: runs.length },
        curve: curves[i] as Curve,
        ...{ final, ...(losses ? { losses } : {}), weightsSha256 },
        ...(outputs[i] ? { outputs: outputs[i] } : {}),
      });
      await this.options.folder.finish(run, made, result);
      this.ledger.succeeded(run);
      this.options.onResult(run, result);
    }
  }

  /** Of each run, where the sweep asks for them. */
  private async outputs(runs: readonly Run[], training: Training): Promise<Outputs[]> {
    const { configuration } = runs[0] as Run;
    const all: Outputs[] = [];
    if (!configuration.outputs) return all;
    const data = await this.at.dataOf(configuration);
    for (const i of runs.keys()) all.push(await outputsOf(training, data, i));
    return all;
  }
}
