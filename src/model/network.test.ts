import { describe, expect, it } from "vitest";
import type { Dataset } from "../data/dataset";
import { sha256 } from "../data/fingerprint";
import { neuronName } from "../format";
import { call, Program } from "../runtime/program";
import { packControl } from "../shaders/control";
import { neurons } from "../shaders/neurons/catalogue";
import { fireKernel } from "../shaders/standalone";
import {
  ALONE,
  HARDWARE,
  SOFTWARE,
  smallData,
  smallFiles,
  testDevice,
  uploadSmall,
} from "../testing";
import { SETS } from "../verify/data";
import { ACTIVATIONS, largest, softmax } from "../verify/twin/neurons";
import { type Example, forward, type Layer, sgd, type Uniforms } from "../verify/twin/step";
import { Network } from "./network";
import { layer } from "./own-layer";
import { neuronLayer, resolve, type TrainOptions } from "./spec";
import type { LayerWeights } from "./state";
import { type PartialTuning, type Tuning, withValue } from "./tuning";
import { parseTunings, tuningKey, withTuning } from "./tuning/cache";
import { CHOICES } from "./tuning/choices";
import { type Trial, tune } from "./tuning/search";

const BASE = { batch: 10, epochs: 1, stepsPerEpoch: 1000, reportEvery: 20 };
const build = async (options: TrainOptions, tune?: Tuning, classes?: number): Promise<Network> =>
  Network.create(
    await testDevice(),
    await smallData(classes),
    resolve({ ...BASE, ...options }),
    tune,
  );
const hash = async (layers: LayerWeights[]) =>
  (
    await Promise.all(
      layers.map(
        async ({ weights, bias }) =>
          (await sha256(new Uint8Array(weights.buffer))) +
          (await sha256(new Uint8Array(bias.buffer))),
      ),
    )
  ).join();
/** A data set of images that are mostly blank, as handwriting is. */
let blank: Promise<Dataset> | undefined;
const blankData = (): Promise<Dataset> =>
  (blank ??= testDevice().then((device) => uploadSmall(device, SETS.whole.files)));
const buildBlank = async (options: TrainOptions, tune: Tuning): Promise<Network> =>
  Network.create(await testDevice(), await blankData(), resolve({ ...BASE, ...options }), tune);
/** Hash of member `member` after `steps` steps. */
async function trained(
  options: TrainOptions,
  steps: number,
  member = 0,
  tune?: Tuning,
): Promise<string> {
  const network = await build(options, tune);
  await network.train(steps);
  return hash(await network.weights(member));
}

const EVERY = neurons.flatMap((n) =>
  n.estimators.map((e) => ({
    name: neuronName(n.name, n.size?.initial),
    estimator: e.name,
    draws: e.draws,
  })),
);

