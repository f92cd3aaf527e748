import { expect, it } from "vitest";
import { GUESSES, tally } from "./guesses";

const rows = (row: (i: number) => readonly number[]) =>
  Float32Array.from(Array.from({ length: GUESSES }, (_, i) => row(i)).flat());

it("counts readings, and says between what it was sure", () => {
  const { counts, mean, text } = tally(rows((i) => (i < 25 ? [0.25, 0.75] : [0.875, 0.125])));
  expect(counts).toEqual([
    [75, 0],
    [25, 1],
  ]);
  expect(mean).toEqual([0.71875, 0.28125]);
  expect(text).toContain("100 times over it read 0 (75 ×), 1 (25 ×)");
  expect(text).toContain("between 25.0 % and 87.5 % sure of the 0");
});

it("says of a network without chance that it has none", () => {
  const { counts, text } = tally(rows(() => [0.25, 0.75]));
  expect(counts).toEqual([]);
  expect(text).toContain("Nothing in this network is decided by chance");
});
