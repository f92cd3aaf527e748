/** `stairstep sweep FILE`: every run of a plan, or a shard of it; its state; scripts to submit. */
import { dirname, join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { StairstepError } from "../index";
import { readSweep } from "../sweep/file";
import { type Plan, planOf } from "../sweep/plan";
import { Folder } from "./sweep-folder";
import { addPlanOptions, type PlanFlags, runPlan } from "./sweep-options";

interface SweepFlags extends Omit<PlanFlags, "requireGpu"> {
  out?: string;
  allowSoftware?: boolean;
}

export const outOption = (): Option =>
  new Option("--out <folder>", "the sweep's folder (default: beside FILE, NAME-results)");

export function addSweep(program: Command): void {
  const command = program
    .command("sweep")
    .argument("<file>", "settings, grids, ranges and seeds: JSON, or a module of JavaScript")
    .description(
      "Train every combination of settings in a file, here or as tasks of any scheduler. A rerun " +
        "goes on where it stopped; stairstep merge makes the report.",
    )
    .addOption(outOption())
    .option("--allow-software", "train on a software adapter where there is no GPU");
  addPlanOptions(command)
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
  const plan = await planOf(sweep);
  checkTasks(plan);
  return { plan, folder };
}

/** Throws `StairstepError` for runs that nothing compares. */
function checkTasks({ file, runs }: Plan): void {
  const tasks = [...new Set(runs.map(({ configuration }) => configuration.spec.task))];
  if (tasks.length > 1)
    throw new StairstepError(
      `${file} has runs of the tasks ${tasks.join(" and ")}, which no report compares: make a ` +
        "file of each",
    );
}

async function run(file: string, flags: SweepFlags): Promise<void> {
  const { plan, folder } = await openSweep(file, flags);
  const { allowSoftware } = flags;
  await runPlan(plan, folder, {
    flags: { ...flags, requireGpu: !allowSoftware },
    words: (place) => [
      "sweep",
      place(resolve(file)),
      ...(allowSoftware ? ["--allow-software"] : []),
    ],
    remedy: "train on a software adapter with --allow-software",
  });
}
