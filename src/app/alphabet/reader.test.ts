import { describe, expect, it } from "vitest";
import type { LayerWeights } from "../../index";
import { forward } from "../../verify/twin/step";
import { packWeights, unpackWeights } from "./packed";
import { CodeReader, letterOf } from "./reader";

const [INPUTS, UNITS, NEURONS, CHOICES] = [12, 7, 5, 4];
const SIZES = [
  [INPUTS, UNITS],
  [UNITS, NEURONS * CHOICES],
  [NEURONS * CHOICES, UNITS],
  [UNITS, INPUTS],
] as const;
const HIDDEN = [
  { neuron: "tanh", units: UNITS },
  { neuron: "onehot", units: NEURONS, size: CHOICES },
  { neuron: "tanh", units: UNITS },
];
const SLOPE = 1.5;

/** Numbers between -1 and 1, the same each time. */
function numbers(count: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return (2 * state) / 2 ** 31 - 1;
  });
}
const layers = (seed: number): LayerWeights[] =>
  SIZES.map(([inputs, outputs], i) => ({
    weights: numbers(inputs * outputs, seed + i),
    bias: numbers(outputs, seed + 10 + i),
  }));
const readerOf = (weights: LayerWeights[], hidden = HIDDEN) =>
  new CodeReader(hidden as never, SLOPE, weights);
const pixels = (seed: number) => numbers(INPUTS, seed).map((x) => Math.round(127.5 * (x + 1)));

/** In float64, by the twin that training is held against. */
function twin(weights: LayerWeights[], image: ArrayLike<number>) {
  const rows = weights.map(({ weights, bias }) => ({
    weights: Array.from({ length: weights.length / bias.length }, (_, k) => [
      ...weights.subarray(k * bias.length, (k + 1) * bias.length),
    ]),
    bias: [...bias],
  }));
  const kinds = HIDDEN.map(({ neuron, units, size }) => ({
    ...{ neuron, units, size: size ?? 0, stochastic: false, normalise: false },
    estimator: neuron === "tanh" ? "exact" : "straight-through",
  }));
  const x = Array.from(image, (byte) => byte / 255);
  return forward(rows, kinds as never, x, [], { slope: SLOPE, tau: 1 }, false);
}

describe("a code on the processor", () => {
  it.each([1, 2, 3, 4])("reads and draws as the twin in float64: seed %i", (seed) => {
    const weights = layers(seed);
    const reader = readerOf(weights);
    const image = Uint8Array.from(pixels(50 + seed));
    const { inputs, logits } = twin(weights, image);
    const word = reader.encode(image);
    const chosen = inputs[2] as number[];
    expect([...word]).toEqual(
      Array.from({ length: NEURONS }, (_, n) =>
        chosen.slice(n * CHOICES, (n + 1) * CHOICES).indexOf(1),
      ),
    );
    for (const [i, ink] of reader.decode(word).entries())
      expect(ink).toBeCloseTo(1 / (1 + Math.exp(-(logits[i] as number))), 5);
  });

  it("draws every symbol in a place, and leaves the others", () => {
    const reader = readerOf(layers(1));
    const word = reader.encode(Uint8Array.from(pixels(5)));
    const images = reader.variants(word, 3);
    expect(images).toHaveLength(CHOICES);
    expect(images[word[3] as number]).toEqual(reader.decode(word));
    expect(new Set(images.map(String)).size).toBe(CHOICES);
  });

  it("throws each symbol, from the first to the last", () => {
    const reader = readerOf(layers(1));
    expect([...reader.chance(() => 0)]).toEqual([0, 0, 0, 0, 0]);
    expect([...reader.chance(() => 0.999)]).toEqual([3, 3, 3, 3, 3]);
    expect(letterOf(9)).toBe("j");
  });

  it("refuses what is no code among layers of tanh", () => {
    const other = [{ neuron: "relu", units: UNITS }, ...HIDDEN.slice(1)];
    expect(() => readerOf(layers(1), other)).toThrow(/has relu, onehot, tanh: use loadCode/);
    expect(() => readerOf(layers(1), HIDDEN.slice(0, 1))).toThrow(/this network has tanh/);
    const wide = HIDDEN.map((one) => ("size" in one ? { ...one, size: 27 } : one));
    expect(() => readerOf(layers(1), wide)).toThrow(
      /this code has 27 of each neuron: use loadCode/,
    );
  });
});

describe("packed weights", () => {
  it("come back within half a step of their output's scale, biases as they were", () => {
    const weights = layers(7);
    const packed = packWeights(weights);
    const bytes = SIZES.reduce((sum, [inputs, outputs]) => sum + (inputs + 8) * outputs, 0);
    expect(packed.length).toBe(bytes);
    const found = unpackWeights(packed, SIZES);
    for (const [i, { weights: own, bias }] of found.entries()) {
      const wanted = weights[i] as LayerWeights;
      expect(bias).toEqual(wanted.bias);
      for (let j = 0; j < bias.length; j++) {
        const column = (all: Float32Array) => [...all].filter((_, at) => at % bias.length === j);
        const before = column(wanted.weights);
        const step = Math.max(...before.map(Math.abs)) / 127;
        for (const [k, weight] of column(own).entries())
          expect(Math.abs(weight - (before[k] as number))).toBeLessThanOrEqual(0.501 * step);
      }
    }
  });

  it("keep an output without weights", () => {
    const none = { weights: new Float32Array(6), bias: Float32Array.of(1, 2) };
    expect(unpackWeights(packWeights([none]), [[3, 2]])).toEqual([none]);
  });
});
