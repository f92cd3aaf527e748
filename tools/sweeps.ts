/**
 * npm run sweeps [-- parallel | packing | scale] [--log FILE]: what sweeps promise.
 *
 *   parallel   1, 2, 7 and 72 shards by GNU parallel, in any order: the same merged CSV
 *   packing    24 runs that differ in rate and seed: as one population, one by one in one process,
 *              and as 24 processes, by turns
 *   scale      10,000 runs: seconds and memory of --plan, --status and merge
 *
 * Ends with 1 where a CSV differs, or scale's times pass 2, 10 and 10 seconds.
 */
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { readSweep } from "../src/sweep/file";
import { planOf } from "../src/sweep/plan";
import { madeUpFolder } from "./made-up";

const COMMAND = resolve("dist/cli/stairstep.js");

class Sweeps {
  private readonly place = mkdtempSync(join(tmpdir(), "stairstep-sweeps-"));
  constructor(private readonly log: string | undefined) {
    madeUpFolder(this.at("data"), 4);
  }

  at = (name: string): string => join(this.place, name);
  csv = (out: string): string => readFileSync(join(this.at(out), "results.csv"), "utf8");

  say(text: string): void {
    console.log(text);
    if (this.log) appendFileSync(this.log, `${text}\n`);
  }

  write(name: string, sweep: object): string {
    writeFileSync(this.at(name), JSON.stringify(sweep));
    return this.at(name);
  }

  /** Seconds, and the most memory in MB. Throws for another code than 0. */
  run(program: string, args: readonly string[]): { seconds: number; memory: number } {
    const begun = performance.now();
    const told = "process.on('exit',()=>console.error('RSS',process.resourceUsage().maxRSS))";
    const env = { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${told}` };
    const { status, stderr, stdout } = spawnSync(program, args, { encoding: "utf8", env });
    if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${status} ${stderr}${stdout}`);
    const seconds = (performance.now() - begun) / 1000;
    return { seconds, memory: Number(/RSS (\d+)/.exec(stderr)?.[1] ?? 0) / 1024 };
  }

  stairstep = (...args: string[]) => this.run(process.execPath, [COMMAND, ...args]);

  remove(): void {
    rmSync(this.place, { recursive: true });
  }
}

