/**
 * The twin itself, beside what NumPy computed: vectors of neurons and heads, and whole steps
 * (tools/golden_step.py).
 */
import { describe, expect, it } from "vitest";
import { neurons } from "../../shaders/neurons/catalogue";
import golden from "../golden.json";
import { parseVectors } from "../vectors";
import { fire, type Kind, largest, sizesOf } from "./neurons";
import { imageAt } from "./order";
import { philox } from "./philox";
import { crossEntropy, type Layer, trainStep } from "./step";
import steps from "./step.json";

const vectors = parseVectors("golden.json", golden);
/** Both are float64; they add in another order. */
const expectSame = (found: readonly number[], expected: readonly number[]) => {
  expect(found.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 12);
};

describe("the twin", () => {
  it("draws the words of Philox4x32-10", () => {
    for (const { counter, key, words } of vectors.philox)
      expect(philox(counter, key)).toEqual(words);
  });

  it("fires every neuron, and goes back through it, as NumPy does", () => {
    for (const {
      neuron,
      activation,
      levels,
      categories,
      estimator,
      slope,
      tau,
      normalise,
      z,
      dy,
      u,
      y,
      dz,
    } of vectors.neurons) {
      const name = activation === "hard-sigmoid" ? "hard-binary" : neuron;
      const known = neurons.find((n) => n.name === name);
      const kind: Kind = {
        neuron: name,
        size: levels ?? categories ?? 1,
        estimator: estimator ?? known?.estimators[0]?.name ?? "",
        normalise,
      };
      const { group, draws } = sizesOf(kind);
      for (const [r, row] of z.entries()) {
        for (let n = 0; n < row.length / group; n++) {
          const of = (values: readonly number[], length = group) =>
            values.slice(n * length, (n + 1) * length);
          const { y: found, back } = fire(kind, of(row), u && of(u[r]!, draws), slope, tau);
          expectSame(found, of(y[r]!));
          expectSame(back(of(dy[r]!)), of(dz[r]!));
        }
      }
    }
  });

  it("takes the loss, its gradient and the answer of logits as NumPy does", () => {
    for (const { logits, labels, loss, dlogits, correct } of vectors.heads) {
      const rows = logits.map((row, r) => crossEntropy(row, labels[r]!));
      expect(rows.reduce((sum, row) => sum + row.loss, 0) / rows.length).toBeCloseTo(loss, 12);
      for (const [r, { gradient }] of rows.entries()) {
        expectSame(
          gradient.map((g) => g / rows.length),
          dlogits[r]!,
        );
      }
      expect(logits.filter((row, r) => largest(row).at === labels[r]).length).toBe(correct);
    }
  });

  it("trains a step of two hidden layers as NumPy does", () => {
    for (const {
      hidden,
      slope,
      tau,
      rate,
      x,
      labels,
      u,
      before,
      after,
      lossSum,
      correct,
    } of steps) {
      const batch = x.map((pixels, row) => ({ x: pixels, label: labels[row]! }));
      const uniforms = x.map((_, row) => u.map((layer) => layer?.[row]));
      const step = trainStep(before as Layer[], hidden, batch, uniforms, { rate, slope, tau });
      expect(step.lossSum).toBeCloseTo(lossSum, 12);
      expect(step.correct).toBe(correct);
      for (const [l, { weights, bias }] of after.entries()) {
        expectSame(step.layers[l]!.weights.flat(), weights.flat());
        expectSame(step.layers[l]!.bias, bias);
      }
    }
  });

  for (const images of [1, 2, 77, 1000]) {
    it(`shows each of ${images} images once per data epoch`, () => {
      for (const epoch of [0, 1]) {
        const shown = Array.from({ length: images }, (_, i) =>
          imageAt(epoch * images + i, images, 2 ** 33 + 5),
        );
        expect(new Set(shown).size).toBe(images);
        expect(Math.max(...shown)).toBe(images - 1);
      }
    });
  }
});
