/** What training asks of WebGPU, counted by standing in front of its calls. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { HARDWARE, SOFTWARE, smallData, testDevice } from "../testing";
import { Network } from "./network";
import { layer } from "./own-layer";
import { resolve } from "./spec";
import { train } from "./training";

function count() {
  const dispatches = vi.spyOn(GPUComputePassEncoder.prototype, "dispatchWorkgroups");
  const submits = vi.spyOn(GPUQueue.prototype, "submit");
  const writes = vi.spyOn(GPUQueue.prototype, "writeBuffer");
  const maps = vi.spyOn(GPUBuffer.prototype, "mapAsync");
  return () => ({
    dispatches: dispatches.mock.calls.length,
    submits: submits.mock.calls.length,
    writes: writes.mock.calls.length,
    maps: maps.mock.calls.length,
  });
}
afterEach(() => vi.restoreAllMocks());

describe("a step", () => {
  for (const [name, tune, one] of [
    ["SOFTWARE", SOFTWARE, 4],
    ["HARDWARE", HARDWARE, 3],
  ] as const) {
    it(`is ${one} dispatches, and 2 a further layer (${name}); 200 are a submit`, async () => {
      for (const layers of [1, 2, 3]) {
        const hidden = Array.from({ length: layers }, () => layer("tanh", 5));
        const network = await Network.create(
          await testDevice(),
          await smallData(),
          resolve({ hidden, batch: 10, reportEvery: 1000 }),
          tune,
        );
        const counts = count();
        await network.train(200);
        const perStep = one + 2 * (layers - 1);
        // The ring of 100 steps is filled twice: the order, and the two lists of active words.
        expect(counts()).toEqual({
          dispatches: 200 * perStep + 2 * 3,
          submits: 1,
          writes: 0,
          maps: 1,
        });
        network.destroy();
        vi.restoreAllMocks();
      }
    });
  }

  it("in a run with reports writes nothing, and is read once a submit", async () => {
    const training = train(await testDevice(), await smallData(), {
      hidden: [layer("binary", 5)],
      batch: 10,
      stepsPerEpoch: 1000,
      epochs: 1,
    });
    await training.ready();
    const steps = training[Symbol.asyncIterator]();
    await steps.next();
    const counts = count();
    while (!(await steps.next()).done);
    const { submits, writes, maps } = counts();
    expect(submits).toBeLessThanOrEqual(6);
    expect({ writes, maps }).toEqual({ writes: 0, maps: submits });
  });
});
