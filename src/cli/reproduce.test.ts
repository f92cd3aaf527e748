/** `stairstep reproduce`: killed and run again, in shards, and of results that are there. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { madeUpFolder } from "../../tools/made-up";
import { build, stairstep, start } from "./built";

const folder = mkdtempSync(join(tmpdir(), "stairstep-reproduce-"));
const command = (out: string, more = "") =>
  `reproduce baseline --epochs 1 --members 2 --out ${join(folder, out)} ${more}`.trim();
const written = (out: string, file: string) => readFileSync(join(folder, out, file), "utf8");
const withoutTimes = (report: string) => report.replace(/<dt>Time<\/dt><dd>.*?<\/dd>/, "");
const files = (out: string, name: RegExp) => {
  try {
    return readdirSync(join(folder, out), { recursive: true }).filter((f) => name.test(String(f)));
  } catch {
    return [];
  }
};
const RESULT = /^runs\/[0-9a-f-]+\.json$/;

const expectAsWhole = (out: string) => {
  expect(withoutTimes(written(out, "report.html"))).toBe(
    withoutTimes(written("whole", "report.html")),
  );
  for (const file of ["results.csv", "figures/baseline.svg"])
    expect(written(out, file)).toBe(written("whole", file));
};

beforeAll(build);
afterAll(() => rmSync(folder, { recursive: true }));

it("gives the same report after a SIGKILL as without one, and trains nothing twice", async () => {
  expect(stairstep(command("whole")).status).toBe(0);
  const killed = start(command("killed"));
  while (files("killed", RESULT).length < 2) await sleep(20);
  await sleep(500); // into the second run
  await killed.kill();
  expect(files("killed", /report.html/)).toEqual([]);
  const again = stairstep(command("killed"));
  expect(again.stdout).toMatch(/Found +2 of 4 runs/);
  expectAsWhole("killed");
  expect(stairstep(command("killed")).stdout).toMatch(/Found +4 of 4 runs/);
});

it("gives the same report in two shards, by the one that ends last", () => {
  const first = stairstep(command("shards", "--shard 2/2"));
  expect([first.status, first.stdout]).toEqual([
    0,
    expect.stringMatching(/none yet: 2 of 4 runs are left to other shards/),
  ]);
  expect(files("shards", /report.html/)).toEqual([]);
  const status = stairstep(command("shards", "--status"));
  expect(status.stdout).toMatch(/Done +2 of 4 runs\nMissing +2 \(tanh, seed 1; tanh, seed 2\)/);
  const last = stairstep(command("shards", "--shards 2"), { JOB_COMPLETION_INDEX: "0" });
  expect([last.status, last.stderr]).toEqual([0, ""]);
  expect(last.stdout).toContain("(shard 1/2)");
  expectAsWhole("shards");
});

it("gives the committed results, as far as it trains", () => {
  const results = (file: string) =>
    JSON.parse(readFileSync(file, "utf8")) as {
      [key: string]: unknown;
      training: number[][];
      validation: number[][];
    }[];
  const ours = results(join(folder, "shards/results.json"));
  const committed = results("docs/reproduction/results.json");
  expect(ours.map(({ id }) => id)).toEqual(["tanh", "sigmoid"]);
  for (const { id, adapter, training, validation } of ours) {
    const theirs = committed.find((one) => one.id === id)!;
    // Other adapters sum in another order.
    const digits = adapter === theirs.adapter ? 12 : 2;
    for (const [ours, their] of [
      [training, theirs.training],
      [validation, theirs.validation],
    ] as const)
      for (const [seed, points] of ours.entries()) {
        expect(points).toHaveLength(4);
        for (const [i, share] of points.entries())
          expect(share).toBeCloseTo(their[seed]![i]!, digits);
      }
  }
});

it("draws every figure and says every number in a report that needs nothing else", () => {
  const report = written("whole", "report.html");
  expect(report.match(/<svg[^>]* role="img"/g)?.length).toBe(3 + 2 * 10);
  expect(report.match(/aria-label="[^"]{40,}/g)?.length).toBeGreaterThanOrEqual(19);
  expect(report).not.toMatch(/<script|<link|src=|NaN|undefined|Infinity/);
  const figure = written("whole", "figures/baseline.svg");
  expect(figure).toMatch(
    /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[^>]*"Validation [^:]*end: tanh 9\d\.\d\d %/,
  );
  expect(figure).toContain("--c0:");
  expect(figure).not.toMatch(/NaN|undefined|&nbsp;/);
  const accuracy = Number(/tanh<\/th><td>1, 2<\/td><td>([\d.]+) ±/.exec(report)?.[1]);
  expect(accuracy).toBeGreaterThan(94.5);
});

it("writes the report of a results.json anew", () => {
  const out = join(folder, "from");
  const { status, stderr } = stairstep(
    `reproduce --from docs/reproduction/results.json --out ${out}`,
  );
  expect([status, stderr]).toEqual([0, ""]);
  for (const file of ["results.csv", "results.json", "figures/staircases.svg"])
    expect(written("from", file)).toBe(readFileSync(join("docs/reproduction", file), "utf8"));
  expect(stairstep(`reproduce --from ${out}/results.csv`)).toMatchObject({
    status: 3,
    stderr: expect.stringMatching(/results.csv is no results.json of reproduce: give one/),
  });
  expect(
    stairstep(`reproduce ternary --from ${join(folder, "whole/results.json")} --out ${out}`),
  ).toMatchObject({ status: 3, stderr: expect.stringMatching(/has no run ternary of ternary/) });
});

it("mends a damaged result, and refuses a folder that cannot be and other data", () => {
  const [cut = ""] = files("whole", RESULT);
  truncateSync(join(folder, "whole", String(cut)), 200);
  const { status, stderr } = stairstep(command("whole"));
  expect([status, stderr.trim()]).toEqual([
    0,
    expect.stringMatching(/json is damaged or no result of a sweep: run the sweep again/),
  ]);
  expectAsWhole("killed");
  expect(stairstep("reproduce baseline --out package.json/x")).toMatchObject({
    status: 3,
    stderr: expect.stringMatching(
      /package.json\/x\/runs cannot be made \(ENOTDIR\): choose another with --out/,
    ),
  });
  const other = madeUpFolder(join(folder, "other"), 4);
  expect(stairstep(`reproduce fashion --fashion ${other} --out ${join(folder, "no")}`)).toEqual({
    status: 3,
    stdout: "",
    stderr: expect.stringMatching(/other holds other data than Fashion-MNIST \([0-9a-f]+\): give/),
  });
});
