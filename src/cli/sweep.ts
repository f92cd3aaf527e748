/** `stairstep sweep FILE`: every run of a plan, or a shard of it; its state; scripts to submit. */
import { dirname, join, resolve } from "node:path";
import { SingleBar } from "cli-progress";
import { type Command, Option } from "commander";
import { duration, formatBytes, thousands } from "../format";
import { type Device, type KernelChoice, StairstepError, VERSION } from "../index";
import { readSweep } from "../sweep/file";
import { populationsOf } from "../sweep/pack";
import { type Plan, planOf, type Run, stepsOf } from "../sweep/plan";
import { SCHEDULERS, type Scheduler, scriptOf } from "../sweep/schedulers";
import { partOf, type Shard, shardOf } from "../sweep/shards";
import { openDevice } from "./adapter";
import { EXIT } from "./exit";
import { adapterOption, kernelsOption, whole } from "./options";
import { Interrupted, stopGently } from "./signals";
import { Folder } from "./sweep-folder";
import { accuracyText, ShardRunner } from "./sweep-run";
import { printStatus, secondsLeft } from "./sweep-status";

interface SweepFlags {
  out?: string;
  shard?: string;
  shards?: number;
  plan?: boolean;
  status?: boolean;
  print?: Scheduler;
  tasks?: number;
  limit?: number;
  allowSoftware?: boolean;
  adapter?: string;
  kernels: KernelChoice;
  population?: number;
  keepEvery: number;
  retry?: boolean;
  json?: boolean;
}

export const outOption = (): Option =>
  new Option("--out <folder>", "the sweep's folder (default: beside FILE, NAME-results)");

export function addSweep(program: Command): void {
  program
    .command("sweep")
    .argument("<file>", "settings, grids, ranges and seeds: JSON, or a module of JavaScript")
    .description(
      "Train every combination of settings in a file, here or as tasks of any scheduler. A rerun " +
        "goes on where it stopped; stairstep merge makes the report.",
    )
    .addOption(outOption())
    .option("--plan", "print runs, parameters and time, and train nothing")
    .option("--status", "print what is done, running, failed and missing, and train nothing")
    .option("--shard <i/n>", "train the i-th of n parts (default: as a scheduler's variables say)")
    .option("--shards <n>", "parts, where a scheduler tells a task its number alone", whole(1))
    .addOption(
      new Option("--print <scheduler>", "print the script or manifest to submit").choices(
        SCHEDULERS,
      ),
    )
    .option("--tasks <n>", "tasks of --print (default: twice --limit)", whole(1))
    .option(
      "--limit <n>",
      "tasks of --print that run at once (default: 8; of parallel 2)",
      whole(1),
    )
    .option("--allow-software", "train on a software adapter where there is no GPU")
    .addOption(adapterOption())
    .addOption(kernelsOption())
    .option("--population <n>", "train at most so many runs at once", whole(1))
    .option(
      "--keep-every <seconds>",
      "seconds between states that a run goes on from",
      whole(0),
      30,
    )
    .option("--retry", "train again what became NaN or infinite")
    .option("--json", "print results, or the status, as JSON lines")
    .addHelpText(
      "after",
      `
Examples:
  $ echo '{"lr": {"grid": [0.1, 0.3, 0.5]}, "seeds": "1..8"}' > rates.json
  $ stairstep sweep rates.json                      24 runs, as one population
  $ stairstep sweep rates.json --print slurm | sbatch
  $ stairstep sweep rates.json --status
  $ stairstep merge rates.json                      CSV, JSON and a report`,
    )
    .action(run);
}

/** The plan of a file, and its folder. */
export async function openSweep(
  file: string,
  { out }: { out?: string },
): Promise<{ plan: Plan; folder: Folder }> {
  const sweep = await readSweep(file);
  const folder = new Folder(out ?? join(dirname(resolve(file)), `${sweep.name}-results`));
  return { plan: await planOf(sweep), folder };
}

async function run(file: string, flags: SweepFlags): Promise<void> {
  if (flags.adapter !== undefined && /^\d+$/.test(flags.adapter))
    throw new StairstepError(
      `--adapter ${flags.adapter} is a number, and Dawn chooses adapters by name alone: give a ` +
        "part of the name, or let the scheduler show each task one GPU (docs/clusters.md)",
    );
  const { plan, folder } = await openSweep(file, flags);
  if (flags.status) return printStatus(plan, folder, flags.json ?? false);
  if (flags.print) {
    return print(flags.print, plan, folder, file, flags);
  }
  if (flags.plan) return describe(plan, folder);
  const shard = shardOf(flags.shard, flags.shards, process.env);
  await train(plan, folder, shard, flags);
}

/** Tasks at once, and that many twice, so that none waits long for the last. */
const LIMIT: Record<Scheduler, number> = { slurm: 8, kubernetes: 8, sge: 8, parallel: 2 };

