/** `stairstep sweep` and `merge` as processes: shards, stops, failures, damage. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { madeUpFolder } from "../../tools/made-up";
import { build, COMMAND, stairstep } from "./built";

const folder = mkdtempSync(join(tmpdir(), "stairstep-sweep-"));
const file = (name: string) => join(folder, name);
const BASE = { data: "data", neuron: "binary", hidden: 10, batch: 10 };
const write = (name: string, sweep: object) =>
  writeFileSync(file(`${name}.json`), JSON.stringify({ ...BASE, ...sweep }));
const sweep = (name: string, more = "", env: NodeJS.ProcessEnv = {}) =>
  stairstep(`sweep ${file(`${name}.json`)} --allow-software ${more}`.trim(), env);
const merge = (name: string, more = "") =>
  stairstep(`merge ${file(`${name}.json`)} ${more}`.trim());
const csv = (out: string) => readFileSync(join(file(out), "results.csv"), "utf8");
const endings = (out: string, ending: string) =>
  readdirSync(join(file(out), "runs")).filter((name) => name.endsWith(ending));

const disk = file("disk");
mkdirSync(disk);
const mount = (options: string) =>
  spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", disk]).status === 0;
// Root alone may, and not in every container.
const small = process.getuid?.() === 0 && mount("size=24k");

beforeAll(() => {
  build();
  madeUpFolder(file("data"), 4);
  write("s", {
    ...{ steps: 200, seeds: "1..2", lr: { grid: [0.1, 0.5] } },
    batch: { grid: [10, 20] },
  });
  expect(sweep("s")).toMatchObject({ status: 0, stderr: "" });
  expect(merge("s").status).toBe(0);
});
afterAll(() => {
  if (small) spawnSync("umount", [disk]);
  rmSync(folder, { recursive: true });
});

it("gives the same CSV however the plan is parted and packed, and trains nothing twice", () => {
  const out = `--out ${file("parted")}`;
  for (const index of [3, 1, 2]) {
    const env = { JOB_COMPLETION_INDEX: `${index - 1}` };
    const { status, stdout } = sweep("s", `${out} --shards 3 --population ${index}`, env);
    expect([status, stdout]).toEqual([0, expect.stringContaining(`(shard ${index}/3)`)]);
  }
  expect(merge("s", out).status).toBe(0);
  expect(csv("parted")).toBe(csv("s-results"));
  expect(csv("parted").trim().split("\r\n")).toHaveLength(9);
  const again = sweep("s", out);
  expect(again.stdout.match(/^Done .*/gm)).toEqual(["Done        8 of 8 runs"]);
  const report = readFileSync(join(file("parted"), "report.html"), "utf8");
  expect(report.match(/<svg[^>]* role="img"/g)).toHaveLength(1 + 2 + 2 + 1);
  expect(report).not.toMatch(/<script|<link|src=|NaN|undefined|Infinity/);
});

