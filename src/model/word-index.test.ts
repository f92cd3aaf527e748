import { expect, it } from "vitest";
import { numbers } from "../testing";
import { indexWords } from "./word-index";

const SHAPE = { neurons: 5, choices: 4 };
const random = numbers(11);
const words = Uint8Array.from({ length: 500 * 5 }, () => Math.floor(random() * 4));
const index = indexWords(words, SHAPE);
const shows = (image: number, { neuron, symbol }: { neuron: number; symbol: number }) =>
  words[image * 5 + neuron] === symbol;
const images = Array.from({ length: 500 }, (_, i) => i);

it("finds the images that show all letters, and no other", () => {
  for (let tries = 0; tries < 200; tries++) {
    const letters = Array.from({ length: tries % 5 }, () => ({
      neuron: Math.floor(random() * 5),
      symbol: Math.floor(random() * 4),
    }));
    const all = images.filter((image) => letters.every((letter) => shows(image, letter)));
    expect([...index.find(letters)]).toEqual(all);
    const shared = images.map((image) => letters.filter((letter) => shows(image, letter)).length);
    expect([...index.sharedWith(letters)]).toEqual(shared);
    const sorted = images.toSorted((a, b) => (shared[b] as number) - (shared[a] as number));
    expect(index.nearest(letters, 7)).toEqual(
      sorted.slice(0, 7).map((image) => ({ image, shared: shared[image] })),
    );
  }
  expect(index.nearest([], 1000)).toHaveLength(500);
});

it("counts the images of each symbol", () => {
  expect(index.counts).toHaveLength(20);
  for (const [letter, count] of index.counts.entries()) {
    const [neuron, symbol] = [Math.floor(letter / 4), letter % 4];
    expect(count).toBe(images.filter((image) => shows(image, { neuron, symbol })).length);
  }
});

it("refuses by name what is no word or letter", () => {
  expect(() => indexWords(new Uint8Array(7), SHAPE)).toThrow(/7 symbols make no whole words of 5/);
  expect(() => indexWords(Uint8Array.of(0, 1, 2, 3, 4), SHAPE)).toThrow(
    /symbol 4 of word 0 is 4: symbols go from 0 to 3/,
  );
  for (const letter of [
    { neuron: 5, symbol: 0 },
    { neuron: 0, symbol: 4 },
    { neuron: -1, symbol: 0 },
    { neuron: 0.5, symbol: 0 },
  ])
    expect(() => index.find([letter])).toThrow(
      `there is no symbol ${letter.symbol} at neuron ${letter.neuron}`,
    );
});
