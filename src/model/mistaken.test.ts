/** What people without types hand over by mistake: named, with what to do, before the GPU works. */
import { expect, it } from "vitest";
import { datasetFrom, loadMnist, loadModel, loadSource, measure, requestDevice } from "../index";
import { smallData, testDevice } from "../testing";
import { encodeCheckpoint } from "./checkpoint";
import { layer } from "./own-layer";
import { train } from "./training";

const HIDDEN = { hidden: [layer("tanh", 3)], epochs: 1, stepsPerEpoch: 10, reportEvery: 10 };
const device = await testDevice();
const data = await smallData();
const training = train(device, data, HIDDEN);
for await (const _ of training);

/** As JavaScript takes them. */
const loose = <Call>(call: Call) => call as (...given: unknown[]) => Promise<unknown>;
const run = (options: unknown, on: unknown = device, of: unknown = data) =>
  (train as (...given: unknown[]) => typeof training)(on, of, options).ready();
const waits = "is a promise: await it";

it.each<[string, () => unknown, string]>([
  ["train without options", () => run(undefined), "a run is undefined: give an object of hidden"],
  ["no layer", () => run({ hidden: ["tanh"] }), "a layer is tanh: give an object of neuron"],
  ["seeds for members", () => run({ ...HIDDEN, members: [1, 2] }), "a member is 1: give an object"],
  ["members", () => run({ ...HIDDEN, members: "two" }), "members must be a whole number from 1"],
  ["a device that opens", () => run(HIDDEN, testDevice()), `the device ${waits}`],
  ["data that load", () => run(HIDDEN, device, smallData()), `the data ${waits}`],
  ["both in turn", () => run(HIDDEN, data, device), "the device is an object: give what request"],
  ["a number for a device", () => run(HIDDEN, 5), "the device is 5: give what requestDevice"],
  ["no data", () => run(HIDDEN, device, null), "the data is null: give what loadMnist, loadFolder"],
  [
    "bytes to go on from",
    () => run({ ...HIDDEN, from: new Uint8Array(8) }),
    "the checkpoint is a Uint8Array",
  ],
  ["device options", () => loose(requestDevice)("gpu"), "a device is gpu: give an object of plain"],
  ["no device for data", () => loose(loadMnist)(), "the device is undefined: give what request"],
  ["a source's name", () => loose(loadSource)(device, "mnist"), 'the source is "mnist": give one'],
  ["no arrays", () => loose(datasetFrom)(device), "datasetFrom is undefined: give an object"],
  ["arrays for no device", () => loose(datasetFrom)({}, arrays), "the device is an object"],
  ["a model for no device", () => loose(loadModel)(testDevice(), data), `the device ${waits}`],
  ["a split", () => loose(training.evaluate.bind(training))("tets"), 'the split is "tets": give'],
  ["no split", () => loose(training.evaluate.bind(training))(), "the split is undefined: give"],
  ["no image", () => loose(training.look.bind(training))(), "what it is to see is undefined"],
  ["a state that comes", async () => loose(encodeCheckpoint)(training.checkpoint()), waits],
])("%s", async (_, call, message) => {
  await expect((async () => call())()).rejects.toThrow(
    expect.objectContaining({ name: "StairstepError", message: expect.stringContaining(message) }),
  );
});
const arrays = { images: new Uint8Array(8), labels: [0, 1], width: 4 };

it("a split of a task that has losses", async () => {
  const values = train(device, data, { ...HIDDEN, task: "reconstruct" });
  await expect(measure(values, "tets" as never, "rounded")).rejects.toThrow('is "tets": give');
});
