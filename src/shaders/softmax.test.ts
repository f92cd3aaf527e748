import { describe, expect, it } from "vitest";
import { call, Program } from "../runtime/program";
import { numbers, testDevice } from "../testing";
import { crossEntropy } from "../verify/twin/step";
import { softmaxKernel } from "./alone";

/**
 * Runs the kernel on `rows` [rows, classes] and compares loss and gradient with the float64 twin.
 * Returns the correct flags.
 */
async function check(rows: number[][], labels: number[]): Promise<number[]> {
  const device = await testDevice();
  const classes = rows[0]?.length as number;
  const buffers = {
    given: device.upload("given", Float32Array.from(rows.flat())),
    labels: device.upload("labels", Uint32Array.from(labels)),
    dlogits: device.allocate("dlogits", 4 * rows.length * classes),
    results: device.allocate("results", 8 * rows.length),
  };
  (
    await Program.create(device, [call(softmaxKernel({ rows: rows.length, classes }), buffers)])
  ).run(device);
  const gradient = new Float32Array(await device.read(buffers.dlogits));
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

  it("are right for more classes than a workgroup has invocations", async () => {
    const random = numbers(5);
    const rows = Array.from({ length: 3 }, () =>
      Array.from({ length: 70 }, () => 8 * random() - 4),
    );
    await check(rows, [0, 40, 69]);
  });
});
