/**
 * npm run slurm [-- LOG]: a real Slurm on this machine, on which the script that `sweep --print
 * slurm` prints runs 24 configurations × 3 seeds, while one task is preempted, one killed, and the
 * node drained. What is merged must be, to the byte, what one process makes alone. As root, on
 * Debian; installs slurm-wlm and munge where they are missing. Ends with 1 where anything is wrong.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { madeUpFolder } from "./made-up";

const place = mkdtempSync(join(tmpdir(), "stairstep-slurm-"));
const at = (name: string): string => join(place, name);
const node = hostname().split(".")[0] as string;
const CONF = at("slurm.conf");
const COMMAND = resolve("dist/cli/stairstep.js");

/** Two slots of two CPUs, whatever the machine has, and a partition that preempts the other. */
const conf = (): string => `ClusterName=one
SlurmctldHost=${node}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=${at("jobcomp.log")}
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SchedulerType=sched/backfill
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=15
StateSaveLocation=${at("state")}
SlurmdSpoolDir=${at("spool")}
SlurmctldLogFile=${at("slurmctld.log")}
SlurmdLogFile=${at("slurmd.log")}
SlurmctldPidFile=${at("slurmctld.pid")}
SlurmdPidFile=${at("slurmd.pid")}
NodeName=${node} NodeAddr=127.0.0.1 CPUs=4 Sockets=1 CoresPerSocket=4 RealMemory=9000 State=UNKNOWN
PartitionName=low Nodes=${node} Default=YES PriorityTier=1 PreemptMode=REQUEUE GraceTime=10
PartitionName=high Nodes=${node} PriorityTier=10 PreemptMode=OFF
`;

const SWEEP = {
  ...{ data: "data", hidden: 30, batch: 20, steps: 2000, seeds: "1..3" },
  neuron: { grid: ["binary", "onehot:3"] },
  lr: { grid: [0.1, 0.3, 0.5] },
  slope: { grid: [0.5, 1, 1.5, 2] },
};

const begun = performance.now();
const lines: string[] = [];
/** Prints with the seconds since the start, and keeps for the log, without this run's paths. */
function say(text: string): void {
  const seconds = ((performance.now() - begun) / 1000).toFixed(0).padStart(4);
  for (const line of text.trimEnd().split("\n")) {
    const plain = line.replaceAll(place, "…").replaceAll(COMMAND, "stairstep.js");
    const shown = `${seconds} s  ${plain.replaceAll(node, "NODE")}`;
    lines.push(shown);
    console.log(shown);
  }
}

