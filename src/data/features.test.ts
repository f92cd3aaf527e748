import { describe, expect, it } from "vitest";
import { decodeCheckpoint, encodeCheckpoint } from "../model/checkpoint";
import { ternary } from "../model/layers";
import { loadModel } from "../model/model";
import { layer } from "../model/own-layer";
import { train } from "../model/training";
import { numbers, testDevice } from "../testing";
import { type ArrayOptions, datasetFrom } from "./from-arrays";

const FEATURES = 7;

/** Rows around a centre a class, some features a thousand times as large as others. */
function blobs(count: number, seed: number) {
  const random = numbers(seed);
  const labels = Array.from({ length: count }, () => Math.floor(random() * 3));
  const images = Float32Array.from({ length: count * FEATURES }, (_, i) => {
    const k = i % FEATURES;
    const centre = k === labels[Math.floor(i / FEATURES)] ? 1.5 : 0;
    const noise = random() + random() + random() - 1.5;
    return 10 ** ((k % 4) - 1) * (centre + noise - 4);
  });
  return { images, labels };
}

const options = (more: Partial<ArrayOptions> = {}): ArrayOptions => ({
  ...blobs(600, 1),
  test: blobs(200, 2),
  width: FEATURES,
  ...more,
});
const RUN = { hidden: [ternary(16)], batch: 20, epochs: 1, stepsPerEpoch: 400 };

async function trained(more: Partial<ArrayOptions>, run = {}) {
  const device = await testDevice();
  const data = await datasetFrom(device, options(more));
  const training = train(device, data, { ...RUN, ...run });
  for await (const _ of training);
  return { device, data, training };
}

