/**
 * npm run reliability [-- kill 50 | term 50 | term-one 50 | lose-node 20 | lose-chromium 20]
 * [--seed 1]: what happens to runs that are interrupted.
 *
 *   kill            SIGKILL at random moments of `stairstep train --checkpoint`, then --resume
 *   term            SIGTERM, after which the run must end with 75 (0 where it was over)
 *   term-one        the same to process 1, as in a container
 *   lose-node       device.destroy() at random moments of a run in Node, wherever the GPU is then
 *   lose-chromium   the same in a page
 *
 * Every run must end with the weights of an undisturbed one, to the bit. Prints each, and ends with
 * 1 on any that does not.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { EXIT } from "../src/cli/exit";
import * as library from "../src/index";
import { inChromium, withAdapter } from "./places";
import { Random } from "./random";

type Library = typeof library;
/** A device is lost after this report, and so many milliseconds later. */
interface Moment {
  report: number;
  later: number;
}
interface Outcome extends Moment {
  wrong: string[];
}

/** Prints what came of each try, and counts those that went wrong. */
class Log {
  wrong = 0;
  private tries = 0;
  add(moment: string, faults: readonly string[]): void {
    if (faults.length > 0) this.wrong++;
    const outcome = faults.join(", ").toUpperCase() || "same bits";
    console.log(`${String(++this.tries).padStart(3)}  ${moment}: ${outcome}`);
  }
}

const SETTINGS =
  "--neuron staircase:4 --hidden 30 --members 2 --anneal 1.2 --epochs 2 --checkpoint-every 100";

const stairstep = (args: readonly string[]): string[] => [
  "dist/cli/stairstep.js",
  "train",
  "--json",
  ...args,
];

/** The members of the last JSON line, with the hashes of their weights. */
const hashes = (text: string): string =>
  JSON.stringify(JSON.parse(text.trim().split("\n").at(-1) ?? "{}").members);

type How = "kill" | "term" | "term-one";

/** Runs to the end, or until it is stopped after `ms`; returns its code. */
async function stopped(how: How, args: readonly string[], ms: number): Promise<number | null> {
  const user = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  const [program, ...before] =
    how === "term-one"
      ? (["unshare", ...user, "--pid", "--fork", process.execPath] as const)
      : ([process.execPath] as const);
  const child = spawn(program, [...before, ...stairstep(args)], {
    detached: true,
    stdio: "ignore",
  });
  const gone = new Promise<number | null>((resolve) => child.on("exit", resolve));
  await sleep(ms);
  const pid = child.pid as number;
  try {
    // unshare passes no signal on: its one child is process 1 in there.
    if (how === "term-one")
      process.kill(Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")), "SIGTERM");
    else process.kill(how === "kill" ? -pid : pid, how === "kill" ? "SIGKILL" : "SIGTERM");
  } catch {
    // it had ended
  }
  return gone;
}

/** What a run may end with that was stopped, and what is wrong with how this one did. */
function faultsOf(how: How, code: number | null, from: boolean): string[] {
  if (how === "kill" || code === 0) return [];
  if (code !== EXIT.interrupted) return [`ended with ${code}`];
  return from ? [] : ["75 without a checkpoint"];
}

async function interrupt(how: How, times: number, random: Random, log: Log): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "stairstep-stop-"));
  const built = spawnSync("npm", ["run", "-s", "build:cli"], { encoding: "utf8" });
  if (built.status !== 0) throw new Error(built.stderr);
  const settings = SETTINGS.split(" ");
  const run = (args: readonly string[]) =>
    spawnSync(process.execPath, stairstep(args), { encoding: "utf8" });
  const begun = performance.now();
  const keep = (name: string) => [...settings, "--checkpoint", join(folder, name)];
  const whole = hashes(run(keep("whole")).stdout);
  const takes = performance.now() - begun;
  // Until Node has read the program, which takes a tenth of a second, it hears no signal.
  const earliest = how === "kill" ? 0 : 250;
  for (let i = 0; i < times; i++) {
    const name = `run-${i}`;
    const file = join(folder, name);
    const moment = earliest + random.below(takes - earliest);
    const code = await stopped(how, keep(name), moment);
    const from = existsSync(file);
    const again = run(from ? ["--resume", file] : keep(name));
    const faults = faultsOf(how, code, from);
    if (again.status !== 0) faults.push(`resumed, ended with ${again.status}`);
    else if (hashes(again.stdout) !== whole) faults.push("other bits");
    const then = from ? "resumed" : "no checkpoint yet, begun again";
    log.add(`stopped after ${Math.round(moment)} ms with ${code}, ${then}`, faults);
  }
  rmSync(folder, { recursive: true });
}

