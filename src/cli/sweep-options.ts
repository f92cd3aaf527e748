/** What `sweep` and `reproduce` do with a plan: train it or a shard, show it, print a script. */
import { type Command, Option } from "commander";
import { StairstepError } from "../index";
import type { Plan } from "../sweep/plan";
import { SCHEDULERS, type Scheduler, type Words } from "../sweep/schedulers";
import { shardOf } from "../sweep/shards";
import { adapterOption, kernelsOption, positive, whole } from "./options";
import type { Folder } from "./sweep-folder";
import { printPlan } from "./sweep-plan";
import { printScript } from "./sweep-print";
import { printStatus } from "./sweep-status";
import { type TrainingFlags, trainShard } from "./sweep-train";

export interface PlanFlags extends TrainingFlags {
  shard?: string;
  shards?: number;
  plan?: boolean;
  status?: boolean;
  print?: Scheduler;
  tasks?: number;
  limit?: number;
}

export const addPlanOptions = (command: Command): Command =>
  command
    .option("--plan", "print runs, parameters and time, and train nothing")
    .option("--status", "print what is done, running, failed and missing, and train nothing")
    .option("--shard <i/n>", "train the i-th of n parts (default: as a scheduler's variables say)")
    .option("--shards <n>", "parts, where a scheduler tells a task its number alone", whole(1))
    .addOption(
      new Option("--print <scheduler>", "print the script or manifest to submit").choices(
        SCHEDULERS,
      ),
    )
    .option(
      "--tasks <n>",
      "tasks of --print (default: twice --limit, or fewer, of 16 runs of one network)",
      whole(1),
    )
    .option(
      "--limit <n>",
      "tasks of --print that run at once (default: 8; of parallel 2)",
      whole(1),
    )
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
    .option("--json", "print results, or the status, as JSON lines");

export interface PlanRequest {
  flags: PlanFlags;
  /** The verb and its arguments, for a script; `place` is where a task finds a path. */
  words: Words;
  /** What to do where there is no GPU, and one is required. */
  remedy?: string;
}

/** Does what the flags ask for; whether that was training. Sets the exit code. */
export async function runPlan(
  plan: Plan,
  folder: Folder,
  { flags, words, remedy }: PlanRequest,
): Promise<boolean> {
  if (flags.adapter !== undefined && /^\d+$/.test(flags.adapter))
    throw new StairstepError(
      `--adapter ${flags.adapter} is a number, and Dawn chooses adapters by name alone: give a ` +
        "part of the name, or let the scheduler show each task one GPU (docs/clusters.md)",
    );
  if (flags.status) await printStatus(plan, folder, flags.json ?? false);
  else if (flags.print) await printScript(flags.print, plan, folder, words, flags);
  else if (flags.plan) await printPlan(plan, folder);
  else {
    const shard = shardOf(flags.shard, flags.shards, process.env);
    await trainShard(plan, folder, shard, flags, remedy);
    return true;
  }
  return false;
}
