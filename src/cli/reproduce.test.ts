/** `stairstep reproduce`, killed and run again. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { build, stairstep, start } from "./built";

const folder = mkdtempSync(join(tmpdir(), "stairstep-reproduce-"));
const command = (out: string) =>
  `reproduce baseline --epochs 1 --members 2 --out ${join(folder, out)}`;
const written = (out: string, file: string) => readFileSync(join(folder, out, file), "utf8");
const withoutTimes = (report: string) => report.replace(/<dt>Time<\/dt><dd>.*?<\/dd>/, "");

beforeAll(build);
afterAll(() => rmSync(folder, { recursive: true }));

it("gives the same report after a SIGKILL as without one, and trains nothing twice", async () => {
  expect(stairstep(command("whole")).status).toBe(0);
  const killed = start(command("killed"));
  const first = join(folder, "killed/runs/tanh.json");
  while (!existsSync(first)) await sleep(20);
  await sleep(500); // into the second run
  await killed.kill();
  expect(existsSync(join(folder, "killed/report.html"))).toBe(false);
  const again = stairstep(command("killed"));
  expect(again.stdout).toMatch(/Found +1 of 2 runs/);
  expect(withoutTimes(written("killed", "report.html"))).toBe(
    withoutTimes(written("whole", "report.html")),
  );
  expect(written("killed", "results.csv")).toBe(written("whole", "results.csv"));
  expect(written("killed", "figures/baseline.svg")).toBe(written("whole", "figures/baseline.svg"));
  expect(stairstep(command("killed")).stdout).toMatch(/Found +2 of 2 runs/);
});

it("draws every figure and says every number in a report that needs nothing else", () => {
  const report = written("whole", "report.html");
  expect(report.match(/<svg[^>]* role="img"/g)?.length).toBe(3 + 2 * 8);
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

it("refuses a damaged result and a folder that cannot be", () => {
  writeFileSync(join(folder, "whole/runs/tanh.json"), "{}");
  const { status, stderr } = stairstep(command("whole"));
  expect([status, stderr.trim()]).toEqual([
    3,
    expect.stringMatching(/tanh.json is not a result of reproduce: delete it/),
  ]);
  expect(stairstep("reproduce baseline --out package.json/x").stderr).toMatch(
    /package.json\/x cannot be made \(ENOTDIR\): choose another with --out/,
  );
});
