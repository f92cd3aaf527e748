import { describe, expect, it } from "vitest";
import { call, Program } from "../../runtime/program";
import { numbers, testDevice } from "../../testing";
import { crossEntropy } from "../../verify/twin/step";
import { lossKernel } from "../standalone";
import { softmax } from "./softmax";

/**
 * Runs the kernel on `rows` [rows, classes] and compares loss and gradient with the float64 twin.
 * Returns the correct flags.
 */
async function check(rows: number[][], labels: number[]): Promise<number[]> {
  const device = await testDevice();
  const classes = rows[0]?.length as number;
  const buffers = {
    values: device.upload("values", Float32Array.from(rows.flat())),
    labels: device.upload("labels", Uint32Array.from(labels)),
    results: device.allocate("results", 8 * rows.length),
  };
  const kernel = lossKernel({ loss: softmax, rows: rows.length, outputs: classes });
  (await Program.create(device, [call(kernel, buffers)])).run(device);
  const gradient = new Float32Array(await device.read(buffers.values));
  const results = await device.read(buffers.results);
  rows.forEach((logits, r) => {
    const { loss, gradient: expected } = crossEntropy(logits, labels[r] as number);
    expect(new Float32Array(results)[2 * r]).toBeCloseTo(loss, 4);
    expected.forEach((d, i) => expect(gradient[classes * r + i]).toBeCloseTo(d / rows.length, 5));
  });
  return rows.map((_, r) => new Uint32Array(results)[2 * r + 1] as number);
}

describe("softmax, its loss and its gradient", () => {
  it("stay finite and right for logits of ±1e4; ties go to the lowest index", async () => {
    const rows = [
      [1e4, -1e4, 0],
      [-1e4, -1e4, -1e4],
      [1e4, 1e4, 1e4 - 1],
    ];
    expect(await check(rows, [1, 2, 0])).toEqual([0, 0, 1]);
  });

  // Of 64 one invocation has a row; of more each has a share: of 65 some have none.
  it.each([64, 65, 70, 128, 1000, 4099])("are right for %i classes", async (classes) => {
    const random = numbers(classes);
    const rows = Array.from({ length: 3 }, () =>
      Array.from({ length: classes }, () => 8 * random() - 4),
    );
    const best = rows.map((row) => row.indexOf(Math.max(...row)));
    expect(await check(rows, [0, 40, classes - 1])).toEqual(
      [0, 40, classes - 1].map((label, r) => Number(label === best[r])),
    );
    expect(await check(rows, best)).toEqual([1, 1, 1]);
  });

  it("find the lowest of equal outputs, also where they are other invocations'", async () => {
    const row = Array.from({ length: 300 }, (_, i) => (i % 100 === 7 ? 1 : 0));
    expect(await check([row, row], [7, 107])).toEqual([1, 0]);
  });
});
