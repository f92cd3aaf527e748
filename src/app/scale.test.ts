import { expect, it } from "vitest";
import { accuracyAt, accuracyRange, height, ticksOf } from "./scale";

it("is as high for each halving of the errors", () => {
  const rise = (from: number, to: number) => height(to) - height(from);
  expect(rise(80, 90)).toBeCloseTo(rise(90, 95), 12);
  expect(rise(98, 99)).toBeCloseTo(rise(0, 50), 12);
  expect(accuracyAt(height(97.3))).toBeCloseTo(97.3, 9);
  expect(height(100)).toBe(height(99.9)); // no errors at all
});

it("reaches from the tick below the least to that above the largest", () => {
  expect(accuracyRange([])).toEqual([0, 99]);
  expect(accuracyRange([100])).toEqual([98, 99.9]);
  expect(accuracyRange([9.8, 97.9])).toEqual([0, 98]);
  expect(accuracyRange([96, 98])).toEqual([95, 99]);
  expect(accuracyRange([81, 100])).toEqual([80, 99.9]);
});

it("has ticks whose labels do not touch, both ends among them", () => {
  expect(ticksOf(95, 99)).toEqual([95, 98, 99]);
  const all = ticksOf(0, 99.9).map(height);
  const rises = all.slice(1).map((top, i) => top - (all[i] as number));
  expect(Math.min(...rises)).toBeGreaterThan(0.09 * (height(99.9) - height(0)));
  expect(all).toHaveLength(10);
});
