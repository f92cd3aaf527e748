import { describe, expect, it } from "vitest";
import { uploadDataset } from "../data/dataset";
import { smallData, smallFiles, testDevice } from "../testing";
import { checkpoint, decodeCheckpoint, encodeCheckpoint, restore } from "./checkpoint";
import { layer, oneHot, parseNeuron, resolve, type TrainOptions } from "./spec";
import { type Report, train } from "./training";

const OPTIONS = { hidden: [oneHot(12, { categories: 3 })], batch: 10, epochs: 2, stepsPerEpoch: 50, reportEvery: 20, learningRate: 0.3 };
const start = async (options: Partial<TrainOptions> = {}) => train(await testDevice(), await smallData(), { ...OPTIONS, ...options });

describe("train", () => {
  it("reports as it goes, learns, and knows its accuracies", async () => {
    const training = await start({ members: 2 });
    const reports: Report[] = [];
    for await (const report of training) reports.push(report);
    expect(reports.map((r) => r.step)).toEqual([20, 40, 60, 80, 100]);
    expect(reports.at(-1)?.epoch).toBe(2);
    const [first, last] = [reports[0] as Report, reports.at(-1) as Report];
    expect(last.training.loss).toBeLessThan(first.training.loss);
    expect(last.members[1]?.training.accuracy).toBeGreaterThan(0.8);
    expect(last.validation.accuracy).toBe((await training.evaluate("validation")).reduce((a, b) => a + b) / 2);
    expect((await training.evaluate("test"))[0]).toBeGreaterThan(0.8);
  });

  it("stops where the loop is left, and goes on from there to the same bits", async () => {
    const [whole, parts] = [await start(), await start()];
    for await (const _ of whole);
    const seen: number[] = [];
    for await (const report of parts) if (seen.push(report.step) === 2) break;
    for await (const report of parts) seen.push(report.step);
    expect(seen).toEqual([20, 40, 60, 80, 100]);
    expect(await parts.weights()).toEqual(await whole.weights());
  });

  it("throws the signal's reason when aborted", async () => {
    const stop = new AbortController();
    const training = await start({ signal: stop.signal });
    await expect(async () => {
      for await (const _ of training) stop.abort();
    }).rejects.toThrow("aborted");
  });

  it("stops with layer and steps when weights are no longer finite", async () => {
    const training = await start({ hidden: [layer("tanh", 5), layer("tanh", 6)] });
    const network = await training.ready();
    const weights = await network.weights(0);
    (weights[1] as { weights: Float32Array }).weights[3] = Number.NaN;
    network.setWeights([weights]);
    await expect(training[Symbol.asyncIterator]().next()).rejects.toThrow(/a weight of layer \d became NaN or infinite between steps 1 and 20: use a lower/);
    const wild = await start({ hidden: [layer("tanh", 5)], learningRate: 3e38 });
    await expect(wild[Symbol.asyncIterator]().next()).rejects.toThrow(/became NaN or infinite/);
  });

  it("refuses, by name, what makes no network or does not fit", async () => {
    const bad = (options: Partial<TrainOptions>) => () => resolve({ ...OPTIONS, ...options });
    expect(bad({ hidden: [] })).toThrow("one hidden layer or more");
    expect(bad({ hidden: [layer("tanh", 0)] })).toThrow("hidden units must be a whole number of 1 or more, got 0");
    expect(bad({ hidden: [{ neuron: "relu", units: 3 }] })).toThrow("there is no neuron relu: choose from tanh");
    expect(bad({ hidden: [layer("binary", 3, { estimator: "gumbel" })] })).toThrow("binary has no estimator gumbel: choose from straight-through");
    expect(bad({ learningRate: Number.NaN })).toThrow("learning rate must be a number above 0, got NaN");
    expect(bad({ members: 0 })).toThrow("members must be a whole number from 1 to 65535, got 0");
    expect(() => parseNeuron("onehot:1")).toThrow("onehot needs 2 or more categories, got 1: try onehot:5");
    expect(() => parseNeuron("tanh:3")).toThrow("tanh takes no number");
    expect(() => parseNeuron("staircase:x")).toThrow("staircase needs 2 or more levels, got x");
    await expect((await start({ hidden: [layer("tanh", 1e9)] })).ready()).rejects.toThrow(/weights of 15 – 1000000000 – 3 needs .* in one buffer/);
  });
});

describe("a checkpoint", () => {
  it("holds a member to the bit, and predicts the same", async () => {
    const training = await start({ members: 2, seed: 4 });
    for await (const _ of training);
    const saved = await checkpoint(training, 1);
    const read = decodeCheckpoint("file", encodeCheckpoint(saved));
    expect(read).toEqual(saved);
    expect(read.member.seed).toBe(5);
    const again = await restore(await testDevice(), await smallData(), read);
    expect(await again.evaluate("test")).toEqual([(await training.evaluate("test"))[1]]);
  });

  it("is refused when cut, foreign, or for other data", async () => {
    const training = await start();
    const file = encodeCheckpoint(await checkpoint(training));
    expect(() => decodeCheckpoint("m", file.slice(0, 5))).toThrow("m is not a Stairstep model");
    expect(() => decodeCheckpoint("m", file.slice(0, file.length - 4))).toThrow(/m is not a Stairstep model \(its tensor layer2.bias/);
    expect(() => decodeCheckpoint("m", new Uint8Array(100))).toThrow("m is not a Stairstep model");
    const other = smallFiles();
    other.trainLabels.bytes[8] = 8;
    const data = uploadDataset(await testDevice(), other);
    await expect(restore(await testDevice(), data, decodeCheckpoint("m", file))).rejects.toThrow("knows 3 classes, and the data has 15 and 9");
  });
});