describe("one training step", () => {
  for (const [name, tune] of Object.entries({ SOFTWARE, ALONE, HARDWARE })) {
    // The upper layer is wider than a workgroup, the classes are more than its first few
    // invocations write, and no tile divides the rows. Classes are one slice of the head, several
    // alike, and several whose last is smaller.
    it.each([23, 32, 47, 62, 100, 256, 1000, 3001])(
      `of two tanh layers and %i classes equals its float64 twin (${name})`,
      async (classes) => {
        const network = await build(
          {
            hidden: [layer("tanh", 9), layer("tanh", 70)],
            slope: 1.5,
            learningRate: 0.8,
            batch: 71,
            stepsPerEpoch: 1,
          },
          tune,
          classes,
        );
        const before = await network.weights(0);
        const [report] = (await network.train(1)).reports[0]?.numbers ?? [];
        const after = await network.weights(0);
        const batch = await batchOf(network);
        const twin = sgd(
          twinLayers(before),
          network.spec.hidden,
          batch,
          batch.map(() => NO_NOISE),
          { rate: 0.8, slope: 1.5, tau: 1 },
        );
        expect(report?.lossSum).toBeCloseTo(twin.lossSum, 3);
        expect(report?.correct).toBe(twin.correct);
        twin.layers.forEach(({ weights, bias }, l) => {
          weights.flat().forEach((w, i) => expect(after[l]?.weights[i]).toBeCloseTo(w, 5));
          bias.forEach((b, i) => expect(after[l]?.bias[i]).toBeCloseTo(b, 5));
        });
      },
    );
  }
});

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

  it("of 100 neurons is the same alone and as one of eight, in longer runs", async () => {
    const hidden = [layer("tanh", 100)];
    expect(await trained({ hidden, seed: 7, members: 8 }, 5, 3)).toBe(
      await trained({ hidden, seed: 10 }, 5),
    );
  });

  for (const kind of ["software", "gpu"] as const) {
    it(`does not depend on any choice of the tuner's for ${kind}`, async () => {
      const { subgroup } = (await testDevice()).adapter;
      const hidden = [layer("ternary", 13), layer("onehot:3", 7)];
      const built: Tuning = kind === "software" ? SOFTWARE : HARDWARE;
      const values = CHOICES[kind]
        .flatMap(({ values }) => values)
        .filter(({ share }) => !share || share === subgroup);
      const expected = await trained({ hidden, members: 2 }, 40, 1, withValue(built, { share: 0 }));
      for (const value of values)
        expect([
          value,
          await trained({ hidden, members: 2 }, 40, 1, withValue(built, value)),
        ]).toEqual([value, expected]);
    });
  }

  for (const [name, tune] of Object.entries({ SOFTWARE, HARDWARE })) {
    it(`of mostly blank images is the same whatever is skipped (${name})`, async () => {
      const train = async (value: PartialTuning) => {
        const network = await buildBlank({ hidden: [layer("tanh", 13)] }, withValue(tune, value));
        await network.train(20);
        return hash(await network.weights(0));
      };
      const expected = await train({});
      for (const value of [{ forwardRows: 1 }, { forwardRows: 5 }, { skipBlank: false }])
        expect([value, await train(value)]).toEqual([value, expected]);
    });

    it(`shows the same outputs for an image, whichever is beside it (${name})`, async () => {
      const network = await buildBlank({ hidden: [layer("tanh", 13)] }, tune);
      const { pixels } = (await blankData()).test;
      const size = 144;
      const image = (i: number) => pixels.slice(i * size, (i + 1) * size);
      const beside = async (other: number) => {
        const pair = new Uint8Array(2 * size);
        pair.set(image(0));
        pair.set(image(other), size);
        return (await network.outputs(pair, 0)).map((o) => o.slice(0, o.length / 2));
      };
      const expected = await beside(0);
      for (const other of [1, 2, 3]) expect(await beside(other)).toEqual(expected);
    });
  }

  it("differs between software and hardware by the order of sums alone", async () => {
    const hidden = [layer("ternary", 13), layer("onehot:3", 7)];
    const ordered: Tuning = {
      ...HARDWARE,
      headWorkgroup: SOFTWARE.headWorkgroup,
      tiles: { ...HARDWARE.tiles, splits: 1 },
    };
    expect(await trained({ hidden }, 40, 0, ordered)).toBe(
      await trained({ hidden }, 40, 0, SOFTWARE),
    );
  });

  it("is tuned to tiles that leave its bits as they are, and that survive as text", async () => {
    const [device, data] = [await testDevice(), await smallData()];
    const options = { hidden: [layer("binary", 8)] };
    const trials: Trial[] = [];
    const fastest = await tune(device, data, options, (trial) => trials.push(trial));
    expect(trials.length).toBeGreaterThan(8);
    expect(
      trials.filter(({ msPerStep }) => !(msPerStep > 0 && Number.isFinite(msPerStep))),
    ).toEqual([]);
    expect(await trained(options, 40, 0, fastest)).toBe(await trained(options, 40));
    const key = tuningKey(device, data, options);
    const text = withTuning("{", key, fastest);
    expect(parseTunings(text)).toEqual({ [key]: fastest });
    expect(parseTunings(withTuning(text, "b", SOFTWARE))).toEqual({ [key]: fastest, b: SOFTWARE });
    const brokenQuads = [{ workgroup: 6 }, { splits: 8 }].map((part) =>
      JSON.stringify({ [key]: { ...fastest, tiles: { ...fastest.tiles, share: 4, ...part } } }),
    );
    for (const text of [
      "",
      "{",
      '{"a": {}}',
      JSON.stringify({ [key]: { ...fastest, headSums: -1 } }),
      ...brokenQuads,
    ])
      expect(parseTunings(text)).toEqual({});
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
    const [outputs, logits] = (await annealed.outputs(pixels, 0)) as [Float32Array, Float32Array];
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
      const { correct, count } = await network.evaluate(split);
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
        expect(correct[m], `${split}, member ${m}`).toBe(right);
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

describe("sampling", () => {
  for (const { name, estimator } of EVERY.filter(({ draws }) => draws !== "none")) {
    it(`${name} ${estimator}: averages to the activation, each draw a new one`, async () => {
      const device = await testDevice();
      const [rows, units] = [2000, 5];
      const spec = resolve({ hidden: [layer(name, units, { estimator })] });
      const shape = {
        ...neuronLayer(spec.hidden[0]!, "training"),
        label: "test",
        rows,
        members: 1,
      };
      const group = shape.neuron.group(shape.options.size);
      const stride = 4 * Math.ceil((units * group) / 4);
      const pre = Array.from({ length: group }, (_, i) => (group === 1 ? 0.6 : 0.5 * i - 1));
      const z = Float32Array.from({ length: rows * stride }, (_, i) =>
        i % stride < units * group ? (pre[(i % stride) % group] as number) : 0,
      );
      const sample = async (step: number, place = 0) => {
        const control = device.upload(
          "control",
          packControl(step, 1000, 1, [{ seed: 3, rate: 1, slope: 1, tau: 1, anneal: 1, cap: 1 }]),
        );
        const y = device.allocate("y", z.byteLength);
        const zs = device.upload("z", z);
        (
          await Program.create(device, [
            call(fireKernel(shape, { purpose: "training", layer: place }), { control, z: zs, y }),
          ])
        ).run(device);
        return new Float32Array(await device.read(y));
      };
      const soft = await sample(4);
      // Concrete samples are soft; their largest entry is the one that averages to the
      // probabilities.
      const y =
        estimator === "concrete"
          ? soft.map((v, i) =>
              Number(
                v ===
                  Math.max(
                    ...soft.subarray(
                      i - ((i % stride) % group),
                      i - ((i % stride) % group) + group,
                    ),
                  ),
              ),
            )
          : soft;
      const expected = expectation(name, pre);
      expected.forEach((want, c) => {
        const values = Array.from(
          { length: rows * units },
          (_, i) => y[Math.floor(i / units) * stride + (i % units) * group + c] as number,
        );
        // Standard deviation of a mean of 10,000 draws of spread at most 1 (2 for staircases): five
        // of them.
        expect(Math.abs(values.reduce((a, b) => a + b) / values.length - want)).toBeLessThan(0.03);
        if (expected.length > 1 && want < 0.05) return;
        const changes = (a: number[], b: number[]) =>
          a.filter((v, i) => v !== b[i]).length / a.length;
        expect(changes(values, values.slice(1))).toBeGreaterThan(0.05);
        expect(
          changes(values, [...values.slice(units), ...values.slice(0, units)]),
        ).toBeGreaterThan(0.05);
      });
      expect(await sample(5)).not.toEqual(soft);
      expect(await sample(4, 1)).not.toEqual(soft);
    });
  }
});

/** The mean of a neuron's outputs. */
function expectation(name: string, z: number[]): number[] {
  const [neuron = "", levels] = name.split(":");
  const curve = ACTIVATIONS[neuron];
  return curve ? [curve(z[0] as number, 1, Number(levels))[0]] : softmax(z);
}

/** Of layers that round. */
const NO_NOISE: Uniforms = [];

const twinLayers = (layers: readonly LayerWeights[]): Layer[] =>
  layers.map(({ weights, bias }) => ({
    weights: Array.from({ length: weights.length / bias.length }, (_, k) =>
      Array.from(weights.subarray(k * bias.length, (k + 1) * bias.length)),
    ),
    bias: Array.from(bias),
  }));

/** The rows of the last step, through the network's own batch buffer. */
async function batchOf(network: Network): Promise<Example[]> {
  const { device, data, spec } = network;
  const words = new Uint32Array(await device.read(network.buffers.batches)).slice(
    0,
    2 * spec.batch,
  );
  const pixels = new Uint8Array(await device.read(data.images));
  return Array.from({ length: spec.batch }, (_, i) => {
    const image = words[2 * i] as number;
    return {
      x: Array.from(pixels.subarray(16 * image, 16 * image + 15), (p) => p / 255),
      label: words[2 * i + 1] as number,
    };
  });
}
