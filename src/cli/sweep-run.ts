/** Trains the runs of a shard, as populations; those that fail leave the others to go on. */
import { type Device, DeviceLostError, DivergedError, StairstepError } from "../index";
import { MOST_MEMBERS, populationsOf } from "../sweep/pack";
import type { Run } from "../sweep/plan";
import { curveTo, emptyCurve } from "../sweep/result";
import { codeOf, EXIT, endsWith } from "./exit";
import { Interrupted } from "./signals";
import { Heartbeat } from "./sweep-beat";
import { DeviceWithData } from "./sweep-device";
import type { Kept } from "./sweep-folder";
import { Ledger } from "./sweep-ledger";
import { type PopulationOptions, PopulationTrainer } from "./sweep-population";
import { MEMBER, part, type State } from "./sweep-state";

export interface ShardOptions extends PopulationOptions {
  /** "3/72", for those who watch. */
  shard: string;
  /** The most members of a population; by default what suits the adapter. */
  population?: number | undefined;
  /** Train again what has failed for good. */
  retry?: boolean | undefined;
  open: () => Promise<Device>;
  /** Told of what is there already: runs with a result, and the steps that others have come to. */
  onFound: (done: number, steps: readonly number[]) => void;
  onFailure: (run: Run, error: string) => void;
}

export class ShardRunner {
  private readonly at: DeviceWithData;
  private readonly ledger: Ledger;
  private trainer!: PopulationTrainer;

  constructor(
    private readonly runs: readonly Run[],
    device: Device,
    private readonly options: ShardOptions,
  ) {
    this.at = new DeviceWithData(device, options.open);
    this.ledger = new Ledger(options.folder, this.at.made, options);
  }

  /** Runs with a result. */
  get done(): number {
    return this.ledger.done;
  }

  /** Codes of the runs that failed. */
  get codes(): readonly number[] {
    return this.ledger.codes;
  }

  /** Trains what is not done. Throws `Interrupted` where a signal stops it. */
  async run(): Promise<void> {
    const { folder, shard } = this.options;
    const left = await this.ledger.unfinished(this.runs);
    const kept = new Map<Run, Kept>();
    for (const run of left) {
      const state = await this.ledger.kept(run);
      if (state) kept.set(run, state);
    }
    this.options.onFound(
      this.ledger.done,
      [...kept.values()].map(({ checkpoint }) => checkpoint.step),
    );
    const heartbeat = new Heartbeat(folder, shard);
    this.trainer = new PopulationTrainer(this.at, this.ledger, heartbeat, this.options);
    try {
      for (const population of this.packed(left, kept)) {
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
            state ? curveTo(state.history, state.checkpoint.step) : emptyCurve(),
          ),
          seconds: states.map((state) => state?.history.seconds ?? 0),
        });
      }
    } finally {
      await heartbeat.stop();
      this.at.destroyData();
    }
  }

  private packed(left: readonly Run[], kept: ReadonlyMap<Run, Kept>): Run[][] {
    const { limits, adapter } = this.at.device;
    return populationsOf(
      left,
      {
        most: this.options.population ?? MOST_MEMBERS[adapter.software ? "software" : "gpu"],
        bytes: Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize) / 2,
      },
      (run) => kept.get(run)?.checkpoint.step ?? 0,
    );
  }

  /** Trains runs as one population; one that fails leaves it, and the others go on. */
  private async population(runs: readonly Run[], state: State): Promise<void> {
    try {
      await this.trainer.train(runs, state);
    } catch (error) {
      const { signal } = this.options;
      const stopped = error instanceof Interrupted || signal.aborted;
      const gone = error instanceof DeviceLostError;
      if (stopped || gone) await this.trainer.keep(runs, state);
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
    await this.options.folder.fail(run, this.at.made, { key, name, error: text, code });
  }
}
