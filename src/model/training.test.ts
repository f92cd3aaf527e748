import { describe, expect, it } from "vitest";
import { uploadDataset } from "../data/dataset";
import type { DataFiles } from "../data/files";
import type { DataOptions } from "../data/options";
import { requestDevice } from "../runtime/device";
import { DeviceLostError } from "../runtime/errors";
import { DEVICE, SMALL, smallData, smallFiles, testDevice, uploadSmall } from "../testing";
import { decodeCheckpoint, encodeCheckpoint, memberOf } from "./checkpoint";
import { oneHot, staircase } from "./layers";
import { layer } from "./own-layer";
import { chance, type Report, warning } from "./report";
import { parseNeuron, resolve, type TrainOptions } from "./spec";
import type { Checkpoint } from "./state";
import { optionsOf } from "./state";
import { train } from "./training";

const OPTIONS = {
  hidden: [oneHot(12, { categories: 3 })],
  batch: 10,
  epochs: 2,
  stepsPerEpoch: 50,
  reportEvery: 20,
  learningRate: 0.3,
};
const start = async (options: Partial<TrainOptions> = {}) =>
  train(await testDevice(), await smallData(), { ...OPTIONS, ...options });

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
    expect(last.validation.accuracy).toBe(
      (await training.evaluate("validation")).reduce((a, b) => a + b) / 2,
    );
    expect((await training.evaluate("test"))[0]).toBeGreaterThan(0.8);
  });

  it("takes as few steps a submit as it is allowed, to the same bits", async () => {
    const asked: number[] = [];
    const slow = await start({
      stepsPerEpoch: 15,
      throttle: async () => {
        asked.push(await slow.step);
        return asked.length < 8 ? 3.7 : Number.POSITIVE_INFINITY;
      },
    });
    const steps: number[] = [];
    for await (const { step } of slow) steps.push(step);
    expect(asked.slice(0, 8)).toEqual([0, 3, 6, 9, 12, 15, 18, 20]);
    expect(steps).toEqual([20, 30]);
    const free = await start({ stepsPerEpoch: 15 });
    for await (const _ of free);
    expect(await slow.weights()).toEqual(await free.weights());
    const none = await start({ throttle: () => 0 });
    await expect(none[Symbol.asyncIterator]().next()).rejects.toThrow(
      "throttle must give 1 step or more, got 0",
    );
  });

  it("looks at the data set's images as they are, also in rows of no whole words", async () => {
    const data = await smallData();
    const training = train(await testDevice(), data, OPTIONS);
    for await (const _ of training);
    const { probabilities } = await training.look(data.test.pixels);
    const right = [...data.test.labels].filter((label, i) => {
      const row = probabilities.subarray(3 * i, 3 * i + 3);
      return row.indexOf(Math.max(...row)) === label;
    });
    expect(right.length / SMALL.test).toBeGreaterThan(0.8);
    expect(right.length / SMALL.test).toBeCloseTo((await training.evaluate("test"))[0] ?? 0, 6);
  });

  it("tells the slope of evaluation at any step, rounded as the GPU rounds it", async () => {
    const options = { anneal: 1.1, slopeCap: 2, members: [{ slope: 1 }, { slope: 1.9 }] };
    const training = await start(options);
    const once = Math.fround(1.1);
    expect([0, 49, 50, 100].map((step) => training.slopeAt(step))).toEqual([
      1,
      1,
      once,
      Math.fround(once * once),
    ]);
    expect(training.slopeAt(100, 1)).toBe(2);
    expect(() => training.slopeAt(0, 2)).toThrow("there is no member 3 of 2");
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

  it("may be evaluated and looked into by several at once, undisturbed", async () => {
    const { labels, pixels } = (await smallData()).test;
    const images = Uint8Array.from(
      { length: labels.length * 15 },
      (_, i) => pixels[16 * Math.floor(i / 15) + (i % 15)] as number,
    );
    // What one look leaves behind must not pass for what another finds.
    const others = images.slice().reverse();
    const quiet = await start();
    const expected: Report[] = [];
    for await (const report of quiet) expected.push(report);
    const alone = [
      await quiet.evaluate("test"),
      await quiet.look(images),
      await quiet.evaluate("validation"),
      await quiet.look(others),
    ];
    const all = [
      quiet.evaluate("test"),
      quiet.look(images),
      quiet.evaluate("validation"),
      quiet.look(others),
    ];
    expect(await Promise.all(all)).toEqual(alone);
    const busy = await start();
    const seen: Report[] = [];
    const looks: Promise<unknown>[] = [];
    for await (const report of busy) {
      seen.push(report);
      looks.push(busy.look(images), busy.evaluate("test"), busy.evaluate("validation"));
    }
    await Promise.all(looks);
    expect(seen).toEqual(expected);
    expect(await busy.look(images)).toEqual(alone[1]);
  });

  it("is destroyed only when nobody looks at it, and leaves the device sound", async () => {
    const images = new Uint8Array(15 * 20).fill(9);
    const training = await start();
    for await (const _ of training) break; // with submits still under way
    const looks = [training.look(images), training.evaluate("test"), training.weights()];
    await training.destroy();
    expect(await Promise.all(looks)).toHaveLength(3);
    expect(await (await start()).evaluate("test")).toHaveLength(1);
    (await testDevice()).check();
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
    await expect(training[Symbol.asyncIterator]().next()).rejects.toThrow(
      /a weight of layer \d became NaN or infinite between steps 1 and 20: use a lower/,
    );
    const wild = await start({ hidden: [layer("tanh", 5)], learningRate: 3e38 });
    await expect(wild[Symbol.asyncIterator]().next()).rejects.toThrow(/became NaN or infinite/);
  });

  it("says which members are at chance, once an epoch is over, and no others", async () => {
    const training = await start({ members: 2, hidden: [layer("tanh", 8)] });
    const network = await training.ready();
    const blind = await network.weights(1);
    for (const { weights, bias } of blind) for (const values of [weights, bias]) values.fill(0);
    // A member with no weights in a tanh network passes no gradient below; its bias alone learns,
    // which is chance.
    network.setWeights([await network.weights(0), blind]);
    const reports: Report[] = [];
    for await (const report of training) reports.push(report);
    expect(reports.map(({ atChance }) => atChance)).toEqual([[], [], [1], [1], [1]]);
    expect(warning(reports.at(-1) as Report, ["seed 4", "seed 5"])).toMatch(
      /^Of 2 members, 1 \(seed 5\) is at chance, \d+\.\d % right: nothing is learned; a lower/,
    );
    expect(warning({ ...(reports.at(-1) as Report), atChance: [] }, [])).toBeUndefined();
    expect(chance(Uint32Array.of(0, 1, 1, 2))).toBeCloseTo(0.51, 10);
    expect(chance(Uint32Array.of(300, 1000, 1000, 2))).toBeCloseTo(0.51, 10);
    // All of one class: right every time is not chance, nor is anything else.
    expect(chance(Uint32Array.of(4, 4, 4))).toBeLessThan(0);
  });

  it("refuses, by name, what makes no network or does not fit", async () => {
    const bad = (options: Partial<TrainOptions>) => () => resolve({ ...OPTIONS, ...options });
    expect(bad({ hidden: [] })).toThrow("a network takes 1 to 64 hidden layers, got 0");
    expect(bad({ hidden: Array(65).fill(layer("tanh", 1)) })).toThrow(
      "a network takes 1 to 64 hidden layers, got 65",
    );
    expect(bad({ hidden: [layer("tanh", 0)] })).toThrow(
      "hidden units must be a whole number of 1 or more, got 0",
    );
    expect(bad({ hidden: [{ neuron: "elu", units: 3 }] })).toThrow(
      "there is no neuron elu: choose from tanh",
    );
    expect(bad({ hidden: [layer("binary", 3, { estimator: "gumbel" })] })).toThrow(
      "binary has no estimator gumbel: choose from straight-through",
    );
    expect(bad({ learningRate: Number.NaN })).toThrow(
      "learning rate must be a number above 0, got NaN",
    );
    // Names from JavaScript that are none: they would be left to their defaults without a word.
    const untyped = (options: object) => bad(options as Partial<TrainOptions>);
    expect(untyped({ lr: 0.1 })).toThrow(/^a run has no lr: choose from hidden, members,/);
    expect(untyped({ hidden: [{ ...layer("tanh", 3), unit: 4 }] })).toThrow(
      "a layer has no unit: choose from neuron, units",
    );
    expect(untyped({ members: [{ seed: 1, learningrate: 2 }] })).toThrow(
      "a member has no learningrate: choose from seed, learningRate",
    );
    expect(resolve({ ...OPTIONS, epochs: 1.5 }).epochs).toBe(1.5); // 75 steps
    expect(bad({ epochs: 1.505 })).toThrow("epochs must be a whole number of 1 or more, got 1.505");
    expect(bad({ members: 0 })).toThrow("members must be a whole number from 1 to 65535, got 0");
    expect(resolve({ hidden: [oneHot(3), staircase(3)] }).hidden.map(({ size }) => size)).toEqual([
      5, 5,
    ]);
    expect(() => parseNeuron("onehot:1")).toThrow(
      "onehot needs 2 or more categories, got 1: try onehot:5",
    );
    expect(() => parseNeuron("staircase:1000000000")).toThrow(
      "staircase takes 1000 levels at the most, got 1000000000: try staircase:5",
    );
    expect(() => parseNeuron("tanh:3")).toThrow("tanh takes no number");
    expect(() => parseNeuron("staircase:x")).toThrow("staircase needs 2 or more levels, got x");
    await expect((await start({ hidden: [layer("tanh", 1e9)] })).ready()).rejects.toThrow(
      /weights of 15 – 1000000000 – 3 needs .* in one buffer/,
    );
    // Weights that fit, and activations of sixteen rows that do not: with two pixels, there are
    // more of those.
    const device = await testDevice();
    const units = 4 * Math.floor(device.limits.maxStorageBufferBindingSize / 160);
    const tiny = await uploadDataset(device, smallFiles(3, { height: 1, width: 2 }));
    await expect(
      train(device, tiny, { hidden: [layer("tanh", units)], batch: 1 }).ready(),
    ).rejects.toThrow(/buffer of an evaluation of 2 – \d+ – 3 needs/);
  });
});

