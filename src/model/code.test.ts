import { describe, expect, it } from "vitest";
import { smallData, smallFiles, testDevice, uploadSmall } from "../testing";
import { controlOf } from "./buffers";
import { encodeCheckpoint } from "./checkpoint";
import type { Code } from "./code";
import { choosing } from "./code-layer";
import { Evaluator } from "./evaluator";
import { outputsOf } from "./look";
import { codeOf, loadCode, measure } from "./measures";
import { layer } from "./own-layer";
import type { TrainOptions } from "./spec";
import { train } from "./training";

const gumbel = layer("onehot:3", 4, { estimator: "gumbel" });
type Options = TrainOptions & { task: "reconstruct" };
const options = (own: Partial<TrainOptions> & Pick<TrainOptions, "hidden">): Options => ({
  ...{ optimizer: "adam", learningRate: 0.01, batch: 10 },
  ...{ epochs: 2, stepsPerEpoch: 50, reportEvery: 50 },
  ...own,
  task: "reconstruct",
});
const networks: [string, Pick<TrainOptions, "hidden"> & Partial<TrainOptions>][] = [
  ["between tanh layers", { hidden: [layer("tanh", 9), gumbel, layer("tanh", 9)], kl: 0.5 }],
  ["below the head, in a population", { hidden: [layer("tanh", 9), gumbel], members: 3 }],
  ["lowest, under layers that anneal", { hidden: [gumbel, layer("ternary", 7)], anneal: 1.5 }],
  ["soft in training", { hidden: [layer("onehot:3", 4, { estimator: "concrete" })] }],
  ["of mean squared error", { hidden: [layer("tanh", 9), gumbel], loss: "mse" }],
];

async function trained(own: (typeof networks)[number][1]) {
  const device = await testDevice();
  const data = await smallData();
  const training = train(device, data, options(own));
  for await (const _ of training);
  return { device, data, training, file: encodeCheckpoint(await training.checkpoint()) };
}
type Trained = Awaited<ReturnType<typeof trained>>;

/** The run's own outputs, forwards from the images, of each layer. */
async function outputs({ device, data, training }: Trained, member: number, pixels: Uint8Array) {
  const { buffers, step, ...network } = await training.ready();
  const spec = choosing(network.spec, false, true);
  const control = device.upload("control", controlOf(spec, step));
  const { sizes, tune, extra } = network;
  const parts = { device, data: network.data, spec, sizes, control, tune, extra };
  const evaluator = await Evaluator.create({ ...parts, parameters: buffers.parameters });
  const all = await outputsOf(evaluator, pixels as typeof data.test.pixels, member);
  evaluator.destroy();
  return { spec, all };
}

/** Where two lists differ first; `toEqual` takes seconds for so many numbers. */
const difference = (found: ArrayLike<number>, wanted: ArrayLike<number>): number =>
  found.length === wanted.length
    ? Array.prototype.findIndex.call(found, (value, i) => !Object.is(value, wanted[i]))
    : Math.min(found.length, wanted.length);

