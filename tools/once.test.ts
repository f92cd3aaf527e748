import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, it, vi } from "vitest";
import { inTurn, madeOnce } from "./once";

const folder = mkdtempSync(join(tmpdir(), "stairstep-once-"));
beforeEach(() => void vi.stubEnv("STAIRSTEP_TESTS", folder));
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(folder, { recursive: true }));

it("waits while another process does work of that name, and lets others in afterwards", () => {
  const lock = join(folder, "work.lock");
  mkdirSync(lock);
  const ended = join(folder, "ended");
  const other = `sleep 0.3; touch ${ended}; rmdir ${lock}`;
  spawn("sh", ["-c", other], { stdio: "ignore" });
  expect(inTurn("other work", () => existsSync(ended))).toBe(false);
  expect(inTurn("work", () => existsSync(ended) && existsSync(lock))).toBe(true);
  expect(existsSync(lock)).toBe(false);
  expect(() =>
    inTurn("work", () => {
      throw new Error("it failed");
    }),
  ).toThrow("it failed");
  expect(inTurn("work", () => "again")).toBe("again");
});

it("makes once what it could make, and nothing by halves", () => {
  let times = 0;
  const make = (place: string) => {
    writeFileSync(join(place, `file-${++times}`), "");
    if (times === 1) throw new Error("it failed");
  };
  expect(() => madeOnce("thing", make)).toThrow("it failed");
  for (const _ of [1, 2]) expect(readdirSync(madeOnce("thing", make))).toEqual(["file-2"]);
});

it("works at once outside of Vitest, where nothing is made for several files", () => {
  vi.stubEnv("STAIRSTEP_TESTS", undefined);
  expect(inTurn("work", () => 5)).toBe(5);
  expect(() => madeOnce("thing", () => {})).toThrow("thing is made in a run of Vitest alone");
});
