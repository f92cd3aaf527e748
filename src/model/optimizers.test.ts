/** Every optimizer in whole runs: what it keeps is each member's own, and goes on from a file. */
import { describe, expect, it } from "vitest";
import { optimizers } from "../shaders/optimizers/catalogue";
import { smallData, testDevice } from "../testing";
import { trained } from "../testing-networks";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint";
import { layer } from "./own-layer";
import { resolve, type TrainOptions } from "./spec";
import type { Checkpoint } from "./state";
import { train } from "./training";

const hidden = [layer("onehot:3", 7), layer("tanh", 5)];

describe.each([...optimizers])("$name", ({ name: optimizer, rate, state }) => {
  const start = async (options: Partial<TrainOptions> = {}) =>
    train(await testDevice(), await smallData(), {
      ...{ hidden, optimizer, members: 2, batch: 10, reportEvery: 20 },
      ...{ stepsPerEpoch: 60, epochs: 2, checkpointEvery: 40, ...options },
    });

  it("has a rate of its own, for those who give none", () => {
    const rates = (options: Partial<TrainOptions>) =>
      resolve({ hidden, optimizer, ...options }).members.map(({ learningRate }) => learningRate);
    expect(rates({})).toEqual([rate]);
    expect(rates({ members: [{}, { learningRate: 0.3 }] })).toEqual([rate, 0.3]);
    expect(rates({ learningRate: 0.2 })).toEqual([0.2]);
  });

  it("goes on from each checkpoint to the same bits, with what it keeps", async () => {
    const whole = await start();
    const saved: Checkpoint[] = [];
    for await (const { checkpoint } of whole)
      if (checkpoint) saved.push(decodeCheckpoint("file", encodeCheckpoint(checkpoint)));
    expect(saved.map(({ step }) => step)).toEqual([40, 80, 120]);
    const final = saved.at(-1)?.weights;
    for (const from of saved.slice(0, -1)) {
      for (const layers of from.weights)
        for (const { weights, state: kept = [] } of layers) {
          expect(kept.map((one) => one.weights.length)).toEqual(Array(state).fill(weights.length));
          for (const one of kept) expect(one.weights.some((value) => value !== 0)).toBe(true);
        }
      const rest = await start({ from });
      for await (const _ of rest);
      expect((await rest.checkpoint()).weights).toEqual(final);
    }
  });

  it("trains a member to the same bits alone and in company", async () => {
    const members = [{ seed: 3 }, { seed: 4, learningRate: 2 * rate }, { seed: 5 }];
    for (const [m, member] of members.entries())
      expect(await trained({ hidden, optimizer, members }, 40, m)).toBe(
        await trained({ hidden, optimizer, ...member }, 40),
      );
  });

  it("learns at its own rate", async () => {
    const training = await start({ hidden: [layer("tanh", 30)], members: 1, epochs: 10 });
    for await (const _ of training);
    expect((await training.evaluate("test"))[0]).toBeGreaterThan(0.85);
  });
});
