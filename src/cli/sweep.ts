/** `stairstep sweep FILE`: every run of a plan, or a shard of it; its state; scripts to submit. */
import { dirname, join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { duration, formatBytes, thousands } from "../format";
import { StairstepError, VERSION } from "../index";
import { stepsOf } from "../sweep/configuration";
import { readSweep } from "../sweep/file";
import { populationsOf } from "../sweep/pack";
import { type Plan, planOf } from "../sweep/plan";
import { SCHEDULERS, type Scheduler, scriptOf } from "../sweep/schedulers";
import { shardOf } from "../sweep/shards";
import { adapterOption, kernelsOption, positive, whole } from "./options";
import { Folder } from "./sweep-folder";
import { printStatus, secondsLeft } from "./sweep-status";
import { type TrainingFlags, trainShard } from "./sweep-train";

interface SweepFlags extends TrainingFlags {
  out?: string;
  shard?: string;
  shards?: number;
  plan?: boolean;
  status?: boolean;
  print?: Scheduler;
  tasks?: number;
  limit?: number;
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
      positive,
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
  await trainShard(plan, folder, shard, flags);
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

const counted = (count: number, what: string): string =>
  `${thousands(count)} ${what}${count === 1 ? "" : "s"}`;

async function describe(plan: Plan, folder: Folder): Promise<void> {
  const { runs } = plan;
  const configurations = [...new Set(runs.map(({ configuration }) => configuration))];
  const populations = populationsOf(runs, { most: runs.length, bytes: Infinity }, () => 0);
  const sizes = configurations.map(({ parameters }) => parameters);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const range = least === most ? thousands(most) : `${thousands(least)} to ${thousands(most)}`;
  console.log(`Sweep       ${plan.name}: ${counted(runs.length, "run")}`);
  console.log(
    `Runs        ${counted(configurations.length, "configuration")}; ` +
      `${counted(populations.length, "kind")} of network, each trained as populations`,
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
  if (measured && seconds === 0) return "none: all that can be done is done";
  if (measured) return `about ${duration(seconds)} of one device, by the runs that are done`;
  const work = plan.runs.reduce((sum, { configuration }) => sum + configuration.work, 0);
  return (
    `about ${duration(work / SOFTWARE_SPEED)} on a software adapter of two cores; a GPU's is ` +
    "known once its first runs are done"
  );
}
