/** Scripts and manifests that run a plan's shards as tasks of a scheduler. */
import { basename } from "node:path";
import { counted } from "../format";
import type { Plan } from "./plan";

export const SCHEDULERS = ["slurm", "kubernetes", "sge", "parallel"] as const;
export type Scheduler = (typeof SCHEDULERS)[number];

/** The verb and its arguments, word by word; `place` is where a task finds a path. */
export type Words = (place: (path: string) => string) => string[];

export interface ScriptOptions {
  words: Words;
  /** The folder of results. */
  out: string;
  /** What starts Stairstep, word by word. */
  command: readonly string[];
  tasks: number;
  /** Tasks at once. */
  limit: number;
  /** Whether each task needs a GPU. */
  gpu: boolean;
  /** Further flags, word by word. */
  flags: readonly string[];
  version: string;
}

/** A word as a POSIX shell reads it. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

const commandOf = ({ command, words, out, flags }: ScriptOptions): string =>
  [...command, ...words((path) => path), "--out", out, ...flags].map(quoted).join(" ");

/** What schedulers take as the name of a job. */
const jobName = ({ name }: Plan): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[-\d]+|-+$/g, "")
    .slice(0, 40) || "sweep";

/** Runs of one network that a task has at least, where there are so many, to train as one. */
const TOGETHER = 16;

/**
 * Tasks by default: twice those that run at once, so that none waits long for the last, but no more
 * than leave each a population that is worth its name.
 */
export function tasksOf({ runs }: Plan, limit: number): number {
  const sizes = new Map<string, number>();
  for (const { configuration } of runs)
    sizes.set(configuration.population, (sizes.get(configuration.population) ?? 0) + 1);
  const populations = [...sizes.values()].reduce(
    (sum, size) => sum + Math.max(1, Math.floor(size / TOGETHER)),
    0,
  );
  return Math.min(2 * limit, populations);
}

const again = ({ runs }: Plan, { tasks }: ScriptOptions): string =>
  `# ${counted(runs.length, "run")} in ${counted(tasks, "task")}. Submit it again as you like: ` +
  "what is done is skipped.\n" +
  "# Fewer tasks (--tasks) train more runs as one population; more end sooner on more GPUs.";

const slurm = (plan: Plan, options: ScriptOptions): string => `#!/bin/bash
${again(plan, options)}
#SBATCH --job-name=${jobName(plan)}
#SBATCH --array=1-${options.tasks}%${options.limit}
#SBATCH --ntasks=1 --cpus-per-task=2 --mem=4G
${options.gpu ? "#SBATCH --gres=gpu:1\n" : ""}#SBATCH --time=04:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=TERM@120
#SBATCH --output=${quoted(`${options.out}/slurm-%a.log`)}

# SIGTERM ahead of the time limit or at a preemption is for the run, which keeps its state and ends
# with 75. This script stays, to queue the task again; not where scancel is to end it. The signal
# comes two minutes ahead: a time limit of ten minutes or more leaves time to train.
trap '' TERM
srun --cpus-per-task=2 --kill-on-bad-exit=0 \\
  ${commandOf(options)} \\
  --shard "$SLURM_ARRAY_TASK_ID/${options.tasks}"
code=$?
restarts=\${SLURM_RESTART_COUNT:-0}
case $code in
  75) again=$((restarts < 100)) ;;          # interrupted: goes on from its checkpoints
  134|137|139|143) again=$((restarts < 3)) ;; # killed or crashed
  *) again=0 ;;                             # 0 done; 2 to 5 would be the same again
esac
task="\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
[ "$(squeue --noheader --job="$task" --format=%T)" = RUNNING ] || again=0
[ "$again" = 1 ] && scontrol requeue "$task"
exit $code
`;

const sge = (plan: Plan, options: ScriptOptions): string => `#!/bin/bash
${again(plan, options)}
#$ -N ${jobName(plan)}
#$ -S /bin/bash
#$ -t 1-${options.tasks}
#$ -tc ${options.limit}
${options.gpu ? "#$ -l gpu=1\n" : ""}#$ -l h_rt=04:00:00
#$ -r y
#$ -notify
#$ -cwd -j y -o ${quoted(options.out)}

# With -notify, Grid Engine sends SIGUSR1 or SIGUSR2 ahead of SIGSTOP and SIGKILL.
trap 'kill -TERM "$child"' USR1 USR2 TERM
${commandOf(options)} &
child=$!
wait "$child"
code=$?
while kill -0 "$child" 2> /dev/null; do # a signal ended the wait, not the run
  wait "$child"
  code=$?
done
[ "$code" = 75 ] && exit 99 # interrupted: Grid Engine queues the task again
exit "$code"
`;

const parallel = (plan: Plan, options: ScriptOptions): string => `#!/bin/sh
${again(plan, options)}
seq ${options.tasks} | parallel -n0 --jobs ${options.limit} --halt never \\
  --termseq TERM,120000,KILL,25 \\
  --joblog ${quoted(`${options.out}/parallel.log`)} \\
  ${quoted(`${commandOf(options)} --shards ${options.tasks}`)}
`;

const yaml = (words: readonly string[]): string => words.map((w) => JSON.stringify(w)).join(", ");

const kubernetes = (plan: Plan, options: ScriptOptions): string => {
  const place = (path: string) => `/sweep/${basename(path)}`;
  const args = [
    ...[...options.words(place), "--out", place(options.out)],
    ...["--shards", String(options.tasks)],
    ...options.flags,
  ];
  const gpu = options.gpu ? ', "nvidia.com/gpu": 1' : "";
  return `${again(plan, options)}
# The claim "stairstep" holds the sweep file and its data.
apiVersion: batch/v1
kind: Job
metadata:
  name: ${jobName(plan)}
spec:
  completionMode: Indexed
  completions: ${options.tasks}
  parallelism: ${Math.min(options.limit, options.tasks)}
  backoffLimitPerIndex: 3
  maxFailedIndexes: ${options.tasks}
  podFailurePolicy:
    rules:
      # Evicted or preempted, or interrupted with a state to go on from: again, uncounted.
      - action: Ignore
        onPodConditions:
          - { type: DisruptionTarget, status: "True" }
      - action: Ignore
        onExitCodes: { containerName: stairstep, operator: In, values: [75] }
      # Usage, data, divergence, no GPU: the same again.
      - action: FailIndex
        onExitCodes: { containerName: stairstep, operator: In, values: [2, 3, 4, 5] }
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 120
      securityContext: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 }
      containers:
        - name: stairstep
          image: stairstep:${options.version}
          # No init beside it: as process 1, the command starts itself as a child, passes signals
          # on, and ends as the child does.
          args: [${yaml(args)}]
          env:
            # Without graphics, NVIDIA's runtime brings no Vulkan.
            - { name: NVIDIA_DRIVER_CAPABILITIES, value: "compute,graphics,utility" }
          resources:
            limits: { cpu: "2", memory: 4Gi${gpu} }
          volumeMounts:
            - { name: sweep, mountPath: /sweep }
      volumes:
        - name: sweep
          persistentVolumeClaim: { claimName: stairstep }
`;
};

/** The text to submit: `sbatch`, `kubectl apply -f -`, `qsub` and `sh` read it. */
export const scriptOf = (scheduler: Scheduler, plan: Plan, options: ScriptOptions): string =>
  ({ slurm, kubernetes, sge, parallel })[scheduler](plan, options);