/**
 * In Node or in a page: trains once undisturbed, then loses the device at each of `moments`. Sent
 * to the page as text, so it uses what it is given alone.
 */
async function lose(
  { layer, loadMnist, requestDevice, sha256, train }: Library,
  base: string | undefined,
  moments: readonly Moment[],
): Promise<Outcome[]> {
  const options = {
    hidden: [layer("onehot:3", 20)],
    members: 2,
    anneal: 1.1,
    epochs: 1,
    reportEvery: 50,
    checkpointEvery: 200,
  };
  const run = async (moment?: Moment) => {
    let device = await requestDevice();
    let losses = 0;
    const reopen = async () => {
      losses++;
      device = await requestDevice();
      return { device, data: await loadMnist(device, base) };
    };
    const training = train(device, await loadMnist(device, base), { ...options, reopen });
    let reports = 0;
    for await (const _ of training)
      if (++reports === moment?.report) setTimeout(() => device.destroy(), moment.later);
    const layers = [...(await training.weights(0)), ...(await training.weights(1))];
    const hashes = await Promise.all(
      layers.map(({ weights }) => sha256(new Uint8Array(weights.buffer))),
    );
    device.destroy();
    return { hash: hashes.join(), losses, reports };
  };
  const whole = await run();
  const found = [];
  for (const moment of moments) {
    const { hash, losses, reports } = await run(moment);
    const wrong = [];
    if (hash !== whole.hash) wrong.push("other bits");
    if (losses !== 1) wrong.push(`${losses} losses`);
    if (reports !== whole.reports) wrong.push(`${reports} reports`);
    found.push({ ...moment, wrong });
  }
  return found;
}

/** After one of the first 15 of 20 reports: the GPU is a few ahead, and must not be at the end. */
const momentsOf = (times: number, random: Random): Moment[] =>
  Array.from({ length: times }, () => ({ report: 1 + random.below(15), later: random.below(40) }));

async function loseInChromium(moments: readonly Moment[]): Promise<Outcome[]> {
  const { page, data, close } = await inChromium();
  const call = `(${lose})(await import("/src/index.ts"), "${data}", ${JSON.stringify(moments)})`;
  const found = await page.evaluate<Outcome[]>(`(async () => ${call})()`);
  await close();
  return found;
}

export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { seed: { type: "string", default: "1" } },
  });
  const [what = "kill", given = what.startsWith("lose") ? "20" : "50"] = positionals;
  const [times, random, log] = [Number(given), new Random(Number(values.seed)), new Log()];
  const started = performance.now();
  if (what === "kill" || what === "term" || what === "term-one")
    await interrupt(what, times, random, log);
  else {
    if (what === "lose-node") withAdapter();
    const moments = momentsOf(times, random);
    const found = await (what === "lose-node"
      ? lose(library, undefined, moments)
      : loseInChromium(moments));
    for (const { report, later, wrong } of found)
      log.add(`device lost ${later} ms after step ${50 * report} of 1,000`, wrong);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`${what}: ${times} times, seed ${values.seed}, ${log.wrong} wrong, ${seconds} s`);
  return log.wrong === 0 ? 0 : 1;
}