describe("features", () => {
  it("train as floats, and better where they are standardised", async () => {
    const plain = await trained({});
    const { data, training } = await trained({ standardise: true });
    expect([data.dtype, data.inputs, data.words]).toEqual(["f32", FEATURES, 2]);
    const [raw = 0] = await plain.training.evaluate("test");
    const [accuracy = 0] = await training.evaluate("test");
    expect(accuracy).toBeGreaterThan(0.93);
    expect(accuracy).toBeGreaterThan(raw);
  });

  it("are brought to mean 0 and deviation 1 over those that train", async () => {
    const device = await testDevice();
    const { images } = options();
    // A constant feature, which nothing can be divided by.
    for (let i = 6; i < images.length; i += FEATURES) images[i] = 0.1;
    // And one that differs by less than f32 has an inverse of.
    for (let i = 5; i < images.length; i += FEATURES) images[i] = i % 2 ? 1e-42 : 0;
    const data = await datasetFrom(device, { ...options(), images, standardise: true });
    const { first, count } = data.training;
    const rows = new Float32Array(await device.read(data.images));
    for (let k = 0; k < FEATURES; k++) {
      const column = Array.from({ length: count }, (_, i) => rows[8 * (first + i) + k] as number);
      const mean = column.reduce((sum, x) => sum + x) / count;
      const deviation = Math.sqrt(column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count);
      expect(mean, `mean of ${k}`).toBeCloseTo(0, 5);
      expect(deviation, `deviation of ${k}`).toBeCloseTo(k > 4 ? 0 : 1, 5);
    }
    expect(rows.filter((_, i) => i % 8 === 7).every((x) => x === 0)).toBe(true);
    expect(data.test.pixels).toEqual(options().test?.images);
  });

  it("answer from a file alone as in their run, to the bit, as they came", async () => {
    for (const standardise of [true, false]) {
      const { device, data, training } = await trained({ standardise });
      const file = encodeCheckpoint(await training.checkpoint());
      const model = await loadModel(device, file);
      const pixels = data.test.pixels;
      expect(await model.predict(pixels)).toEqual((await training.look(pixels)).probabilities);
      const broken = pixels.slice(0, 2 * FEATURES);
      broken[FEATURES + 3] = Number.NaN;
      for (const asked of [model.predict(broken), training.look(broken)])
        await expect(asked).rejects.toThrow("feature 3 of row 1 is NaN: give finite numbers");
      await expect(model.predict(new Uint8Array(FEATURES))).rejects.toThrow(
        "what it is to see is a Uint8Array: give features as a Float32Array",
      );
      model.destroy();
    }
  });

  it("go on from a checkpoint to the same bits, and from no other scaling", async () => {
    const whole = await trained({ standardise: true });
    const half = await trained({ standardise: true }, { epochs: 0.5 });
    const file = encodeCheckpoint({ ...(await half.training.checkpoint()), epochs: 1 });
    const from = decodeCheckpoint("half", file);
    expect(from.scaling?.mean).toEqual(whole.data.scaling?.mean);
    const { training } = await trained({ standardise: from.scaling ?? false }, { from });
    expect(await training.weights()).toEqual(await whole.training.weights());
    const raw = trained({}, { from });
    await expect(raw).rejects.toThrow("features of another scaling");
    const scaling = { ...whole.data.scaling, mean: new Float32Array(FEATURES) } as never;
    await expect(trained({ standardise: scaling }, { from })).rejects.toThrow("another scaling");
    const bytes = Uint8Array.from(options().images, Math.abs);
    const test = {
      images: Uint8Array.from(blobs(200, 2).images, Math.abs),
      labels: blobs(200, 2).labels,
    };
    await expect(trained({ images: bytes, test }, { from })).rejects.toThrow(
      "the model was trained on floats, and the data has bytes",
    );
  });

  it("see what bytes see, and learn the same", async () => {
    const device = await testDevice();
    const random = numbers(5);
    const bytes = Uint8Array.from({ length: 300 * 8 }, () => (random() < 0.5 ? 0 : 256 * random()));
    const labels = Array.from({ length: 300 }, (_, i) => ((bytes[8 * i] as number) > 60 ? 1 : 0));
    const weights = [];
    for (const images of [bytes, Float32Array.from(bytes, (x) => x / 255)]) {
      const data = await datasetFrom(device, { images, labels, width: 4, height: 2 });
      const training = train(device, data, { ...RUN, hidden: [layer("tanh", 5)], members: 2 });
      for await (const _ of training);
      weights.push((await training.weights(1)).flatMap((one) => [...one.weights, ...one.bias]));
    }
    const [u8 = [], f32 = []] = weights;
    for (const [i, weight] of u8.entries()) expect(f32[i]).toBeCloseTo(weight, 3);
  });

  it("are refused where they are no numbers, of two types, or bytes to standardise", async () => {
    const device = await testDevice();
    const { images, labels } = options();
    const refused = (more: object) =>
      expect(datasetFrom(device, { ...options(), ...more })).rejects;
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const broken = images.slice();
      broken[17] = odd;
      await refused({ images: broken }).toThrow(
        `the training images: feature 3 of row 2 is ${odd}: give finite numbers, of f32 up to`,
      );
      await refused({ test: { images: broken, labels } }).toThrow("the test images: feature 3");
    }
    const bytes = new Uint8Array(images.length);
    await refused({ test: { images: bytes, labels } }).toThrow(
      "the test images has bytes, and the training images has floats",
    );
    await refused({ images: bytes, test: undefined, standardise: true }).toThrow(
      "leave standardise",
    );
    await refused({ images: new Float64Array(images) }).toThrow("got Float64Array");
    await refused({ standardise: 3 }).toThrow(
      "standardise must be true, false, or a model's scaling",
    );
    const bad = Float32Array.of(Number.NaN);
    for (const list of [[1], bad])
      await refused({ standardise: { mean: list, scale: list } }).toThrow("standardise must be");
    const one = Float32Array.of(1);
    await refused({ standardise: { mean: one, scale: one } }).toThrow(
      "the scaling is of 1 features",
    );
  });
});