describe("a checkpoint", () => {
  const again = async (from: Checkpoint, options: Partial<TrainOptions> = {}) =>
    start({ ...optionsOf(from), from, ...options });

  it("holds a population to the bit, and predicts the same", async () => {
    const training = await start({ members: 2, seed: 4 });
    for await (const _ of training);
    const saved = await training.checkpoint();
    const read = decodeCheckpoint("file", encodeCheckpoint(saved));
    expect(read).toEqual(saved);
    expect(read.members.map(({ seed }) => seed)).toEqual([4, 5]);
    const restored = await again(memberOf(read, 1));
    expect(await restored.evaluate("test")).toEqual([(await training.evaluate("test"))[1]]);
  });

  it("comes with reports, and a run goes on from each to the same bits, slopes too", async () => {
    const options = {
      hidden: [layer("staircase:4", 9)],
      members: 2,
      anneal: 1.3,
      slopeCap: 3,
      epochs: 3,
      checkpointEvery: 40,
    };
    const whole = await start(options);
    const saved: Checkpoint[] = [];
    const reports: Report[] = [];
    for await (const report of whole) {
      reports.push(report);
      if (report.checkpoint)
        saved.push(decodeCheckpoint("file", encodeCheckpoint(report.checkpoint)));
    }
    expect(saved.map(({ step }) => step)).toEqual([40, 80, 120, 150]);
    const final = saved.at(-1)?.weights;
    for (const from of saved) {
      const rest = await start({ ...options, from });
      const later: Report[] = [];
      for await (const report of rest) later.push(report);
      expect(later.map(({ members }) => members)).toEqual(
        reports.filter(({ step }) => step > from.step).map(({ members }) => members),
      );
      expect((await rest.checkpoint()).weights).toEqual(final);
      expect(await rest.evaluate("test")).toEqual(await whole.evaluate("test"));
    }
  });

  it("is refused when cut, foreign, or for other data or settings", async () => {
    const training = await start();
    const file = encodeCheckpoint(await training.checkpoint());
    expect(() => decodeCheckpoint("m", file.slice(0, 5))).toThrow("m is not a Stairstep model");
    expect(() => decodeCheckpoint("m", file.slice(0, file.length - 4))).toThrow(
      /m is not a Stairstep model \(its tensors end at \d+, and it has/,
    );
    expect(() => decodeCheckpoint("m", new Uint8Array(100))).toThrow("m is not a Stairstep model");
    const from = decodeCheckpoint("m", file);
    const device = await testDevice();
    const over = async (change: (files: DataFiles) => void, more: DataOptions = {}) => {
      const other = smallFiles();
      change(other);
      const data = await uploadDataset(device, other, { validation: "first", ...more });
      return expect(train(device, data, { ...OPTIONS, from }).ready()).rejects;
    };
    const flip = ({ bytes }: { bytes: Uint8Array }, at: number) => {
      bytes[at] = (bytes[at] as number) ^ 1;
    };
    await (await over(({ trainLabels }) => trainLabels.bytes.fill(8, 8, 9))).toThrow(
      "knows 3 classes, and the data has 15 and 9",
    );
    // One pixel, one label, of either file, or another split.
    for (const change of [
      ({ trainImages }: DataFiles) => flip(trainImages, 400),
      ({ testImages }: DataFiles) => flip(testImages, 99),
      ({ testLabels }: DataFiles) => flip(testLabels, 9),
    ])
      await (await over(change)).toThrow(
        /^the model was trained on made-up data \([0-9a-f]{16}\), and this is unnamed data \(/,
      );
    await (
      await over(() => {}, { name: "made-up data", validation: "stratified", seed: 3 })
    ).toThrow(
      "the model was trained on made-up data (validation first 7), and this is made-up data " +
        "(validation stratified 3): use the data it was trained on",
    );
    await expect((await start({ from, seed: 2 })).ready()).rejects.toThrow(
      "the checkpoint's members[0].seed is 1, and this run's 2: go on with the settings it was",
    );
    await expect(start({ checkpointEvery: 30 })).rejects.toThrow(
      "must be a multiple of the 20 between reports, got 30",
    );
  });
});

describe("a lost device", () => {
  it("is replaced, and training goes on from its last checkpoint to the same bits", async () => {
    const whole = await start({ epochs: 8 });
    const expected: Report[] = [];
    for await (const { checkpoint: _, ...report } of whole) expected.push(report);
    for (const lostAt of [0, 3, 7, 12, 19]) {
      let device = await requestDevice(DEVICE);
      let losses = 0;
      const open = async () => ({ device, data: await uploadSmall(device) });
      const { data } = await open();
      const reopen = async () => {
        losses++;
        device = await requestDevice(DEVICE);
        return open();
      };
      const training = train(device, data, { ...OPTIONS, epochs: 8, reopen });
      const seen: Report[] = [];
      if (lostAt === 0) device.destroy();
      for await (const { checkpoint: _, ...report } of training) {
        seen.push(report);
        if (seen.length !== lostAt) continue;
        device.destroy();
        const looks = [
          training.evaluate("test"),
          training.weights(),
          training.evaluate("validation"),
        ]; // all find out at once
        expect(await Promise.all(looks)).toHaveLength(3);
      }
      if (lostAt === 19) device.destroy(); // after the end
      expect(seen.map(({ members }) => members)).toEqual(expected.map(({ members }) => members));
      expect(await training.weights()).toEqual(await whole.weights());
      expect(losses).toBe(lostAt === 19 ? 2 : 1);
      device.destroy();
    }
  });

  it("is not replaced by one that comes with other data", async () => {
    const device = await requestDevice(DEVICE);
    const open = async (pixel: number) => {
      const files = smallFiles();
      files.trainImages.bytes[500] = pixel;
      const other = await requestDevice(DEVICE);
      return { device: other, data: await uploadSmall(other, files) };
    };
    const training = train(device, await uploadSmall(device), {
      ...OPTIONS,
      reopen: () => open(77),
    });
    for await (const { checkpoint } of training) if (checkpoint) break;
    device.destroy();
    await expect(training.evaluate("test")).rejects.toThrow(
      /the model was trained on made-up data .* and this is made-up data .*: use the data it/,
    );
  });

  it("ends the run where no other is to be had, and after three in a row", async () => {
    const device = await requestDevice(DEVICE);
    const training = train(device, await uploadSmall(device), OPTIONS);
    await training.ready();
    device.destroy();
    await expect(training[Symbol.asyncIterator]().next()).rejects.toThrow(DeviceLostError);
    let tries = 0;
    const broken = async () => {
      tries++;
      const other = await requestDevice(DEVICE);
      const data = await uploadSmall(other);
      other.destroy();
      return { device: other, data };
    };
    const { device: gone, data } = await broken();
    await expect(
      train(gone, data, { ...OPTIONS, reopen: broken })
        [Symbol.asyncIterator]()
        .next(),
    ).rejects.toThrow(/the GPU device was lost/);
    expect(tries).toBe(4);
  });
});
