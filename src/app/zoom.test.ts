import fc from "fast-check";
import { expect, it } from "vitest";
import { between, following, LEAST, moved, type Range, zoomed } from "./zoom";

it("halves and doubles about an epoch, which stays where it was", () => {
  expect(zoomed([0, 20], 0.5, 10, 20)).toEqual([5, 15]);
  expect(zoomed([0, 20], 0.5, 0, 20)).toEqual([0, 10]);
  expect(zoomed([4, 8], 2, 5, 20)).toEqual([3, 11]);
  expect(zoomed([5, 15], 2, 10, 20)).toBeUndefined(); // all of it
});

it("moves to either end and no further", () => {
  expect(moved([4, 8], 3, 20)).toEqual([7, 11]);
  expect(moved([4, 8], -30, 20)).toEqual([0, 4]);
  expect(moved([4, 8], 30, 20)).toEqual([16, 20]);
  expect(following([4, 8], 6, 20)).toEqual([4, 8]);
  expect(following([4, 8], 9, 20)).toEqual([5, 9]);
  expect(following([4, 8], 1, 20)).toEqual([1, 5]);
});

it("takes a drag either way, and shows two reports at the least", () => {
  expect(between(8, 4, 20)).toEqual([4, 8]);
  expect(between(4, 4, 20)).toEqual([4, 4 + LEAST]);
  expect(between(-3, 40, 20)).toBeUndefined();
});

it("never leaves the epochs that there are", () => {
  // Of doubles, nearly all would lie next to 0.
  const tenth = (tenths: number) => tenths / 10;
  const number = fc.integer({ min: -500, max: 500 }).map(tenth);
  const until = fc.integer({ min: 5, max: 500 }).map(tenth);
  fc.assert(
    fc.property(until, number, number, number, fc.constantFrom(0.5, 2), (end, a, b, by, factor) => {
      const range: Range = between(a, b, end) ?? [0, end];
      for (const next of [range, moved(range, by, end), zoomed(range, factor, range[0], end)]) {
        const [from, to] = next ?? [0, end];
        expect(from).toBeGreaterThanOrEqual(0);
        expect(to).toBeLessThanOrEqual(end + 1e-9);
        expect(to - from).toBeGreaterThan(Math.min(LEAST, end) - 1e-9);
      }
    }),
  );
});
