/** Scripts and manifests that run a plan's shards as tasks of a scheduler. */
import { basename } from "node:path";
import type { Plan } from "./plan";

export const SCHEDULERS = ["slurm", "kubernetes", "sge", "parallel"] as const;
export type Scheduler = (typeof SCHEDULERS)[number];

export interface ScriptOptions {
  /** The sweep file and its folder of results, as the tasks see them. */
  file: string;
  out: string;
  /** What starts Stairstep, word by word. */
  command: readonly string[];
  tasks: number;
  /** Tasks at once. */
  limit: number;
  allowSoftware?: boolean | undefined;
  /** Further flags of `sweep`, word by word. */
  flags: readonly string[];
  version: string;
}

/** A word as a POSIX shell reads it. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

const commandOf = ({ command, file, out, allowSoftware, flags }: ScriptOptions): string =>
  [
    ...command,
    ...["sweep", file, "--out", out],
    ...(allowSoftware ? ["--allow-software"] : []),
    ...flags,
  ]
    .map(quoted)
    .join(" ");

/** What schedulers take as the name of a job. */
const jobName = ({ name }: Plan): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[-\d]+|-+$/g, "")
    .slice(0, 40) || "sweep";

const again = ({ runs }: Plan, { tasks }: ScriptOptions): string =>
  `# ${runs.length} runs in ${tasks} tasks. Submit it again as you like: what is done is skipped.`;

const slurm = (plan: Plan, options: ScriptOptions): string => `#!/bin/bash
${again(plan, options)}
#SBATCH --job-name=${jobName(plan)}
#SBATCH --array=1-${options.tasks}%${options.limit}
#SBATCH --ntasks=1 --cpus-per-task=2 --mem=4G
${options.allowSoftware ? "" : "#SBATCH --gres=gpu:1\n"}#SBATCH --time=04:00:00
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
${options.allowSoftware ? "" : "#$ -l gpu=1\n"}#$ -l h_rt=04:00:00
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
    ...["sweep", place(options.file), "--out", place(options.out)],
    ...["--shards", String(options.tasks)],
    ...(options.allowSoftware ? ["--allow-software"] : []),
    ...options.flags,
  ];
  const gpu = options.allowSoftware ? "" : ', "nvidia.com/gpu": 1';
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