it("mends a result that was cut short, and merges what is there, naming what is not", () => {
  const out = file("s-results");
  const before = csv("s-results");
  const [cut = "", gone = ""] = endings("s-results", ".json");
  truncateSync(join(out, "runs", cut), 200);
  rmSync(join(out, "runs", gone));
  const merged = merge("s");
  expect(merged.status).toBe(3);
  expect(merged.stderr).toMatch(/Warning {5}\S+json is damaged or no result of a sweep: run/);
  expect(merged.stderr.match(/^Missing {5}batch=.*$/gm)).toHaveLength(2);
  expect(merged.stderr).toContain("2 of 8 runs are missing, and nothing was written");
  expect(csv("s-results")).toBe(before);
  expect(merge("s", "--allow-missing").status).toBe(0);
  expect(sweep("s", "--status").stdout).toMatch(/Done {8}6 of 8 runs\nMissing {5}2 \(batch=/);
  expect(sweep("s").stderr).toMatch(/json is damaged/);
  expect(merge("s").status).toBe(0);
  expect(csv("s-results")).toBe(before);
});

it("refuses to mix kinds of kernels unless told", () => {
  const name = "s";
  expect(sweep(name, "--kernels gpu --shard 1/8").status).toBe(0);
  const { status, stderr } = merge(name);
  expect([status, stderr]).toEqual([
    3,
    expect.stringMatching(
      /several kinds, .*\(8 by Stairstep \S+ on software adapters; 1 by .*, gpu kernels\): choose/,
    ),
  ]);
  const before = csv("s-results");
  expect(merge(name, "--mix").status).toBe(0);
  expect(csv("s-results")).toBe(before);
});

it("leaves runs that diverge behind, says which, and does not train them again", () => {
  write("d", { steps: 200, seeds: "1..2", lr: { grid: [0.5, 1e38] } });
  write("alone", { steps: 200, seeds: "1..2", lr: { grid: [0.5] } });
  const first = sweep("d");
  expect(first.status).toBe(4);
  expect(first.stdout).toMatch(/Done {8}2 of 4 runs, 2 failed/);
  expect(first.stderr.match(/^Failed {6}lr=1e\+38, seed \d: the loss became/gm)).toHaveLength(2);
  expect(sweep("alone").status).toBe(0);
  const hashes = (name: string) =>
    endings(`${name}-results`, ".json").map(
      (one) =>
        JSON.parse(readFileSync(join(file(`${name}-results`), "runs", one), "utf8")).weightsSha256,
    );
  expect(hashes("d").sort()).toEqual(hashes("alone").sort());
  expect(sweep("d", "--status").stdout).toMatch(/Failed {6}2\n +lr=1e\+38, seed 1: the loss/);
  const again = sweep("d");
  expect([again.status, again.stdout.match(/^Done.*/gm)]).toEqual([
    4,
    ["Done        2 of 4 runs, 2 failed (--status says why)"],
  ]);
  expect(merge("d").stderr).toMatch(/Failed {6}lr=1e\+38, seed 2: the loss/);
});

describe("stopped", () => {
  const LONG = { steps: 3000, seeds: "1..3", batch: 20, hidden: 30 };
  let whole: string;
  beforeAll(() => {
    write("long", LONG);
    expect(sweep("long", `--out ${file("whole")}`).status).toBe(0);
    merge("long", `--out ${file("whole")}`);
    whole = csv("whole");
  });

  /** Starts as `program` says, and calls `stop` once a state is kept. */
  async function stopped(
    out: string,
    [program = "", ...before]: readonly string[],
    stop: (child: ChildProcess) => void,
    env: NodeJS.ProcessEnv = {},
    every = 0.001,
  ) {
    const args =
      `sweep ${file("long.json")} --allow-software --keep-every ${every} ` + `--out ${file(out)}`;
    const more = env.JOB_COMPLETION_INDEX ? ["--shards", "1"] : [];
    const child = spawn(program, [...before, COMMAND, ...args.split(" "), ...more], {
      detached: true,
      stdio: "ignore",
      env: { ...process.env, ...env },
    });
    const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
    const runs = join(file(out), "runs");
    while (!existsSync(runs) || endings(out, ".safetensors").length < 3) await sleep(10);
    stop(child);
    return ended;
  }
  const goesOn = (out: string) => {
    expect(sweep("long", `--out ${file(out)}`).status).toBe(0);
    expect(merge("long", `--out ${file(out)}`).status).toBe(0);
    expect(csv(out)).toBe(whole);
    const results = (name: string) =>
      endings(name, ".json").map((one) => {
        const { curve } = JSON.parse(readFileSync(join(file(name), "runs", one), "utf8"));
        return curve;
      });
    expect(results(out)).toEqual(results("whole"));
    expect(endings(out, ".safetensors")).toEqual([]);
  };

  it("by SIGTERM ends with 75, and goes on to the same bits, curves included", async () => {
    // Replaced, not by its time: a file system's clock is milliseconds behind `Date.now()`.
    const states = () =>
      endings("term", ".safetensors").map((one) => statSync(join(file("term"), "runs", one)).ino);
    let before: number[] = [];
    const stop = (child: ChildProcess) => {
      before = states();
      child.kill("SIGTERM");
    };
    expect(await stopped("term", [process.execPath], stop, {}, 0.3)).toBe(75);
    const after = states();
    expect(after).toHaveLength(3);
    expect(after.filter((ino, index) => ino === before[index])).toEqual([]);
    // What a run took before it was stopped counts.
    const runs = join(file("term"), "runs");
    const read = (one: string) => JSON.parse(readFileSync(join(runs, one), "utf8"));
    for (const one of endings("term", ".curve")) {
      const history = read(one);
      expect(history.seconds).toBeGreaterThan(0.1);
      writeFileSync(
        join(runs, one),
        JSON.stringify({ ...history, seconds: history.seconds + 1000 }),
      );
    }
    expect(sweep("long", `--out ${file("term")} --status`).stdout).toMatch(/Stopped {5}3 \(/);
    goesOn("term");
    for (const one of endings("term", ".json")) expect(read(one).seconds).toBeGreaterThan(1000);
  });

  it("by SIGKILL goes on from what is on disk; a checkpoint cut short begins again", async () => {
    await stopped("kill", [process.execPath], ({ pid }) =>
      process.kill(-(pid as number), "SIGKILL"),
    );
    const [one = ""] = endings("kill", ".safetensors");
    truncateSync(join(file("kill"), "runs", one), 300);
    goesOn("kill");
  });

  it("as process 1 of a pod passes SIGTERM on", async () => {
    const user = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
    const first = ["unshare", ...user, "--pid", "--fork", process.execPath];
    const inside = ({ pid }: ChildProcess) =>
      process.kill(Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")), "SIGTERM");
    expect(await stopped("pod", first, inside, { JOB_COMPLETION_INDEX: "0" })).toBe(75);
    goesOn("pod");
  });

  it("lets two processes do the same runs", async () => {
    const other = spawn(process.execPath, [
      COMMAND,
      ...`sweep ${file("long.json")} --allow-software --out ${file("two")}`.split(" "),
    ]);
    const ended = new Promise((resolve) => other.on("exit", resolve));
    expect(sweep("long", `--out ${file("two")}`).status).toBe(0);
    expect(await ended).toBe(0);
    goesOn("two");
  });
});

it("ends with 2 for a bad file, 5 without a GPU, and 3 where nothing can be written", () => {
  write("bad", { lr: { grid: [] } });
  expect(sweep("bad")).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^error: \S+bad\.json: the grid of lr must be a list.*\n$/),
  });
  const { status, stderr } = stairstep(`sweep ${file("s.json")} --out ${file("no")}`);
  if (status !== 0) {
    expect([status, stderr]).toEqual([
      5,
      expect.stringMatching(/^error: there is no GPU here: .*--allow-software\n$/),
    ]);
    const state = () => sweep("s", `--out ${file("no")} --status`).stdout;
    expect(state()).toMatch(
      /Done {8}0 of 8 runs\nFailed {6}8\n +8 runs of shard 1\/1 on \S+: there is no GPU here/,
    );
    expect(sweep("s", `--out ${file("no")} --shard 1/2`).status).toBe(0);
    expect(state()).toMatch(/Done {8}5 of 8 runs\nFailed {6}3\n +3 runs of shard 1\/1/);
    expect(sweep("s", `--out ${file("no")}`).status).toBe(0);
    expect(readdirSync(join(file("no"), "running"))).toEqual([]);
  }
  expect(sweep("s", "--adapter 1")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("by name alone"),
  });
  writeFileSync(file("plain"), "");
  expect(sweep("s", `--out ${file("plain")}/x`)).toMatchObject({
    status: 3,
    stderr: expect.stringMatching(
      /plain\/x\/runs cannot be made \(ENOTDIR\): choose another with --out\n$/,
    ),
  });
  mkdirSync(file("locked"));
  chmodSync(file("locked"), 0o500);
  // Root may write anywhere.
  if (process.getuid?.() !== 0)
    expect(sweep("s", `--out ${file("locked")}`)).toMatchObject({ status: 3 });
});

it.runIf(small)("names a disk that is full, and goes on once it is not", () => {
  const full = sweep("s", `--out ${disk}/out`);
  expect(full.status).toBe(3);
  expect(full.stderr).toMatch(/could not be written \(ENOSPC\): free the space, or choose another/);
  const done = endings("disk/out", ".json").length;
  expect(mount("remount,size=1m")).toBe(true);
  const rest = sweep("s", `--out ${disk}/out`);
  expect(rest.status).toBe(0);
  expect(rest.stdout.match(/^Done .*batch=/gm) ?? []).toHaveLength(8 - done);
  expect(merge("s", `--out ${disk}/out`).status).toBe(0);
  expect(csv("disk/out")).toBe(csv("s-results"));
});
