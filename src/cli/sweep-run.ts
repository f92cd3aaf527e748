/** Trains the runs of a shard, as populations, and writes what each comes to. */
import {
  type Dataset,
  type Device,
  DeviceLostError,
  DivergedError,
  memberOf,
  optionsOf,
  StairstepError,
  type Training,
  train,
  VERSION,
} from "../index";
import { MOST_MEMBERS, populationsOf } from "../sweep/pack";
import { type Configuration, type Run, stepsOf } from "../sweep/plan";
import {
  type Curve,
  curveTo,
  emptyCurve,
  type Made,
  type RunResult,
  sameData,
} from "../sweep/result";
import { openData } from "./data";
import { codeOf, EXIT, endsWith } from "./exit";
import { summarise } from "./results";
import { Interrupted, pending } from "./signals";
import { BEAT_MS, type Folder, type Kept } from "./sweep-folder";
import { Ledger } from "./sweep-ledger";
import { add, MEMBER, part, resultOf, type State } from "./sweep-state";
import { cachedTuning } from "./tunings";

/** Steps between reports: some hundred points of a curve, however long the run. */
const reportEvery = (steps: number): number => 100 * Math.max(1, Math.ceil(steps / 20_000));

/**
 * Steps between states that a run can go on from, and so the most that it loses. Reading weights
 * is nothing beside 100 steps of a software adapter, and something beside those of a GPU.
 */
const keptEvery = (every: number, software: boolean): number =>
  software ? every : every * Math.ceil(1000 / every);

export interface ShardOptions {
  folder: Folder;
  /** "3/72", for those who watch. */
  shard: string;
  /** The most members of a population; by default what suits the adapter. */
  population?: number | undefined;
  /** Seconds between states that are written to disk. */
  keepEvery: number;
  /** Train again what has failed for good. */
  retry?: boolean | undefined;
  signal: AbortSignal;
  open: () => Promise<Device>;
  onResult: (run: Run, result: RunResult) => void;
  onFailure: (run: Run, error: string) => void;
  /** Multiplications done, of the runs at hand. */
  onProgress: (work: number) => void;
}

export class ShardRunner {
  private ledger!: Ledger;
  private device!: Device;
  private made!: Made;
  private data: { key: string; set: Dataset } | undefined;
  private beating: { runs: readonly Run[]; step: number; steps: number } | undefined;

  constructor(
    private readonly runs: readonly Run[],
    private readonly options: ShardOptions,
  ) {}

  /** Runs with a result. */
  get done(): number {
    return this.ledger?.done ?? 0;
  }

  /** Codes of the runs that failed. */
  get codes(): readonly number[] {
    return this.ledger?.codes ?? [];
  }

