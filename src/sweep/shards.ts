/** Which part of a plan a process does. Parts share no run, and together make the plan. */
import { StairstepError } from "../runtime/errors";
import type { Run } from "./plan";

/** The `index`-th of `count`, from 1. */
export interface Shard {
  index: number;
  count: number;
}

const refuse = (why: string): never => {
  throw new StairstepError(why);
};

const WHOLE = /^\d+$/;

/** Schedulers' variables: what a task is told of its place, as far as it is told. */
interface Told {
  scheduler: string;
  index: number;
  /** Where the scheduler tells it. */
  count?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** "3/72": the third of 72. */
export function parseShard(text: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (!(shard.index >= 1 && shard.index <= shard.count))
    return refuse(`--shard must be one of several, as 1/8 to 8/8, got ${text}`);
  return shard;
}

/** An array from `first` to `last` in steps, without gaps. */
function fromArray(
  scheduler: string,
  [id, first, last, step]: readonly [string, string, string, string],
  told?: string,
): Told {
  const [at, from, to, by] = [Number(id), Number(first), Number(last), Number(step)];
  const count = Math.floor((to - from) / by) + 1;
  if (![at, from, to].every(Number.isSafeInteger) || !(by >= 1) || (at - from) % by !== 0)
    return refuse(
      `${scheduler}'s task ${id} of ${first} to ${last} in steps of ${step} has no place among ` +
        "the others: give it with --shard i/n",
    );
  if (told !== undefined && Number(told) !== count)
    return refuse(
      `${scheduler}'s array has ${told} tasks from ${first} to ${last}, with gaps: give each its ` +
        "place with --shard i/n",
    );
  return { scheduler, index: (at - from) / by + 1, count };
}

function toldBy(env: Environment): Told[] {
  const told: Told[] = [];
  const slurm = env.SLURM_ARRAY_TASK_ID;
  if (slurm !== undefined)
    told.push(
      fromArray(
        "Slurm",
        [
          slurm,
          env.SLURM_ARRAY_TASK_MIN ?? "",
          env.SLURM_ARRAY_TASK_MAX ?? "",
          env.SLURM_ARRAY_TASK_STEP ?? "1",
        ],
        env.SLURM_ARRAY_TASK_COUNT ?? "",
      ),
    );
  const sge = env.SGE_TASK_ID;
  if (sge !== undefined && sge !== "undefined")
    told.push(
      fromArray("Grid Engine", [
        sge,
        env.SGE_TASK_FIRST ?? "",
        env.SGE_TASK_LAST ?? "",
        env.SGE_TASK_STEPSIZE ?? "1",
      ]),
    );
  const [pod, sequence] = [env.JOB_COMPLETION_INDEX, env.PARALLEL_SEQ];
  if (pod !== undefined)
    told.push({
      scheduler: "Kubernetes",
      index: WHOLE.test(pod) ? Number(pod) + 1 : refuse(`JOB_COMPLETION_INDEX is no index: ${pod}`),
    });
  if (sequence !== undefined)
    told.push({
      scheduler: "GNU parallel",
      index: WHOLE.test(sequence)
        ? Number(sequence)
        : refuse(`PARALLEL_SEQ is no number: ${sequence}`),
    });
  return told;
}

/**
 * The shard of this process: as `--shard` says, else as a scheduler does, of `shards` where it
 * tells its tasks no number; else the whole. Throws where it is not plain which.
 */
export function shardOf(
  given: string | undefined,
  shards: number | undefined,
  env: Environment,
): Shard {
  if (given !== undefined) {
    const shard = parseShard(given);
    if (shards !== undefined && shards !== shard.count)
      refuse(`--shards ${shards} contradicts --shard ${given}: give one of them`);
    return shard;
  }
  const [told, other] = toldBy(env);
  if (!told)
    return shards === undefined
      ? { index: 1, count: 1 }
      : refuse(
          `--shards ${shards} needs a scheduler's number of this task: give --shard i/${shards}`,
        );
  if (other)
    refuse(
      `this is a task of ${told.scheduler} and of ${other.scheduler}: say its part with ` +
        "--shard i/n, or --shard 1/1 for the whole",
    );
  const count = told.count ?? shards;
  if (count === undefined)
    return refuse(
      `${told.scheduler} tells a task no number of tasks: add --shards N, or --shard 1/1 ` +
        "for the whole",
    );
  if (shards !== undefined && shards !== count)
    refuse(`--shards ${shards} contradicts ${told.scheduler}'s array of ${count}: leave it out`);
  if (told.index < 1 || told.index > count)
    refuse(`${told.scheduler}'s task ${told.index} is not one of ${count}: give more --shards`);
  return { index: told.index, count };
}

/** Runs of one population side by side, populations in the order of the plan. */
export function grouped(runs: readonly Run[]): Run[] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const { population } = run.configuration;
    const group = groups.get(population);
    if (group) group.push(run);
    else groups.set(population, [run]);
  }
  return [...groups.values()].flat();
}

/**
 * The runs of a shard: a stretch of the plan with its share of all work, so that what trains
 * together mostly stays together.
 */
export function partOf(runs: readonly Run[], { index, count }: Shard): Run[] {
  const all = grouped(runs);
  const total = all.reduce((sum, { configuration }) => sum + configuration.work, 0);
  let before = 0;
  return all.filter(({ configuration: { work } }) => {
    const middle = before + work / 2;
    before += work;
    return Math.min(count, 1 + Math.floor((count * middle) / total)) === index;
  });
}
