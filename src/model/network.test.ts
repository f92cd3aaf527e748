import { describe, expect, it } from "vitest";
import { smallData, smallFiles } from "../testing";
import { build, EVERY, hash, trained, twinLayers } from "../testing-networks";
import { largest } from "../verify/twin/neurons";
import { forward, NO_NOISE } from "../verify/twin/step";
import { outputsOf } from "./look";
import { layer } from "./own-layer";
import type { TrainOptions } from "./spec";
import type { LayerWeights } from "./state";

describe("a run", () => {
  for (const { name, estimator } of EVERY) {
    it(`of ${name} ${estimator} repeats to the bit, and member 2 of 3 is as if alone`, async () => {
      const hidden = [layer(name, 13, { estimator }), layer(name, 6, { estimator })];
      const alone = await trained({ hidden, seed: 8, tau: 0.7 }, 45);
      expect(await trained({ hidden, seed: 8, tau: 0.7 }, 45)).toBe(alone);
      expect(await trained({ hidden, seed: 7, members: 3, tau: 0.7 }, 45, 1)).toBe(alone);
      expect(await trained({ hidden, seed: 7, members: 3, tau: 0.7 }, 45, 2)).not.toBe(alone);
    });
  }

  for (const name of ["binary", "staircase:5"])
    it(`of ${name} zero moves the weights of the output layer alone`, async () => {
      const hidden = [layer(name, 9, { estimator: "zero" }), layer(name, 7, { estimator: "zero" })];
      const network = await build({ hidden });
      const before = await network.weights(0);
      await network.train(20);
      const after = await network.weights(0);
      const moved = after.map(({ weights }, l) =>
        weights.some((w, i) => w !== before[l]?.weights[i]),
      );
      expect(moved).toEqual([false, false, true]);
      expect(after.map(({ bias }) => bias.some((b) => b !== 0))).toEqual([false, false, true]);
    });

  it("of 100 neurons is the same alone and as one of eight, in longer runs", async () => {
    const hidden = [layer("tanh", 100)];
    expect(await trained({ hidden, seed: 7, members: 8 }, 5, 3)).toBe(
      await trained({ hidden, seed: 10 }, 5),
    );
  });

  it("lets members differ in rate and slope, and anneals each epoch up to the cap", async () => {
    const hidden = [layer("binary", 8)];
    const constant = await trained({ hidden, slope: 2, stepsPerEpoch: 1000 }, 40);
    expect(await trained({ hidden, slope: 2, learningRate: 0.1 }, 40)).not.toBe(constant);
    expect(await trained({ hidden, members: [{ slope: 1 }, { slope: 2 }] }, 40, 1)).toBe(constant);
    expect(await trained({ hidden, slope: 2, anneal: 1.5, stepsPerEpoch: 10 }, 40)).not.toBe(
      constant,
    );
    expect(
      await trained({ hidden, slope: 2, anneal: 1.5, slopeCap: 2, stepsPerEpoch: 10 }, 40),
    ).toBe(constant);
  });

  it("can anneal the slope of evaluation alone, over the same weights", async () => {
    const options: TrainOptions = { hidden: [layer("tanh", 8)], slope: 0.5, stepsPerEpoch: 10 };
    const annealed = await build({ ...options, anneal: 2, annealEvaluationOnly: true });
    await annealed.train(20); // 0.5 → 1 → 2
    expect(await hash(await annealed.weights(0))).toBe(await trained(options, 20));
    const { pixels } = (await smallData()).test;
    const [outputs, logits] = (await outputsOf(await annealed.evaluator(), pixels, 0)) as [
      Float32Array,
      Float32Array,
    ];
    const layers = twinLayers(await annealed.weights(0));
    for (const image of [0, 22]) {
      const x = Array.from(pixels.subarray(15 * image, 15 * image + 15), (p) => p / 255);
      const pass = forward(layers, annealed.spec.hidden, x, NO_NOISE, { slope: 2, tau: 1 });
      pass.inputs[1]?.forEach((want, i) => expect(outputs[8 * image + i]).toBeCloseTo(want, 5));
      pass.logits.forEach((want, i) => expect(logits[3 * image + i]).toBeCloseTo(want, 4));
    }
  });

  it("scores an evaluation as its float64 twin does, in slices", async () => {
    const network = await build({ hidden: [layer("ternary", 16)], members: 2 });
    await network.train(20);
    const { test } = await smallData();
    const trainPixels = smallFiles().trainImages.bytes.subarray(16); // past the header
    const sources = {
      training: (i: number, p: number) => trainPixels[15 * (7 + i) + p],
      validation: (i: number, p: number) => trainPixels[15 * i + p],
      test: (i: number, p: number) => test.pixels[15 * i + p],
    };
    for (const [split, size] of [
      ["training", 77] as const,
      ["validation", 7] as const,
      ["test", 23] as const,
    ]) {
      const { numbers, count } = await network.evaluate(split);
      expect(count).toBe(size);
      const { labels } = (await smallData())[split];
      const rows = Array.from(labels, (label, i) => ({
        x: Array.from({ length: 15 }, (_, p) => (sources[split](i, p) as number) / 255),
        label,
      }));
      for (const m of [0, 1]) {
        const layers = twinLayers(await network.weights(m));
        const right = rows.filter(({ x, label }) => {
          const { logits } = forward(layers, network.spec.hidden, x, NO_NOISE, {
            slope: 1,
            tau: 1,
          });
          return largest(logits).at === label;
        }).length;
        expect(numbers[m]?.evaluatedCorrect, `${split}, member ${m}`).toBe(right);
      }
    }
  });
});

describe("initial weights", () => {
  it("are Glorot uniform, with biases 0, and differ between layers and members", async () => {
    const network = await build({ hidden: [layer("tanh", 400), layer("tanh", 400)], members: 2 });
    const [one, two] = [await network.weights(0), await network.weights(1)];
    const { weights, bias } = one[1] as LayerWeights;
    const limit = Math.sqrt(6 / 800);
    const mean = weights.reduce((a, b) => a + b) / weights.length;
    const variance = weights.reduce((a, b) => a + b * b, 0) / weights.length;
    expect(Math.max(...weights.map(Math.abs).slice(0, 50_000))).toBeLessThanOrEqual(limit);
    expect(Math.abs(mean)).toBeLessThan(4 * (limit / Math.sqrt(3 * 160_000)));
    expect(variance).toBeCloseTo((limit * limit) / 3, 5);
    expect(bias.every((b) => b === 0)).toBe(true);
    expect(two[1]?.weights[0]).not.toBe(weights[0]);
    expect(one[0]?.weights[0]).not.toBe(weights[0]);
  });
});
