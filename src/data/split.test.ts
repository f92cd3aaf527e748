import fc from "fast-check";
import { expect, it } from "vitest";
import { oneSided } from "./one-sided";
import { stratified } from "./split";

const count = (labels: Iterable<number>) => {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
};

it("takes a share of each class, whatever the order of the labels", () => {
  const sorted = Uint32Array.from({ length: 1200 }, (_, i) => Math.floor(i / 120));
  for (const labels of [sorted, sorted.toReversed()]) {
    const { order, first } = stratified(labels, 100, 1);
    expect(first).toBe(100);
    const chosen = count(order.slice(0, first).map((i) => labels[i] as number));
    expect([...chosen.values()]).toEqual(new Array(10).fill(10));
  }
});

it("is a permutation drawn by its seed, with no class left without an image to learn from", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(6), { minLength: 12, maxLength: 300 }),
      fc.nat(9),
      (values, seed) => {
        const labels = Uint32Array.from(values);
        const size = Math.floor(labels.length / 12);
        const { order, first } = stratified(labels, size, seed);
        expect(order.toSorted((a, b) => a - b)).toEqual([...labels.keys()]);
        expect(first).toBeLessThanOrEqual(size);
        expect(stratified(labels, size, seed)).toEqual({ order, first });
        const learned = count(order.slice(first).map((i) => labels[i] as number));
        expect(learned.size).toBe(count(labels).size);
        const shares = count(order.slice(0, first).map((i) => labels[i] as number));
        for (const [label, all] of count(labels))
          expect(Math.abs((shares.get(label) ?? 0) - all / 12)).toBeLessThan(2);
      },
    ),
    { seed: 1, numRuns: 300 },
  );
  const labels = Uint32Array.from({ length: 600 }, (_, i) => i % 5);
  expect(stratified(labels, 50, 1).order).not.toEqual(stratified(labels, 50, 2).order);
});

it("names splits that lack classes, and says nothing of sound ones", () => {
  const split = (of: readonly number[], n: number) => ({
    labels: Uint32Array.from({ length: n }, (_, i) => of[i % of.length] as number),
  });
  const said = (training: number[], validation: number[], test: number[]) =>
    oneSided({
      training: { first: 0, count: 600, ...split(training, 600) },
      validation: split(validation, 60),
      test: { ...split(test, 60), pixels: new Uint8Array() },
    });
  expect(said([0, 1, 2], [0, 1, 2], [2, 1, 0])).toEqual([]);
  expect(said([0, 1, 2], [1], [2, 1, 0])).toEqual([
    "all 60 images of the validation set have the class 1; accuracies mislead.",
  ]);
  expect(said([0, 1, 2], [0, 1, 2], [0, 1])).toEqual([
    "the test set has no image of the class 2; accuracies mislead.",
  ]);
  expect(said([1, 2], [0, 1, 2], [1, 2])).toEqual([
    "no image to train on has the class 0, which the validation set has: such images cannot be " +
      "told; accuracies mislead.",
  ]);
  // A class so rare that its lack is no surprise.
  const rare = [9, ...new Array(199).fill(0), ...new Array(200).fill(1)];
  expect(said(rare, [0, 1], [0, 1])).toEqual([]);
});