/** Many images, so that they go in several slices. */
const many = (pixels: Uint8Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(
    { length: 2600 * 15 },
    (_, i) => ((pixels[i % pixels.length] as number) + i) % 256,
  );

describe.each(networks)("a code %s", (_, own) => {
  it("is what its layer chooses, and decodes to the run's own images, to the bit", async () => {
    const run = await trained(own);
    const code = await loadCode(run.device, run.file);
    expect([code.neurons, code.choices]).toEqual([4, 3]);
    for (const member of code.spec.members.keys()) {
      const pixels = many(run.data.test.pixels as Uint8Array);
      const { spec, all } = await outputs(run, member, pixels);
      const words = await code.encode(pixels, member);
      const chosen = all[spec.hidden.findIndex(({ neuron }) => neuron === "onehot")];
      const symbols = Uint8Array.from({ length: 2600 * 4 }, (_, i) =>
        (chosen as Float32Array).subarray(3 * i, 3 * i + 3).indexOf(1),
      );
      expect(difference(words, symbols)).toBe(-1);
      const last = all.at(-1) as Float32Array;
      const images = spec.loss === "mse" ? last : last.map((logit) => 1 / (1 + Math.exp(-logit)));
      expect(difference(await code.decode(words, member), images)).toBe(-1);
    }
    code.destroy();
    run.device.check();
  });
});

describe("a code", () => {
  const hidden = [layer("tanh", 9), gumbel, layer("tanh", 9)];

  it("is a run's too, of its weights of the moment and of images on the GPU", async () => {
    const device = await testDevice();
    const data = await smallData();
    const training = train(device, data, options({ hidden, checkpointEvery: 50 }));
    const live = await codeOf(training);
    const seen: Uint8Array[] = [];
    for await (const { checkpoint } of training)
      if (checkpoint) {
        const { pixels } = data.test;
        const then = await loadCode(device, encodeCheckpoint(checkpoint));
        if (seen.push(await then.encode(pixels)) === 2) {
          expect(await live.encode(pixels)).toEqual(seen[1]);
          expect(await live.encodeSplit(data, "test")).toEqual(seen[1]);
          const atHand = await loadCode(device, checkpoint);
          expect(await atHand.encode(pixels)).toEqual(seen[1]);
          atHand.destroy();
          const words = await then.encodeSplit(data, "training");
          expect(words.length).toBe(4 * data.training.count);
          expect(words).toEqual(await live.encodeSplit(data, "training"));
        }
        then.destroy();
      }
    expect(seen).toHaveLength(2);
    expect(seen[0]).not.toEqual(seen[1]);
    live.destroy();
    device.check();
  });

  it("reconstructs as the loss says", async () => {
    const { data, device, file, training } = await trained({ hidden });
    const code = await loadCode(device, file);
    const { pixels } = data.test;
    const images = await code.decode(await code.encode(pixels));
    const each = Array.from(images, (p, i) => {
      const x = (pixels[i] as number) / 255;
      return -(x * Math.log(p) + (1 - x) * Math.log(1 - p));
    });
    const loss = each.reduce((sum, one) => sum + one, 0) / (pixels.length / 15);
    const [measured] = await measure(training as never, "test", "rounded");
    expect(loss).toBeCloseTo(measured?.loss as number, 4);
    code.destroy();
  });

  it("answers several questions at once", async () => {
    const { data, device, file } = await trained({ hidden });
    const code = await loadCode(device, file);
    const { pixels } = data.test;
    const words = await code.encode(pixels);
    const images = await code.decode(words);
    const [some, one, all] = await Promise.all([
      code.decode(words.subarray(0, 4)),
      code.encode(pixels.subarray(15, 30)),
      code.decode(words),
    ]);
    expect([some, one, all]).toEqual([images.subarray(0, 15), words.subarray(4, 8), images]);
    code.destroy();
  });

  it("refuses by name what is none", async () => {
    const { data, device, file, training } = await trained({ hidden });
    const code: Code = await loadCode(device, file);
    const refused = (asked: Promise<unknown>, why: RegExp) => expect(asked).rejects.toThrow(why);
    await refused(code.encode(new Uint8Array(16)), /16 pixels make no whole images of 15/);
    await refused(code.encode(data.test.pixels, 1), /no member/);
    await refused(code.decode(new Uint8Array(5)), /5 symbols make no whole words of 4/);
    await refused(code.decode(new Uint8Array()), /0 symbols make no whole words of 4/);
    await refused(
      code.decode(Uint8Array.of(0, 0, 0, 0, 0, 3, 0, 0)),
      /symbol 1 of word 1 is 3: symbols go from 0 to 2/,
    );
    await refused(code.decode(new Uint8Array(4), 1), /no member/);
    const other = await uploadSmall(device, smallFiles(3, { height: 4, width: 4 }));
    await refused(code.encodeSplit(other, "test"), /of 15 u8 values an image, and the data has 16/);
    code.destroy();
    const classifier = train(device, data, { hidden: [gumbel], batch: 10 });
    await refused(codeOf(classifier as never), /this one's task is classify: train one with/);
    const real = train(device, data, options({ hidden: [layer("tanh", 5)] }));
    await refused(codeOf(real), /a code needs a one-hot layer/);
    const wide = train(device, data, options({ hidden: [layer("onehot:300", 1)] }));
    await refused(codeOf(wide), /symbols are bytes, and this code has 300 categories/);
    for (const run of [classifier, real, wide, training]) await run.destroy();
  });
});
