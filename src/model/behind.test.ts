/** What people do to arrays, checkpoints and runs while these are in use, or after their end. */
import { expect, it } from "vitest";
import { codeOf, completionLoss, loadCode, loadModel, measure } from "../index";
import { smallData, testDevice } from "../testing";
import { encodeCheckpoint } from "./checkpoint";
import { layer } from "./own-layer";
import { type Checkpoint, type LayerWeights, optionsOf } from "./state";
import { train } from "./training";

const device = await testDevice();
const data = await smallData();
const RUN = { stepsPerEpoch: 10, reportEvery: 10, epochs: 1 };
const HIDDEN = { ...RUN, hidden: [layer("tanh", 3)] };
const CODED = {
  ...{ ...RUN, task: "reconstruct" as const, optimizer: "adam" },
  hidden: [layer("tanh", 3), layer("onehot:4", 2), layer("tanh", 3)],
};

const training = train(device, data, HIDDEN);
for await (const _ of training);
const checkpoint = await training.checkpoint();
const pixels = data.test.pixels as Uint8Array<ArrayBuffer>;
const image = (i: number) => pixels.slice(i * data.inputs, (i + 1) * data.inputs);

it("reads an array as it was when it was given, of which a canvas has one alone", async () => {
  const model = await loadModel(device, checkpoint);
  const each = [0, 1, 2].map(image);
  const awaited: Float32Array[] = [];
  for (const one of each) awaited.push(await model.predict(one));
  const frame = new Uint8Array(data.inputs);
  const predicted: Promise<Float32Array>[] = [];
  const looked: Promise<Float32Array>[] = [];
  for (const one of each) {
    frame.set(one);
    predicted.push(model.predict(frame));
    looked.push(training.look(frame).then((look) => look.probabilities));
  }
  frame.fill(0);
  expect(await Promise.all(predicted)).toEqual(awaited);
  expect(await Promise.all(looked)).toEqual(awaited);
  await model.destroy();
});

it("does what is under way, then refuses what was destroyed; the device lives", async () => {
  const model = await loadModel(device, checkpoint);
  const before = model.predict(image(0));
  const gone = model.destroy();
  await expect(model.predict(image(0))).rejects.toThrow("this model was destroyed: make another");
  expect((await before).length).toBe(data.classes);
  await gone;
  await model.destroy();

  const run = train(device, data, HIDDEN);
  for await (const report of run) if (report.step > 0) break;
  const looked = run.look(image(0));
  const over = run.destroy();
  const destroyed = "this run was destroyed: make another by train";
  for (const asked of [run.evaluate("test"), run.checkpoint(), run.look(image(0)), run.weights()])
    await expect(asked).rejects.toThrow(destroyed);
  await expect((async () => void (await run[Symbol.asyncIterator]().next()))()).rejects.toThrow(
    destroyed,
  );
  expect((await looked).probabilities.length).toBe(data.classes);
  await over;

  const again = train(device, data, HIDDEN);
  for await (const _ of again);
  expect(await again.evaluate("test")).toEqual(await training.evaluate("test"));
  await again.destroy();
});

it("refuses a code that was destroyed, and draws that are none", async () => {
  const run = train(device, data, CODED);
  for await (const _ of run);
  const code = await codeOf(run);
  const [words, others] = [code.encode(image(0)), code.encode(image(1))];
  await code.destroy();
  expect(await words).toHaveLength(2);
  expect(await others).toHaveLength(2);
  await expect(code.decode(await words)).rejects.toThrow("this code was destroyed");
  const [loss] = await measure(run, "test", "rounded");
  expect(loss?.loss).toBeGreaterThan(0);
  const completing = train(device, data, { ...CODED, task: "complete" });
  for (const draws of [0, -1, 2.5, Number.NaN, undefined as never])
    await expect(completionLoss(completing, "test", draws)).rejects.toThrow(
      `draws must be a whole number of 1 or more, got ${draws}`,
    );
  await completing.destroy();
  await run.destroy();
});

type Layers = [LayerWeights, LayerWeights];
type Edit = (layers: Layers, all: Checkpoint) => void;
it.each<[string, Edit, string]>([
  ["too few weights", ([low]) => void (low.weights = low.weights.slice(0, 10)), "shape"],
  ["too many", ([low]) => void (low.weights = new Float32Array(600)), "has the shape"],
  ["bytes", ([low]) => void (low.weights = new Uint8Array(45) as never), "is no Float32Array"],
  ["no bias", ([low]) => void (low.bias = new Float32Array()), "has the shape"],
  ["not a number", ([, top]) => void (top.weights[3] = Number.NaN), "holds NaN at place 3"],
  ["a layer less", (layers) => void layers.pop(), "its tensor layer2.weight is missing"],
  ["a member more", (_, all) => void (all.members = [...all.members, ...all.members]), "missing"],
  [
    "JSON",
    (layers, all) => void (all.weights = [JSON.parse(JSON.stringify(layers))]),
    "no Float32Array",
  ],
])("checks a checkpoint at hand as it does a file: %s", async (_, edit, says) => {
  const broken: Checkpoint = structuredClone(checkpoint);
  edit(broken.weights[0] as Layers, broken);
  const refused = { name: "StairstepError", message: expect.stringContaining(says) };
  await expect(loadModel(device, broken)).rejects.toMatchObject(refused);
  expect(() => encodeCheckpoint(broken)).toThrow(expect.objectContaining(refused));
  const { members } = checkpoint;
  const on = train(device, data, { ...optionsOf(checkpoint), members, epochs: 2, from: broken });
  await expect(on.ready()).rejects.toMatchObject(refused);
});

it("refuses an option that reaches no member, where each has its own", async () => {
  const own = optionsOf(checkpoint);
  const begun = (options: object) =>
    train(device, data, { ...own, epochs: 2, ...options, from: checkpoint }).ready();
  await expect(begun({ learningRate: 0.001 })).rejects.toThrow(
    "learningRate is 0.001, and each of members has its own, 0.5: give it there, or not at all",
  );
  await expect(begun({ seed: 77 })).rejects.toThrow("seed is 77, and each of members has its own");
  await expect(train(device, data, { ...own, slope: 3 }).ready()).rejects.toThrow("slope is 3");
  // The same, and what some members lack, are no contradiction.
  await (await begun({ learningRate: 0.5 })).destroy();
  const some = { ...HIDDEN, learningRate: 0.1, members: [{ seed: 1 }, { learningRate: 0.2 }] };
  const { spec } = train(device, data, some);
  expect(spec.members.map(({ learningRate }) => learningRate)).toEqual([0.1, 0.2]);
});

it("loads a code of a checkpoint at hand", async () => {
  const run = train(device, data, CODED);
  for await (const _ of run);
  const code = await loadCode(device, await run.checkpoint());
  const words = await (await codeOf(run)).encode(image(0));
  expect(await code.encode(image(0))).toEqual(words);
  await code.destroy();
  // What Adam keeps is for who goes on alone.
  const whole = await run.checkpoint();
  const bare = (layers: LayerWeights[]) => layers.map(({ weights, bias }) => ({ weights, bias }));
  const light = { ...whole, weights: whole.weights.map(bare) };
  const loaded = await loadCode(device, light);
  expect(await loaded.encode(image(0))).toEqual(words);
  await loaded.destroy();
  const missing = "its tensor layer1.weight.state1 is missing";
  expect(() => encodeCheckpoint(light)).toThrow(missing);
  const on = train(device, data, { ...optionsOf(whole), task: "reconstruct", from: light });
  await expect(on.ready()).rejects.toThrow(missing);
});