  /** Trains what is not done. Throws `Interrupted` where a signal stops it. */
  async run(device: Device): Promise<void> {
    this.device = device;
    const { software } = device.adapter;
    this.made = { version: VERSION, software, kernels: device.kernels };
    this.ledger = new Ledger(this.options.folder, this.made, this.options);
    const left = await this.ledger.unfinished(this.runs);
    const kept = new Map<Run, Kept>();
    for (const run of left) {
      const state = await this.ledger.kept(run);
      if (state) kept.set(run, state);
    }
    const { limits } = device;
    const populations = populationsOf(
      left,
      {
        most: this.options.population ?? MOST_MEMBERS[software ? "software" : "gpu"],
        bytes: Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize) / 2,
      },
      (run) => kept.get(run)?.checkpoint.step ?? 0,
    );
    const timer = setInterval(() => this.beat(), BEAT_MS);
    try {
      for (const population of populations) {
        this.options.signal.throwIfAborted();
        // Another process may have done them meanwhile.
        const runs = await this.ledger.unfinished(population);
        if (runs.length === 0) continue;
        const states = runs.map((run) => kept.get(run));
        const [first] = states;
        for (const run of population) kept.delete(run);
        await this.population(runs, {
          checkpoint: first && {
            ...first.checkpoint,
            members: runs.map(({ member }) => member),
            weights: states.map((state) => state?.checkpoint.weights[0] ?? []),
          },
          curves: states.map((state) =>
            state ? curveTo(state.curve, state.checkpoint.step) : emptyCurve(),
          ),
        });
      }
    } finally {
      clearInterval(timer);
      await this.told;
      await this.options.folder.stopBeating();
      this.data?.set.destroy();
    }
  }

  private told: Promise<void> | undefined;

  private beat(): void {
    if (!this.beating) return;
    const { runs, step, steps } = this.beating;
    const { folder, shard } = this.options;
    this.told = folder.beat({ shard, runs: runs.map(({ key }) => key), step, steps });
  }

  /** The data of a configuration, kept until another is asked for. */
  private async dataOf({ data: choice, shape }: Configuration): Promise<Dataset> {
    const key = JSON.stringify(choice);
    if (this.data?.key !== key) {
      this.data?.set.destroy();
      this.data = undefined;
      const { validation, ...rest } = choice;
      const set = await openData(this.device, {
        ...rest,
        ...(validation === undefined ? {} : { validation }),
      } as Parameters<typeof openData>[1]);
      this.data = { key, set };
      if (!sameData(set.identity, shape.identity))
        endsWith(EXIT.data)(
          new StairstepError(
            `${choice.data} is not the data that was planned with: it has changed meanwhile; ` +
              "start again",
          ),
        );
    }
    return this.data.set;
  }

  /** Trains runs as one population; one that fails leaves it, and the others go on. */
  private async population(runs: readonly Run[], state: State): Promise<void> {
    try {
      await this.train(runs, state);
    } catch (error) {
      const { signal } = this.options;
      const stopped = error instanceof Interrupted || signal.aborted;
      const gone = error instanceof DeviceLostError;
      if (stopped || gone) await this.keep(runs, state);
      if (gone)
        endsWith(EXIT.interrupted)(
          new StairstepError(
            "the GPU device was lost, also those that took its place: the same command goes on",
          ),
        );
      if (stopped || codeOf(error) === EXIT.data) throw error;
      const { message } = error as Error;
      const lost = error instanceof DivergedError ? Number(MEMBER.exec(message)?.[1] ?? 1) - 1 : -1;
      if (lost >= 0) {
        await this.fail(runs[lost] as Run, error as Error);
        const others = runs.flatMap((_, i) => (i === lost ? [] : [i]));
        if (others.length > 0) await this.population(...part(runs, state, others));
      } else if (runs.length > 1 && error instanceof StairstepError) {
        // Too much for this adapter, perhaps.
        const half = Math.ceil(runs.length / 2);
        const all = runs.map((_, i) => i);
        await this.population(...part(runs, state, all.slice(0, half)));
        await this.population(...part(runs, state, all.slice(half)));
      } else for (const run of runs) await this.fail(run, error as Error);
    }
  }

  private async fail(run: Run, error: Error): Promise<void> {
    const known = error instanceof StairstepError;
    const text = known ? error.message.replace(MEMBER, "") : `${error.stack ?? error}`;
    const code = codeOf(error);
    this.ledger.failed(run, text, code);
    const { key, name } = run;
    await this.options.folder.fail(run, this.made, { key, name, error: text, code });
  }

  /** Writes what each run can go on from, if it has come that far. */
  private async keep(runs: readonly Run[], { checkpoint, curves }: State): Promise<void> {
    if (!checkpoint) return;
    for (const [i, run] of runs.entries())
      await this.options.folder.keep(this.ledger.name(run), {
        checkpoint: memberOf(checkpoint, i),
        curve: curveTo(curves[i] as Curve, checkpoint.step),
      });
  }

  private async train(runs: readonly Run[], state: State): Promise<void> {
    const { configuration } = runs[0] as Run;
    const { spec } = configuration;
    const { signal, open, keepEvery } = this.options;
    const steps = stepsOf(configuration);
    const every = reportEvery(steps);
    const data = await this.dataOf(configuration);
    const members = runs.map(({ member }) => member);
    const { checkpoint: from } = state;
    const chosen = { ...optionsOf({ ...spec, members }), ...(from ? { from } : {}) };
    const reopen = async () => {
      console.error("The GPU device was lost; going on with another from the last checkpoint.");
      this.device = await open();
      this.data = undefined;
      return { device: this.device, data: await this.dataOf(configuration) };
    };
    const training = train(this.device, data, {
      ...chosen,
      reportEvery: every,
      checkpointEvery: keptEvery(every, this.made.software),
      tuning: await cachedTuning(this.device, data, chosen),
      signal,
      reopen,
    } as Parameters<typeof train>[2]);
    this.beating = { runs, step: from?.step ?? 0, steps };
    this.beat();
    const begun = performance.now();
    const work = runs.reduce((sum, run) => sum + run.configuration.work, 0);
    let written = begun;
    try {
      for await (const report of training) {
        add(state.curves, report);
        this.beating.step = report.step;
        this.options.onProgress((work * report.step) / steps);
        if (!report.checkpoint) continue;
        state.checkpoint = report.checkpoint;
        if (performance.now() - written < 1000 * keepEvery || report.step === steps) continue;
        await this.keep(runs, state);
        written = performance.now();
      }
      await this.finish(runs, training, state, (performance.now() - begun) / 1000);
    } finally {
      this.beating = undefined;
      await training.destroy();
    }
  }

  private async finish(
    runs: readonly Run[],
    training: Training,
    { curves }: State,
    seconds: number,
  ): Promise<void> {
    const all = await summarise(training);
    const stopped = pending(); // what is left can be had again from the last state
    if (stopped) throw new Interrupted(stopped);
    const { adapter } = this.device;
    for (const [i, run] of runs.entries()) {
      const { validation, test, weightsSha256 } = all[i] as (typeof all)[number];
      const result = resultOf(run, this.made, {
        ...{ adapter: adapter.name, seconds: seconds / runs.length, members: runs.length },
        curve: curves[i] as Curve,
        final: { validation: validation.accuracy, test: test.accuracy },
        weightsSha256,
      });
      await this.options.folder.finish(run, this.made, result);
      this.ledger.succeeded(run);
      this.options.onResult(run, result);
    }
  }
}
