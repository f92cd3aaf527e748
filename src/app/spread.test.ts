import fc from "fast-check";
import { expect, it } from "vitest";
import { spread } from "./spread";

it("leaves labels that are apart where they belong", () => {
  expect(spread([10, 50, 30], 15, 0, 100)).toEqual([10, 50, 30]);
});

it("shares the way of those that would overlap", () => {
  expect(spread([50, 50], 10, 0, 100)).toEqual([45, 55]);
  expect(spread([50, 52, 48], 10, 0, 100)).toEqual([50, 60, 40]);
  expect(spread([2, 2], 10, 0, 100)).toEqual([0, 10]);
  expect(spread([99, 98], 10, 0, 100)).toEqual([100, 90]);
});

it("keeps the order, the gap and the bounds, of as many as there is room for", () => {
  // Of doubles, nearly all would lie next to 0.
  const place = fc.integer({ min: -200, max: 3200 }).map((tenths) => tenths / 10);
  const wanted = fc.array(place, { maxLength: 20 });
  fc.assert(
    fc.property(wanted, (wanted) => {
      const places = spread(wanted, 15, 0, 300);
      const sorted = [...places].sort((a, b) => a - b);
      for (const [i, place] of sorted.entries()) {
        expect(place).toBeGreaterThanOrEqual(0);
        expect(place).toBeLessThanOrEqual(300 + 1e-9);
        if (i > 0) expect(place - (sorted[i - 1] as number)).toBeGreaterThan(15 - 1e-9);
      }
      wanted.forEach((a, i) => {
        wanted.forEach((b, j) => {
          if (a < b) expect(places[i]).toBeLessThan(places[j] as number);
        });
      });
    }),
  );
});
