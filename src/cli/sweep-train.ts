/** Trains a shard and shows how it goes. */
import { SingleBar } from "cli-progress";
import { counted, duration, thousands } from "../format";
import { type Device, type KernelChoice, StairstepError, VERSION } from "../index";
import type { Plan, Run } from "../sweep/plan";
import { partOf, type Shard } from "../sweep/shards";
import { openDevice } from "./adapter";
import { codeOf, EXIT } from "./exit";
import { Interrupted, stopGently } from "./signals";
import type { Folder } from "./sweep-folder";
import { ShardRunner } from "./sweep-run";
import { finalText } from "./sweep-state";

export interface TrainingFlags {
  requireGpu?: boolean;
  adapter?: string;
  kernels: KernelChoice;
  population?: number;
  keepEvery: number;
  retry?: boolean;
  json?: boolean;
}

/** Throws, before any training, for runs that this adapter cannot hold. */
function checkFit({ file, runs }: Plan, device: Device): void {
  for (const { name, configuration } of runs) {
    try {
      device.fits("a network", configuration.largest);
    } catch (error) {
      throw new StairstepError(`${file}, run ${name}: ${(error as Error).message}`);
    }
  }
}

/** "; 3 go on from step 600" */
function begun(steps: readonly number[]): string {
  if (steps.length === 0) return "";
  const [least, most] = [Math.min(...steps), Math.max(...steps)].map(thousands);
  const from = least === most ? `step ${most}` : `steps ${least} to ${most}`;
  return `; ${thousands(steps.length)} ${steps.length === 1 ? "goes" : "go"} on from ${from}`;
}

/**
 * Trains a shard's runs, says what they come to, and sets the exit code. What ends it before tells
 * the folder why, for `--status`.
 */
export async function trainShard(
  plan: Plan,
  folder: Folder,
  shard: Shard,
  flags: TrainingFlags,
  remedy?: string,
): Promise<void> {
  const runs = partOf(plan.runs, shard);
  const label = `${shard.index}/${shard.count}`;
  await folder.prepare();
  if (runs.length === 0) {
    const all = counted(plan.runs.length, "run");
    if (!flags.json) console.log(`Shard       ${label} has no runs: the whole sweep is ${all}`);
    return;
  }
  await train(plan, runs, folder, label, flags, remedy).catch(async (error: Error) => {
    const code = codeOf(error);
    const keys = runs.map(({ key }) => key);
    if (error instanceof StairstepError && code !== EXIT.interrupted)
      await folder.end({ shard: label, error: error.message, code, runs: keys });
    throw error;
  });
}

async function train(
  plan: Plan,
  runs: readonly Run[],
  folder: Folder,
  label: string,
  flags: TrainingFlags,
  remedy: string | undefined,
): Promise<void> {
  const signal = stopGently();
  const say = flags.json ? () => {} : console.log;
  const open = () =>
    openDevice({
      kernels: flags.kernels,
      adapter: flags.adapter,
      requireGpu: flags.requireGpu,
      ...(remedy === undefined ? {} : { remedy }),
    });
  const device = await open();
  checkFit(plan, device);
  await folder.beginAgain(runs);
  say(`Adapter     ${device.description}, Stairstep ${VERSION}`);
  say(
    `Sweep       ${plan.name}: ${thousands(runs.length)} of ${counted(plan.runs.length, "run")} ` +
      `(shard ${label}), results in ${folder.path}`,
  );
  const progress = new Progress(runs, flags.json ?? false);
  const runner = new ShardRunner(runs, device, {
    folder,
    shard: label,
    population: flags.population,
    keepEvery: flags.keepEvery,
    retry: flags.retry,
    signal,
    open,
    onFound: (done, steps) => {
      if (done + steps.length > 0)
        say(`Found       ${thousands(done)} of ${counted(runs.length, "run")}${begun(steps)}`);
    },
    onResult: (run, result) => {
      progress.end(run);
      progress.line(
        flags.json ? JSON.stringify(result) : `Done        ${run.name}: ${finalText(result)}`,
      );
    },
    onFailure: (run, error) => {
      progress.end(run);
      console.error(`Failed      ${run.name}: ${error}`);
    },
    onProgress: (work) => progress.at(work),
  });
  try {
    await runner.run();
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    console.error(
      `Stopped by ${error.signal}, ${thousands(runner.done)} of ${thousands(runs.length)} done: ` +
        "the same command goes on",
    );
    process.exitCode = EXIT.interrupted;
    return;
  } finally {
    progress.stop();
  }
  const failed = runner.codes.length;
  say(
    `Done        ${thousands(runner.done)} of ${counted(runs.length, "run")}` +
      (failed > 0 ? `, ${thousands(failed)} failed (--status says why)` : ""),
  );
  if (failed > 0) process.exitCode = runner.codes[0];
}

/** A bar on a terminal; lines of results either way. */
class Progress {
  private readonly bar: SingleBar | undefined;
  private readonly all: number;
  private readonly begun = performance.now();
  private done = 0;
  constructor(runs: readonly Run[], json: boolean) {
    this.all = runs.reduce((sum, { configuration }) => sum + configuration.work, 0);
    if (json || !process.stdout.isTTY) return;
    this.bar = new SingleBar({
      ...{ format: "{bar} {percentage}% | {left} left", barsize: 24 },
      ...{ hideCursor: true, clearOnComplete: true },
    });
    this.bar.start(1000, 0, { left: "…" });
  }

  /** `work` of the population at hand. */
  at(work: number): void {
    const share = Math.min(1, (this.done + work) / this.all);
    const seconds = (performance.now() - this.begun) / 1000;
    this.bar?.update(Math.floor(1000 * share), {
      left: share > 0.002 ? duration(seconds * (1 / share - 1)) : "…",
    });
  }

  end({ configuration }: Run): void {
    this.done += configuration.work;
  }

  line(text: string): void {
    if (this.bar) process.stdout.write("\r\x1b[K");
    console.log(text);
  }

  stop(): void {
    this.bar?.stop();
  }
}
