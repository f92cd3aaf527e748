import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Device } from "../runtime/device";
import { Pace } from "./pace";

const piece = (steps: number) => [{ steps, fill: false, report: false, keep: false }];
const device = (software: boolean) => ({ adapter: { software } }) as Device;
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Measures submits of `steps` that are told of after so many ms. */
async function measured(pace: Pace, steps: number, ms: number): Promise<void> {
  const done = pace.measure(piece(steps), () => wait(ms));
  await vi.advanceTimersByTimeAsync(ms);
  await done;
}

describe("the pace", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("cuts submits by the time that steps have taken", async () => {
    const pace = new Pace();
    expect(pace.steps(device(false))).toBe(50);
    await measured(pace, 50, 500); // 10 ms a step
    expect([false, true].map((software) => pace.steps(device(software)))).toEqual([5, 200]);
    expect([false, true].map((software) => pace.depth(device(software)))).toEqual([2, 1]);
  });

  it("keeps to a time that is given, on any adapter", async () => {
    const pace = new Pace(40);
    await measured(pace, 50, 500);
    expect([false, true].map((software) => pace.steps(device(software)))).toEqual([4, 4]);
  });

  it("makes submits long in Firefox, which tells of them late", async () => {
    const pace = new Pace(
      40,
      "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
    );
    await measured(pace, 50, 500);
    expect([false, true].map((software) => pace.steps(device(software)))).toEqual([30, 200]);
    expect(pace.depth(device(false))).toBe(2);
    // Steps of 1 ms, told of every 100 ms: more and more of them, until they take long enough.
    for (let told = 0; told < 8; told++) {
      const steps = pace.steps(device(false));
      await measured(pace, steps, 100 * Math.ceil(steps / 100));
    }
    expect(pace.steps(device(false))).toBeGreaterThanOrEqual(200);
  });

  it("refuses a time that is none", () => {
    for (const ms of [0, -1, Number.NaN])
      expect(() => new Pace(ms)).toThrow(`submitMs must be a number above 0, got ${ms}`);
  });

  it("does not take two submits that are told of at once for a fast one", async () => {
    const pace = new Pace(40);
    await measured(pace, 50, 500);
    await Promise.all([
      pace.measure(piece(4), async () => {}),
      pace.measure(piece(4), async () => {}),
    ]);
    expect(pace.steps(device(true))).toBeLessThanOrEqual(16);
  });
});