async function print(
  scheduler: Scheduler,
  plan: Plan,
  folder: Folder,
  file: string,
  flags: SweepFlags,
): Promise<void> {
  const { limit = LIMIT[scheduler], allowSoftware, adapter, kernels, population } = flags;
  const wrapper = process.env.STAIRSTEP_COMMAND;
  const given = Object.entries({
    adapter,
    population,
    kernels: kernels === "auto" ? undefined : kernels,
  });
  if (scheduler !== "kubernetes") await folder.prepare(); // where the scheduler's logs go
  process.stdout.write(
    scriptOf(scheduler, plan, {
      file: resolve(file),
      out: resolve(folder.path),
      command: wrapper ? [wrapper] : [process.execPath, resolve(process.argv[1] as string)],
      tasks: Math.min(flags.tasks ?? 2 * limit, plan.runs.length),
      limit,
      allowSoftware,
      flags: given.flatMap(([flag, value]) =>
        value === undefined ? [] : [`--${flag}`, `${value}`],
      ),
      version: VERSION,
    }),
  );
}

async function describe(plan: Plan, folder: Folder): Promise<void> {
  const { runs } = plan;
  const configurations = [...new Set(runs.map(({ configuration }) => configuration))];
  const populations = populationsOf(runs, { most: runs.length, bytes: Infinity }, () => 0);
  const sizes = configurations.map(({ parameters }) => parameters);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const range = least === most ? thousands(most) : `${thousands(least)} to ${thousands(most)}`;
  console.log(`Sweep       ${plan.name}: ${thousands(runs.length)} runs`);
  console.log(
    `Runs        ${thousands(configurations.length)} configurations; ` +
      `${thousands(populations.length)} kinds of network, each trained as populations`,
  );
  console.log(`Networks    ${range} parameters`);
  console.log(
    `Memory      up to ${formatBytes(Math.max(...configurations.map(({ largest }) => largest)))} ` +
      "in one buffer for a run alone",
  );
  console.log(`Time        ${await estimate(plan, folder)}`);
  for (const { name, member, configuration } of runs.slice(0, 10)) {
    const steps = thousands(stepsOf(configuration));
    console.log(`            ${name}: learning rate ${member.learningRate}, ${steps} steps`);
  }
  if (runs.length > 10) console.log(`            … and ${thousands(runs.length - 10)} more`);
}

/** Multiplications a second of a software adapter on two cores, by `stairstep bench`. */
const SOFTWARE_SPEED = 5e9;

/** By the results that are there, else by what a software adapter is known to do. */
async function estimate(plan: Plan, folder: Folder): Promise<string> {
  const { seconds, measured } = await secondsLeft(plan, folder);
  if (measured) return `about ${duration(seconds)} of one device, by the runs that are done`;
  const work = plan.runs.reduce((sum, { configuration }) => sum + configuration.work, 0);
  return (
    `about ${duration(work / SOFTWARE_SPEED)} on a software adapter of two cores; a GPU's is ` +
    "known once its first runs are done"
  );
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

async function train(plan: Plan, folder: Folder, shard: Shard, flags: SweepFlags): Promise<void> {
  const signal = stopGently();
  const runs = partOf(plan.runs, shard);
  const label = `${shard.index}/${shard.count}`;
  const say = flags.json ? () => {} : console.log;
  await folder.prepare();
  if (runs.length === 0) {
    say(`Shard       ${label} has no runs: there are ${plan.runs.length} in all`);
    return;
  }
  const open = () =>
    openDevice({
      kernels: flags.kernels,
      adapter: flags.adapter,
      requireGpu: !flags.allowSoftware,
      remedy: "train on a software adapter with --allow-software",
    });
  const device = await open();
  checkFit(plan, device);
  say(`Adapter     ${device.description}, Stairstep ${VERSION}`);
  say(
    `Sweep       ${plan.name}: ${thousands(runs.length)} of ${thousands(plan.runs.length)} runs ` +
      `(shard ${label}), results in ${folder.path}`,
  );
  const progress = new Progress(runs, flags.json ?? false);
  const runner = new ShardRunner(runs, {
    folder,
    shard: label,
    population: flags.population,
    keepEvery: flags.keepEvery,
    retry: flags.retry,
    signal,
    open,
    onResult: (run, result) => {
      progress.end(run);
      progress.line(
        flags.json ? JSON.stringify(result) : `Done        ${run.name}: ${accuracyText(result)}`,
      );
    },
    onFailure: (run, error) => {
      progress.end(run);
      console.error(`Failed      ${run.name}: ${error}`);
    },
    onProgress: (work) => progress.at(work),
  });
  try {
    await runner.run(device);
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
    `Done        ${thousands(runner.done)} of ${thousands(runs.length)} runs` +
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
