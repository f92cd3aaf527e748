/** A linear classifier of words, on words whose labels are known. */
import { describe, expect, it } from "vitest";
import { numbers } from "../testing";
import { LinearProbe } from "./linear-probe";

const SHAPE = { neurons: 3, choices: 4, classes: 3 };

/** Words by chance, and labels that the sum of a hidden weight a letter decides. */
function made(count: number, seed: number, sorted = false) {
  const random = numbers(seed);
  const words = Array.from({ length: count }, () =>
    Array.from({ length: SHAPE.neurons }, () => Math.floor(random() * SHAPE.choices)),
  );
  const labelOf = ([a = 0, b = 0, c = 0]: number[]) => {
    const scores = [2 * Number(a === 1) + Number(b === 2), 1.5 * Number(c > 1), 1.2];
    return scores.indexOf(Math.max(...scores));
  };
  if (sorted) words.sort((a, b) => labelOf(a) - labelOf(b));
  return { words: Uint8Array.from(words.flat()), labels: Uint32Array.from(words, labelOf) };
}

describe("a linear probe", () => {
  for (const sorted of [false, true])
    it(`reads what a sum of letters tells, of ${sorted ? "sorted" : "mixed"} words`, () => {
      const { words, labels } = made(4000, 5, sorted);
      const test = made(1000, 6);
      expect(new Set(test.labels).size).toBe(SHAPE.classes);
      const probe = new LinearProbe(words, labels, SHAPE);
      expect(probe.accuracy(test.words, test.labels)).toBeGreaterThan(0.97);
    });

  it("tells by the commonest label where words say nothing", () => {
    const words = new Uint8Array(3 * 100);
    const labels = Uint32Array.from({ length: 100 }, (_, i) => (i % 5 < 3 ? 2 : i % 2));
    const probe = new LinearProbe(words, labels, SHAPE);
    expect(probe.accuracy(words, labels)).toBe(0.6);
  });

  it("reads no more than a line can: parity stays at chance", () => {
    const { words } = made(4000, 7);
    const parity = Uint32Array.from(
      { length: 4000 },
      (_, i) => ((words[3 * i] as number) + (words[3 * i + 1] as number)) % 2,
    );
    const probe = new LinearProbe(words, parity, SHAPE);
    expect(Math.abs(probe.accuracy(words, parity) - 0.5)).toBeLessThan(0.05);
  });
});
