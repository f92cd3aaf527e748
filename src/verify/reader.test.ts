/** Reading on the processor beside what the GPU makes of the same images. */
import { describe, expect, it } from "vitest";
import { layer } from "../model/own-layer";
import { train } from "../model/training";
import { smallData, testDevice } from "../testing";
import { outcomesOf, Reader } from "./twin/reader";

const HIDDEN = [
  [layer("onehot:4", 12)],
  [layer("ternary", 16), layer("staircase:5", 9)],
  [layer("tanh", 8), layer("binary", 12)],
];

/** A short run, and its reader of member 1. */
async function trained(hidden: (typeof HIDDEN)[number]) {
  const data = await smallData();
  const training = train(await testDevice(), data, {
    ...{ hidden, members: 2, batch: 10, epochs: 3, stepsPerEpoch: 20, reportEvery: 20 },
    ...{ anneal: 1.3 },
  });
  for await (const _ of training);
  const checkpoint = await training.checkpoint();
  return { data, training, checkpoint, reader: new Reader(checkpoint, 1) };
}

describe("a reader", () => {
  it.each(HIDDEN)("answers as the GPU does: %o", async (...hidden) => {
    const { data, training, reader } = await trained(hidden);
    const pixels = data.test.pixels as Uint8Array<ArrayBuffer>;
    const { outputs, probabilities } = await training.look(pixels, 1);
    expect(reader.slope).toBe(training.slopeAt(60, 1));
    const { inputs, classes } = data;
    for (let image = 0; image < pixels.length / inputs; image++) {
      const reading = reader.read(pixels.subarray(image * inputs, (image + 1) * inputs));
      reading.outputs.forEach((layer, l) => {
        const width = layer.length;
        const theirs = outputs[l]?.subarray(image * width, (image + 1) * width) ?? [];
        layer.forEach((y, i) => expect(theirs[i]).toBeCloseTo(y, 5));
        expect(reading.z[l]).toHaveLength(width);
      });
      reading.probabilities.forEach((share, k) =>
        expect(probabilities[image * classes + k]).toBeCloseTo(share, 5),
      );
    }
  });

  it("decides by chance where dice are thrown, as often as is told", async () => {
    const { data, reader } = await trained(HIDDEN[0] as (typeof HIDDEN)[number]);
    const image = data.test.pixels.subarray(0, data.inputs);
    const rounded = reader.read(image);
    const thrown = Array.from({ length: 600 }, (_, i) => reader.read(image, i).outputs[0] ?? []);
    expect(reader.read(image, 5).outputs[0]).toEqual(thrown[5]);
    const outcomes = outcomesOf(
      HIDDEN[0]?.[0] as never,
      rounded.z[0]?.slice(0, 4) ?? [],
      reader.slope,
    );
    expect(outcomes.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
    for (const { value, share } of outcomes) {
      const times = thrown.filter((y) => y[value] === 1).length;
      expect(Math.abs(times / 600 - share)).toBeLessThan(4 * Math.sqrt(0.25 / 600));
    }
  });

  it("knows the outcomes of ordered and of real neurons", () => {
    const of = (neuron: string, estimator: string, z: number, size = 1) =>
      outcomesOf({ neuron, estimator, size }, [z], 1);
    expect(of("binary", "straight-through", 0)).toEqual([
      { value: 0, share: 0.5 },
      { value: 1, share: 0.5 },
    ]);
    // Where the curve has reached a level, none lies beyond it.
    expect(of("hard-binary", "straight-through", 3)).toEqual([{ value: 1, share: 1 }]);
    expect(of("tanh", "exact", 0)).toEqual([{ value: 0, share: 1 }]);
    expect(of("ternary", "straight-through", -9).map(({ value }) => value)).toEqual([-1, 0]);
  });

  it("refuses what it cannot read, by name", async () => {
    const { checkpoint, reader } = await trained(HIDDEN[0] as (typeof HIDDEN)[number]);
    expect(() => new Reader(checkpoint, 2)).toThrow("there is no member 2: choose from 0 to 1");
    expect(() => reader.read([1, 2, 3])).toThrow("has 15 pixels, and this one 3");
    expect(() => new Reader({ ...checkpoint, dtype: "f32" })).toThrow("reads floats");
  });
});