function byParallel(sweeps: Sweeps): boolean {
  const file = sweeps.write("s.json", {
    ...{ data: "data", hidden: 10, batch: 20, steps: 300, seeds: "1..3" },
    neuron: { grid: ["binary", "onehot:3"] },
    lr: { grid: [0.1, 0.3, 0.5] },
    slope: { grid: [0.5, 1, 1.5, 2] },
  });
  let same = true;
  for (const count of [1, 2, 7, 72]) {
    const out = sweeps.at(`n${count}`);
    const words = [process.execPath, COMMAND, "sweep", file, "--allow-software", "--out", out];
    // The script as it is printed for one; the others in an order of chance.
    if (count === 7) {
      const { stdout } = spawnSync(
        words[0] as string,
        [...words.slice(1), "--print", "parallel", "--tasks", "7"],
        { encoding: "utf8" },
      );
      writeFileSync(sweeps.at("printed.sh"), stdout);
    }
    const { seconds } =
      count === 7
        ? sweeps.run("sh", [sweeps.at("printed.sh")])
        : sweeps.run("parallel", [
            ...["--shuf", "--jobs", "2", `${words.join(" ")} --shard {}/${count}`, ":::"],
            ...Array.from({ length: count }, (_, i) => `${i + 1}`),
          ]);
    sweeps.stairstep("merge", file, "--out", out);
    const equal = sweeps.csv(`n${count}`) === sweeps.csv("n1");
    same &&= equal;
    const rows = sweeps.csv(`n${count}`).trim().split("\n").length - 1;
    sweeps.say(
      `parallel   n = ${String(count).padStart(2)}: ${rows} rows, ${seconds.toFixed(0)} s, ` +
        (equal ? "the same CSV" : "ANOTHER CSV"),
    );
  }
  return same;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

/** Rounds, by turns: other work on the machine troubles all alike. */
const ROUNDS = 3;

function packing(sweeps: Sweeps): boolean {
  const cases = [
    { name: "tanh 10 on 12 × 12 pixels", data: "data", neuron: "tanh", hidden: 10, steps: 500 },
    { name: "tanh 100 on MNIST", data: "mnist", neuron: "tanh", hidden: 100, steps: 100 },
  ];
  for (const { name, ...settings } of cases) {
    const file = sweeps.write("p.json", {
      ...{ ...settings, lr: { grid: [0.1, 0.2, 0.3, 0.5] }, seeds: "1..6" },
    });
    const data = settings.data === "data" ? sweeps.at("data") : settings.data;
    const sweep = (out: string, most: number) => {
      rmSync(sweeps.at(out), { recursive: true, force: true });
      const flags = ["--allow-software", "--out", sweeps.at(out), "--population", `${most}`];
      return sweeps.stairstep("sweep", file, ...flags).seconds;
    };
    const single = () => {
      const { neuron, hidden, steps } = settings;
      const flags = `--neuron ${neuron} --hidden ${hidden} --steps ${steps} --json`.split(" ");
      return sweeps.stairstep("train", "--data", data, ...flags).seconds;
    };
    const times: [number, number, number][] = [];
    for (let i = 0; i < ROUNDS; i++)
      times.push([sweep("packed", 24), sweep("single", 1), single()]);
    for (const out of ["packed", "single"])
      sweeps.stairstep("merge", file, "--out", sweeps.at(out));
    if (sweeps.csv("packed") !== sweeps.csv("single")) return false;
    const [packed, one, alone] = [0, 1, 2].map((i) => median(times.map((t) => t[i] as number))) as [
      number,
      number,
      number,
    ];
    sweeps.say(
      `packing    ${name}, ${settings.steps} steps × 24 runs: as one population ` +
        `${packed.toFixed(1)} s; one by one in one process ${one.toFixed(1)} s, ` +
        `${(one / packed).toFixed(2)} ×; as 24 processes ${(24 * alone).toFixed(1)} s (24 times ` +
        `one), ${((24 * alone) / packed).toFixed(2)} ×; the same CSV`,
    );
  }
  return true;
}

async function scale(sweeps: Sweeps): Promise<boolean> {
  const tiny = { data: "data", hidden: 4, steps: 100, batch: 10 };
  const one = sweeps.write("one.json", { ...tiny, lr: 0.1 });
  sweeps.stairstep("sweep", one, "--allow-software", "--out", sweeps.at("one"));
  const runs = join(sweeps.at("one"), "runs");
  const [name = ""] = readdirSync(runs).filter((file) => file.endsWith(".json"));
  const result = JSON.parse(readFileSync(join(runs, name), "utf8"));
  const file = sweeps.write("many.json", {
    ...{ ...tiny, seeds: "1..10", lr: { range: { from: 0.1, to: 1, count: 100 } } },
    slope: { range: { from: 1, to: 2, count: 10 } },
  });
  const out = sweeps.at("many");
  mkdirSync(join(out, "runs"), { recursive: true });
  // A trained result, under the key of each run: reading and merging take what they take.
  for (const { key, name: called, member } of (await planOf(await readSweep(file))).runs)
    writeFileSync(
      join(out, "runs", `${key}${name.slice(16)}`),
      JSON.stringify({ ...result, key, name: called, member }),
    );
  let fast = true;
  const verbs = { "sweep --plan": 2, "sweep --status": 10, merge: 10 };
  for (const [verb, most] of Object.entries(verbs)) {
    const [command = "", ...flags] = verb.split(" ");
    const where = verb === "sweep --plan" ? sweeps.at("none") : out;
    const { seconds, memory } = sweeps.stairstep(command, file, ...flags, "--out", where);
    fast &&= seconds < most;
    sweeps.say(
      `scale      ${verb} of 10,000 runs: ${seconds.toFixed(1)} s of ${most}, ` +
        `${memory.toFixed(0)} MB`,
    );
  }
  return fast;
}

export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { log: { type: "string" } },
  });
  const all = { parallel: byParallel, packing, scale };
  const sweeps = new Sweeps(values.log);
  let right = true;
  for (const [name, work] of Object.entries(all))
    if (positionals.length === 0 || positionals.includes(name)) right &&= await work(sweeps);
  sweeps.remove();
  return right ? 0 : 1;
}
