/** Tasks whose outputs are compared with values, in whole runs; verify compares them with twins. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { requestDevice } from "../runtime/device";
import { DEVICE, HARDWARE, SOFTWARE, smallData, testDevice, uploadSmall } from "../testing";
import { build, trained } from "../testing-networks";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint";
import { completionLoss, measure, probeAccuracy, unusedSymbols } from "./measures";
import { layer } from "./own-layer";
import type { TrainOptions } from "./spec";
import type { Checkpoint } from "./state";
import { train } from "./training";
import { constantLoss, type ValueReport } from "./value-report";

const CODE = [layer("tanh", 9), layer("onehot:3", 4, { estimator: "gumbel" }), layer("tanh", 9)];
type Options = TrainOptions & { task: "reconstruct" | "complete" };
const RECONSTRUCT: Options = {
  ...{ task: "reconstruct", hidden: CODE, optimizer: "adam", learningRate: 0.01, kl: 0.5 },
};
const COMPLETE: Options = {
  ...{ task: "complete", hidden: [layer("onehot:3", 5)], optimizer: "adam", learningRate: 0.01 },
};

const LENGTH = { batch: 10, reportEvery: 20, stepsPerEpoch: 60, epochs: 2 };
const start = async (options: Options) =>
  train(await testDevice(), await smallData(), { ...LENGTH, ...options });

afterEach(() => vi.restoreAllMocks());

describe.each([RECONSTRUCT, COMPLETE])("$task", (options) => {
  it("goes on from each checkpoint to the same bits", async () => {
    const saved: Checkpoint[] = [];
    for await (const { checkpoint } of await start({ ...options, members: 2, checkpointEvery: 40 }))
      if (checkpoint) saved.push(decodeCheckpoint("file", encodeCheckpoint(checkpoint)));
    expect(saved.map(({ step }) => step)).toEqual([40, 80, 120]);
    for (const from of saved.slice(0, -1)) {
      const rest = await start({ ...options, members: 2, checkpointEvery: 40, from });
      for await (const _ of rest);
      expect((await rest.checkpoint()).weights).toEqual(saved.at(-1)?.weights);
    }
  });

  it("trains a member to the same bits alone and in company", async () => {
    const members = [{ seed: 3 }, { seed: 4, learningRate: 0.02 }, { seed: 5 }];
    for (const [m, member] of members.entries())
      expect(await trained({ ...options, members }, 40, m)).toBe(
        await trained({ ...options, ...member }, 40),
      );
  });

  it("goes on after its device is lost, to the same bits and losses", async () => {
    const whole = await start({ ...options, members: 2 });
    const reports: ValueReport[] = [];
    for await (const { checkpoint: _, ...report } of whole) reports.push(report);
    for (const lostAt of [0, 1, 4]) {
      let device = await requestDevice(DEVICE);
      const open = async () => ({ device, data: await uploadSmall(device) });
      const { data } = await open();
      const reopen = async () => {
        device = await requestDevice(DEVICE);
        return open();
      };
      const again = train(device, data, { ...LENGTH, ...options, members: 2, reopen });
      if (lostAt === 0) device.destroy();
      const seen: ValueReport[] = [];
      for await (const { checkpoint: _, ...report } of again)
        if (seen.push(report) === lostAt) device.destroy();
      expect(seen).toEqual(reports);
      expect(await again.weights(1)).toEqual(await whole.weights(1));
      expect(await measure(again, "test", "sampled")).toEqual(
        await measure(whole, "test", "sampled"),
      );
      device.destroy();
    }
  });

  it("learns more than one image for all, and reports it", async () => {
    const training = await start({ ...options, epochs: 10 });
    let last: ValueReport | undefined;
    for await (const report of training) last = report;
    const { data, spec } = await training.ready();
    expect(last?.collapsed).toEqual([]);
    expect(last?.validation.loss).toBeLessThan(0.97 * constantLoss(data, spec));
    expect("kl" in (last as ValueReport).training).toBe(options.task === "reconstruct");
  });
});

describe("a step", () => {
  for (const [name, tune, most] of [
    ["SOFTWARE", SOFTWARE, 4],
    ["HARDWARE", HARDWARE, 3],
  ] as const)
    it(`is ${most + 4} dispatches with three layers (${name})`, async () => {
      const network = await build(RECONSTRUCT, tune);
      const dispatches = vi.spyOn(GPUComputePassEncoder.prototype, "dispatchWorkgroups");
      await network.train(1);
      const filling = dispatches.mock.calls.length - (most + 4);
      dispatches.mockClear();
      await network.train(1);
      expect(dispatches.mock.calls.length).toBe(most + 4);
      expect(filling).toBe(3);
    });
});

describe("measures", () => {
  it("are those of the last report, and differ where choices are rounded", async () => {
    const training = await start({ ...RECONSTRUCT, members: 2 });
    let last: ValueReport | undefined;
    for await (const report of training) last = report;
    const [sampled, rounded] = [
      await measure(training, "validation", "sampled"),
      await measure(training, "validation", "rounded"),
    ];
    expect(sampled).toEqual(last?.members.map(({ validation }) => validation));
    for (const [m, { loss, kl }] of rounded.entries()) {
      expect(kl).toBeCloseTo(sampled[m]?.kl as number, 4);
      expect(loss).not.toBe(sampled[m]?.loss);
    }
    for (const unused of (await unusedSymbols(training)) ?? [-1]) {
      expect(unused).toBeGreaterThanOrEqual(0);
      expect(unused).toBeLessThanOrEqual(12 - 4);
    }
    for (const share of (await probeAccuracy(training)) ?? [0]) {
      expect(share).toBeGreaterThan(0.8); // of three classes, which show in the bright rows
      expect(Math.round(share * 23)).toBeCloseTo(share * 23, 10);
    }
  });

  it("of completions, many draws are likelier in the mean than one", async () => {
    const training = await start(COMPLETE);
    for await (const _ of training);
    const [one] = await completionLoss(training, "test", 1);
    const [many] = await completionLoss(training, "test", 40);
    const [mean] = await measure(training, "test", "sampled");
    expect(many).toBeLessThan(mean?.loss as number);
    expect(Math.abs((one as number) - (mean?.loss as number))).toBeLessThan(0.5);
    expect(await completionLoss(training, "test", 40)).toEqual([many]);
  });

  it("of one completion's draw is the loss with sampled choices", async () => {
    const training = await start({ ...COMPLETE, members: 2 }); // as of step 0, which keys the draw
    const losses = (await measure(training, "validation", "sampled")).map(({ loss }) => loss);
    const drawn = await completionLoss(training, "validation", 1);
    for (const [m, loss] of drawn.entries()) expect(loss).toBeCloseTo(losses[m] as number, 5);
    await training.destroy();
  });

  it("are refused for networks that classify", async () => {
    const training = train(await testDevice(), await smallData(), { hidden: CODE, batch: 10 });
    await expect(measure(training as never, "test", "sampled")).rejects.toThrow(/use evaluate/);
    await training.destroy();
  });
});

it("says of a run that collapsed that it has", async () => {
  const options = { ...RECONSTRUCT, optimizer: "sgd", learningRate: 30 };
  let last: ValueReport | undefined;
  for await (const report of await start({ ...options, members: 2 })) last = report;
  expect(last?.collapsed).toEqual([0, 1]);
});

describe("what makes no run", () => {
  const failing = async (options: TrainOptions) =>
    train(await testDevice(), await smallData(), { batch: 10, ...options }).ready();

  it.each([
    [{ hidden: CODE, kl: 1 }, /kl weighs the choices of one-hot layers in reconstruct, got 1/],
    [{ ...RECONSTRUCT, hidden: [layer("tanh", 5)] }, /kl weighs the choices/],
    [{ ...RECONSTRUCT, kl: -1 }, /kl must be a number above 0, got -1/],
    [{ ...RECONSTRUCT, loss: "softmax" }, /reconstruct has no loss softmax: .* bernoulli, mse/],
    [{ hidden: CODE, loss: "mse" }, /classify has no loss mse: choose from softmax/],
    [{ hidden: CODE, task: "dream" as never }, /there is no task dream: choose from classify/],
  ])("is refused by name (%#)", async (options, message) => {
    await expect(failing(options as TrainOptions)).rejects.toThrow(message);
  });
});
