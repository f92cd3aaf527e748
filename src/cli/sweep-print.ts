/** `--print`: the script or manifest that runs a plan's shards as tasks of a scheduler. */
import { resolve } from "node:path";
import { VERSION } from "../index";
import type { Plan } from "../sweep/plan";
import { type Scheduler, scriptOf, tasksOf, type Words } from "../sweep/schedulers";
import type { Folder } from "./sweep-folder";
import type { TrainingFlags } from "./sweep-train";

/** Tasks at once. */
const LIMIT: Record<Scheduler, number> = { slurm: 8, kubernetes: 8, sge: 8, parallel: 2 };

export async function printScript(
  scheduler: Scheduler,
  plan: Plan,
  folder: Folder,
  words: Words,
  flags: TrainingFlags & { tasks?: number; limit?: number },
): Promise<void> {
  const { limit = LIMIT[scheduler], requireGpu, adapter, kernels, population } = flags;
  const wrapper = process.env.STAIRSTEP_COMMAND;
  const given = Object.entries({
    adapter,
    population,
    kernels: kernels === "auto" ? undefined : kernels,
  });
  if (scheduler !== "kubernetes") await folder.prepare(); // where the scheduler's logs go
  process.stdout.write(
    scriptOf(scheduler, plan, {
      words,
      out: resolve(folder.path),
      command: wrapper ? [wrapper] : [process.execPath, resolve(process.argv[1] as string)],
      tasks: Math.min(flags.tasks ?? tasksOf(plan, limit), plan.runs.length),
      limit,
      gpu: requireGpu ?? false,
      flags: given.flatMap(([flag, value]) =>
        value === undefined ? [] : [`--${flag}`, `${value}`],
      ),
      version: VERSION,
    }),
  );
}
