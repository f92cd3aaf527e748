import { expect, it } from "vitest";
import { call, Program } from "../runtime/program";
import { testDevice } from "../testing";
import { softmaxKernel } from "./softmax";

it("keeps softmax, loss and gradient finite and right for logits of ±1e4", async () => {
  const rows = [
    [1e4, -1e4, 0],
    [-1e4, -1e4, -1e4],
    [1e4, 1e4, 1e4 - 1],
  ];
  const labels = [1, 2, 0];
  const device = await testDevice();
  const buffers = {
    given: device.upload("given", Float32Array.from(rows.flat())),
    labels: device.upload("labels", Uint32Array.from(labels)),
    dlogits: device.allocate("dlogits", 36),
    results: device.allocate("results", 24),
  };
  (await Program.create(device, [call(softmaxKernel({ rows: 3, classes: 3 }), buffers)])).run(device);
  const gradient = new Float32Array(await device.read(buffers.dlogits)).slice(0, 9);
  const results = await device.read(buffers.results);
  const twin = rows.map((logits, r) => {
    const top = Math.max(...logits);
    const exps = logits.map((l) => Math.exp(l - top));
    const sum = exps.reduce((a, b) => a + b);
    return { loss: Math.log(sum) + top - (logits[labels[r] as number] as number), d: exps.map((e, i) => (e / sum - Number(i === labels[r])) / 3) };
  });
  twin.forEach(({ loss, d }, r) => {
    expect(new Float32Array(results)[2 * r]).toBeCloseTo(loss, 4);
    d.forEach((want, i) => expect(gradient[3 * r + i]).toBeCloseTo(want, 5));
  });
  expect([1, 3, 5].map((i) => new Uint32Array(results)[i])).toEqual([0, 0, 1]); // ties go to the lowest index
});
