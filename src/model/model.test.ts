import { describe, expect, it } from "vitest";
import { datasetFrom } from "../data/from-arrays";
import { smallData, smallFiles, testDevice, uploadSmall } from "../testing";
import { encodeCheckpoint } from "./checkpoint";
import { oneHot, staircase, ternary } from "./layers";
import { loadModel } from "./model";
import type { TrainOptions } from "./spec";
import { train } from "./training";

const OPTIONS = { batch: 10, epochs: 2, stepsPerEpoch: 50, reportEvery: 50, anneal: 1.1 };
const networks: [string, Partial<TrainOptions>][] = [
  ["one-hot", { hidden: [oneHot(12, { categories: 3 })] }],
  ["two layers in a population", { hidden: [ternary(9), staircase(6, { levels: 4 })], members: 3 }],
  ["with an optimizer's state", { hidden: [ternary(9)], optimizer: "adam" }],
  ["sampled answers", { hidden: [ternary(9, { stochasticEvaluation: true })] }],
];

async function trained(options: Partial<TrainOptions>) {
  const device = await testDevice();
  const data = await smallData();
  const training = train(device, data, { ...OPTIONS, ...options } as TrainOptions);
  for await (const _ of training);
  return { device, data, training, file: encodeCheckpoint(await training.checkpoint()) };
}

describe("a model from a file alone", () => {
  it.each(networks)("answers as its run does, to the bit: %s", async (_, options) => {
    const { device, data, training, file } = await trained(options);
    const model = await loadModel(device, file);
    expect([model.inputs, model.classes]).toEqual([15, 3]);
    expect(model.spec.hidden).toEqual(training.spec.hidden);
    for (const member of model.spec.members.keys()) {
      const look = await training.look(data.test.pixels, member);
      expect(await model.predict(data.test.pixels, member)).toEqual(look.probabilities);
      expect(await model.encode(data.test.pixels, member)).toEqual(look.outputs);
    }
    model.destroy();
    device.check();
  });

  it("answers as the data set counts, and several questions at once", async () => {
    const { device, data, training } = await trained({ hidden: [ternary(9)] });
    const model = await loadModel(device, await training.checkpoint());
    const [all, first] = await Promise.all([
      model.predict(data.test.pixels),
      model.predict(data.test.pixels.subarray(0, 15)),
    ]);
    expect(first).toEqual(all.slice(0, 3));
    const right = data.test.labels.filter((label, i) => {
      const row = all.subarray(3 * i, 3 * i + 3);
      return row.indexOf(Math.max(...row)) === label;
    });
    const [accuracy = 0] = await training.evaluate("test");
    expect(accuracy).toBeGreaterThan(0.8);
    expect(right.length / data.test.labels.length).toBeCloseTo(accuracy, 6);
  });

  it("sees the clamped bytes of a canvas and the arrays of a frame as its own", async () => {
    const device = await testDevice();
    // Rows of whole words, which need no padding: they go to the GPU as they are.
    const data = await uploadSmall(device, smallFiles(3, { height: 4, width: 4 }));
    const training = train(device, data, { ...OPTIONS, hidden: [ternary(9)] });
    for await (const _ of training);
    const model = await loadModel(device, await training.checkpoint());
    const pixels = data.test.pixels as Uint8Array<ArrayBuffer>;
    const seen = await model.predict(pixels);
    expect(await model.predict(new Uint8ClampedArray(pixels))).toEqual(seen);
    const frame = document.body.appendChild(document.createElement("iframe"));
    const Bytes = (frame.contentWindow as Window & { Uint8Array: typeof Uint8Array }).Uint8Array;
    const foreign = new Bytes(pixels);
    expect(foreign instanceof Uint8Array).toBe(false);
    expect(await model.predict(foreign)).toEqual(seen);
    const saved = encodeCheckpoint(await training.checkpoint());
    const fetched = await loadModel(device, new Bytes(saved).buffer as ArrayBuffer);
    expect(await fetched.predict(pixels)).toEqual(seen);
    const arrays = { labels: Array.from(data.test.labels), width: 4, height: 4 };
    const fingerprints = [];
    for (const images of [pixels, new Uint8ClampedArray(pixels), foreign]) {
      const { dtype, identity, destroy } = await datasetFrom(device, { ...arrays, images });
      fingerprints.push(`${dtype} ${identity.fingerprint}`);
      destroy();
    }
    expect(new Set(fingerprints).size).toBe(1);
    frame.remove();
  });

  it("refuses other files, pixels of no whole images, and members that are not", async () => {
    const { device, training, file } = await trained({ hidden: [ternary(2)], epochs: 1 });
    await expect(loadModel(device, file.slice(0, -4))).rejects.toThrow(
      "this file is not a Stairstep model",
    );
    for (const [none, is] of [
      ["model.safetensors", '"model.safetensors"'],
      [undefined, "undefined"],
      [{}, "an object"],
      [new Response(file), "a Response"],
    ] as const)
      await expect(loadModel(device, none as never)).rejects.toThrow(
        `a model is ${is}: give a checkpoint, or a file's bytes`,
      );
    const model = await loadModel(device, file.buffer);
    for (const asked of [model, { predict: training.look.bind(training) }]) {
      await expect(asked.predict(new Uint8Array(16))).rejects.toThrow(
        "16 pixels make no whole images of 15: give a multiple of 15",
      );
      await expect(asked.predict(new Uint8Array())).rejects.toThrow("0 pixels make no whole");
      for (const other of [new Float32Array(15), Array(15).fill(0)])
        await expect(asked.predict(other as never)).rejects.toThrow(
          /^what it is to see is an? (Float32)?Array: give pixels as a Uint8Array of 0 … 255$/,
        );
      await expect(asked.predict(new Int8Array(15) as never)).rejects.toThrow("is an Int8Array");
      await expect(asked.predict(undefined as never)).rejects.toThrow("to see is undefined: give");
      await expect(asked.predict(new Uint8Array(15), 1)).rejects.toThrow("no member 2 of 1");
    }
  });
});
