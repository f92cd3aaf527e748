/** Signals at random moments of `stairstep train --checkpoint`, and what the runs come to. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT } from "../src/cli/exit";
import type { Random } from "./random";

const HOWS = ["kill", "term", "term-one"] as const;
export type How = (typeof HOWS)[number];
export const isHow = (what: string): what is How => (HOWS as readonly string[]).includes(what);

/** Prints what came of each try, and counts those that went wrong and those that came too late. */
export class Log {
  wrong = 0;
  late = 0;
  private tries = 0;
  add(moment: string, faults: readonly string[]): void {
    this.print(String(++this.tries), moment, faults, "same bits");
  }
  /** A signal that stopped nothing, in whose place another is sent. */
  tooLate(moment: string, faults: readonly string[]): void {
    this.late++;
    this.print("–", moment, faults, "too late, so another is sent");
  }
  private print(number: string, moment: string, faults: readonly string[], sound: string): void {
    if (faults.length > 0) this.wrong++;
    console.log(`${number.padStart(3)}  ${moment}: ${faults.join(", ").toUpperCase() || sound}`);
  }
}

// Small batches, for 2,000 steps of little time each: what is interrupted is the same.
const SETTINGS =
  "--neuron staircase:4 --hidden 30 --members 2 --anneal 1.2 --epochs 2 --batch 20 " +
  "--checkpoint-every 100";

const stairstep = (args: readonly string[]): string[] => [
  "dist/cli/stairstep.js",
  "train",
  "--json",
  ...args,
];

/** The members of the last JSON line, with the hashes of their weights. */
const hashes = (text: string): string =>
  JSON.stringify(JSON.parse(text.trim().split("\n").at(-1) || "{}").members);

/** What a signal may take through the processes that pass it on, on a busy machine. */
const PASSING_MS = 100;

/** How a run ended; times in ms from its start. */
interface Ended {
  /** Of the process, or the signal that ended it. */
  code: number | string | null;
  stdout: string;
  stderr: string;
  /** When its result was read. */
  doneAt: number;
  /** When Node had read the program, which hears signals from there on. */
  heardAt: number;
  /** When the signal was sent. */
  sentAt: number;
}

/**
 * Whether a process has a handler of SIGHUP, which the program sets last of all, and Node by itself
 * never: Linux shows them as a mask of hexadecimal digits.
 */
function hears(pid: number): boolean {
  try {
    const [, mask = "0"] =
      /SigCgt:\s*(\S+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return (BigInt(`0x${mask}`) & 1n) === 1n;
  } catch {
    return false; // not there yet, or gone
  }
}

/**
 * Runs to the end, or until it is stopped: by SIGKILL `ms` after its start, by SIGTERM `ms` after
 * it has begun to hear signals.
 */
async function run(args: readonly string[], how?: How, ms = 0): Promise<Ended> {
  const user = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  const [program, ...before] =
    how === "term-one"
      ? (["unshare", ...user, "--pid", "--fork", process.execPath] as const)
      : ([process.execPath] as const);
  const begun = performance.now();
  const now = () => performance.now() - begun;
  const never = Number.POSITIVE_INFINITY;
  const ended: Ended = {
    ...{ code: null, stdout: "", stderr: "" },
    ...{ doneAt: never, heardAt: never, sentAt: never },
  };
  const child = spawn(program, [...before, ...stairstep(args)], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.on("data", (text) => {
    ended.stdout += text;
    if (ended.stdout.includes('{"done":true')) ended.doneAt = Math.min(ended.doneAt, now());
  });
  child.stderr.on("data", (text) => (ended.stderr += text));
  const gone = new Promise<number | string | null>((resolve) =>
    child.on("close", (code, signal) => resolve(signal ?? code)),
  );
  let over = false;
  void gone.then(() => (over = true));
  const target = () => targetOf(how, child.pid as number);
  while (how !== "kill" && !over && !hears(target())) await sleep(2);
  ended.heardAt = now();
  if (how) {
    await sleep(ms);
    ended.sentAt = now();
    send(how, target());
  }
  ended.code = await gone;
  return ended;
}

/** unshare passes no signal on: its one child is process 1 in there, 0 before and behind it. */
function targetOf(how: How | undefined, pid: number): number {
  if (how !== "term-one") return pid;
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"));
  } catch {
    return 0;
  }
}

function send(how: How, pid: number): void {
  try {
    if (pid !== 0)
      process.kill(how === "kill" ? -pid : pid, how === "kill" ? "SIGKILL" : "SIGTERM");
  } catch {
    // it had ended
  }
}

/**
 * Whether the signal found the run over: its result was read before, or passed the signal on the
 * way.
 */
const isLate = ({ code, doneAt, sentAt }: Ended): boolean =>
  doneAt <= sentAt || (code === 0 && doneAt - sentAt < PASSING_MS);

/** What is wrong with how a run ended that was stopped. */
function faultsOf(how: How, { code, stderr }: Ended, from: boolean): string[] {
  if (how === "kill") return code === "SIGKILL" ? [] : [`ended with ${code}`];
  if (code !== EXIT.interrupted) return [`ended with ${code} ${stderr.trim()}`];
  return from ? [] : ["75 without a checkpoint"];
}

/** Stops `times` runs at random moments between their start and their result. */
export async function interrupt(how: How, times: number, random: Random, log: Log): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "stairstep-stop-"));
  const built = spawnSync("npm", ["run", "-s", "build:cli"], { encoding: "utf8" });
  if (built.status !== 0) throw new Error(built.stderr);
  const keep = (file: string) => [...SETTINGS.split(" "), "--checkpoint", file];
  const undisturbed = await run(keep(join(folder, "whole")));
  const whole = hashes(undisturbed.stdout);
  const { doneAt, heardAt } = undisturbed;
  let takes = how === "kill" ? doneAt : doneAt - heardAt;
  for (let met = 0; met < times; ) {
    const file = join(folder, `run-${met}-${log.late}`);
    const moment = random.below(takes);
    const ended = await run(keep(file), how, moment);
    const { code, stdout, stderr } = ended;
    if (isLate(ended)) {
      const faults = code === 0 || how === "kill" ? [] : [`ended with ${code}`];
      if (hashes(stdout) !== whole) faults.push("other bits");
      log.tooLate(`signal ${Math.round(ended.sentAt - ended.doneAt)} ms after the result`, faults);
      if (log.late > times) throw new Error("more came too late than met a run: try it again");
      takes = ended.doneAt - (ended.sentAt - moment); // the machine is less busy than it was
      continue;
    }
    met++;
    const from = existsSync(file);
    const faults = faultsOf(how, ended, from);
    const again = await run(from ? ["--resume", file] : keep(file));
    if (again.code !== 0) faults.push(`resumed, ended with ${again.code}`);
    else if (hashes(again.stdout) !== whole) faults.push("other bits");
    const steps = /after ([\d,]+) steps/.exec(stderr)?.[1];
    const place = steps === undefined ? "" : ` at step ${steps}`;
    const then = from ? "resumed" : "no checkpoint yet, begun again";
    log.add(`stopped after ${moment} ms with ${code}${place}, ${then}`, faults);
  }
  rmSync(folder, { recursive: true });
}