const env = { ...process.env, SLURM_CONF: CONF };
function run(program: string, args: readonly string[], quiet = false): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", env });
  if (!quiet) say(`$ ${[program === process.execPath ? "node" : program, ...args].join(" ")}`);
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${status} ${stderr}${stdout}`);
  return stdout;
}
const stairstep = (...args: string[]): string => run(process.execPath, [COMMAND, ...args]);

async function until(what: string, done: () => boolean, seconds = 300): Promise<void> {
  for (let i = 0; !done(); i++) {
    if (i > 4 * seconds) throw new Error(`no ${what} within ${seconds} s`);
    await sleep(250);
  }
}

function install(): void {
  if (["/usr/sbin/slurmctld", "/usr/sbin/munged"].every((file) => existsSync(file))) return;
  run("apt-get", ["install", "-y", "--no-install-recommends", "slurm-wlm", "munge"]);
}

/** Starts munge, the controller and the node; returns what ends them. */
async function startSlurm(): Promise<() => void> {
  for (const folder of ["state", "spool"]) mkdirSync(at(folder));
  writeFileSync(CONF, conf());
  writeFileSync(at("cgroup.conf"), "CgroupPlugin=cgroup/v1\n");
  const children: ChildProcess[] = [];
  if (!existsSync("/run/munge/munge.socket.2")) {
    run("sh", ["-c", "mkdir -p /run/munge && chown munge: /run/munge && chmod 755 /run/munge"]);
    const munge = ["--reuid", "munge", "--regid", "munge", "--clear-groups"];
    children.push(spawn("setpriv", [...munge, "/usr/sbin/munged", "--foreground"]));
    await until("munge", () => existsSync("/run/munge/munge.socket.2"), 20);
  }
  const hosts = readFileSync("/etc/hosts", "utf8");
  if (!new RegExp(`\\b${node}\\b`).test(hosts))
    writeFileSync("/etc/hosts", `${hosts}\n127.0.0.1 ${node}\n`);
  children.push(spawn("/usr/sbin/slurmctld", ["-D"], { env, stdio: "ignore" }));
  await sleep(2000);
  children.push(spawn("/usr/sbin/slurmd", ["-D"], { env, stdio: "ignore" }));
  await until("idle node", () => info().includes("idle"), 60);
  return () => {
    spawnSync("scancel", ["-p", "low,high"], { env });
    spawnSync("scancel", ["-s", "KILL", "-p", "low"], { env });
    for (const child of children.reverse()) child.kill("SIGTERM");
  };
}

const info = (): string =>
  spawnSync("sinfo", ["-h", "-o", "%P %T"], { encoding: "utf8", env }).stdout;

interface Task {
  id: string;
  task: number;
  state: string;
  reason: string;
}
const queue = (): Task[] =>
  run("squeue", ["-h", "-r", "-p", "low", "-o", "%i %K %T %r"], true)
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [id = "", task, state = "", reason = ""] = line.split(" ");
      return { id, task: Number(task), state, reason };
    });

interface Beat {
  pid: number;
  shard: string;
  step: number;
}
const beats = (out: string): Beat[] =>
  (existsSync(join(out, "running")) ? readdirSync(join(out, "running")) : [])
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => {
      const file = join(out, "running", name);
      try {
        return Date.now() - statSync(file).mtimeMs < 30_000
          ? [JSON.parse(readFileSync(file, "utf8")) as Beat]
          : [];
      } catch {
        return [];
      }
    });

/** Slurm lets what is queued again wait for two minutes; an operator need not. */
function hurry(): void {
  for (const { id, reason } of queue())
    if (reason === "BeginTime") run("scontrol", ["update", `JobId=${id}`, "StartTime=now"], true);
}

const shardOf = ({ shard }: Beat): number => Number(shard.split("/")[0]);
const log = (out: string, task: number): string => {
  const file = join(out, `slurm-${task}.log`);
  return existsSync(file) ? readFileSync(file, "utf8") : "";
};

/** What Slurm tells the tasks of an array with a gap, which `--shard` in the script is for. */
async function gaps(): Promise<void> {
  const wrap =
    "echo $SLURM_ARRAY_TASK_ID of $SLURM_ARRAY_TASK_MIN to $SLURM_ARRAY_TASK_MAX, step " +
    "$SLURM_ARRAY_TASK_STEP, count $SLURM_ARRAY_TASK_COUNT";
  run("sbatch", ["--array=3,7", "-o", at("gap-%a.log"), "--wrap", wrap]);
  await until("array with a gap", () => queue().length === 0, 60);
  for (const task of [3, 7]) say(readFileSync(at(`gap-${task}.log`), "utf8"));
}

async function trouble(out: string): Promise<void> {
  const training = (other?: number) =>
    beats(out).find((beat) => beat.step > 0 && shardOf(beat) !== other);
  await until("two tasks that train", () => beats(out).length >= 2 && !!training());
  run("sbatch", ["-p", "high", "-c", "2", "--mem=2G", "-o", at("high.log"), "--wrap", "sleep 1"]);
  const stopped = () =>
    queue().find(({ task }) => log(out, task).includes("Stopped by SIGTERM"))?.task;
  await until("preempted task", () => stopped() !== undefined, 60);
  const preempted = stopped() as number;
  say(`task ${preempted} was preempted: ${/Stopped by.*/.exec(log(out, preempted))?.[0]}`);

  await until("another task that trains", () => !!training(preempted));
  const victim = training(preempted) as Beat;
  process.kill(victim.pid, "SIGKILL");
  say(`task ${shardOf(victim)} was killed with SIGKILL at step ${victim.step}`);
  await until(
    "requeued task",
    () => queue().some(({ task, state }) => task === shardOf(victim) && state === "PENDING"),
    60,
  );

  hurry();
  const others = () => beats(out).find(({ pid, step }) => pid !== victim.pid && step > 0);
  await until("a task to queue again", () => {
    const beat = others();
    return !!beat && queue().some((t) => t.task === shardOf(beat) && t.state === "RUNNING");
  });
  const beat = others() as Beat;
  run("scontrol", ["update", `NodeName=${node}`, "State=DRAIN", "Reason=test"]);
  const last = queue().find(({ task }) => task === shardOf(beat));
  if (!last) throw new Error("no task ran when the node was drained");
  run("scontrol", ["requeue", last.id]);
  say(`task ${last.task} was queued again at step ${beat.step} while the node drains`);
  await until("drained node", () => info().includes("drained"), 300);
  say(`the node is drained, and ${queue().length} tasks wait`);
  run("scontrol", ["update", `NodeName=${node}`, "State=RESUME"]);
}

export async function main([file = ""]: string[]): Promise<number> {
  if (userInfo().uid !== 0) throw new Error("Slurm's daemons start as root alone: use sudo");
  install();
  let stop = () => {};
  let wrong = 1;
  try {
    madeUpFolder(at("data"), 4);
    writeFileSync(at("sweep.json"), JSON.stringify(SWEEP));
    const sweep = ["sweep", at("sweep.json"), "--allow-software"];
    say(
      stairstep(...sweep, "--out", at("alone"))
        .split("\n")
        .slice(0, 2)
        .join("\n"),
    );
    stairstep("merge", at("sweep.json"), "--out", at("alone"));
    stop = await startSlurm();
    say(run("sinfo", ["--version"]));
    await gaps();
    const out = at("array");
    const script = stairstep(
      ...[...sweep, "--out", out, "--print", "slurm", "--tasks", "6", "--limit", "2"],
    );
    writeFileSync(at("sweep.sbatch"), script);
    say(run("sbatch", [at("sweep.sbatch")]));
    await trouble(out);
    const end = setInterval(hurry, 1000);
    await until("end", () => queue().length === 0, 900).finally(() => clearInterval(end));
    say(stairstep(...sweep, "--out", out, "--status"));
    say(stairstep("merge", at("sweep.json"), "--out", out));
    for (let task = 1; task <= 6; task++)
      say(
        `task ${task}: ${log(out, task)
          .match(/^(Sweep|Stopped|Done {8}\d+ of).*/gm)
          ?.join(" | ")}`,
      );
    const [alone, array] = ["alone", "array"].map((name) =>
      readFileSync(join(at(name), "results.csv"), "utf8"),
    );
    const rows = (array?.trim().split("\n").length ?? 0) - 1;
    wrong = alone === array && rows === 72 ? 0 : 1;
    const how = wrong ? "ANOTHER than" : "to the byte";
    say(`${rows} runs; the merged CSV is ${how} that of one process`);
  } finally {
    stop();
    if (file) writeFileSync(file, `${lines.join("\n")}\n`);
    if (wrong) console.error(`see ${place}`);
    else rmSync(place, { recursive: true, force: true });
  }
  return wrong;
}
