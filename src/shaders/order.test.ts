import { describe, expect, it } from "vitest";
import { call, Program } from "../runtime/program";
import { testDevice } from "../testing";
import { packControl } from "./control";
import { orderKernel } from "./order";

const member = { seed: 1, rate: 1, slope: 1, tau: 1, anneal: 1, cap: 1 };

/** The images of `slots` steps from `step` on, in order, and their labels. */
async function order(
  { images, first, batch, slots }: Parameters<typeof orderKernel>[0],
  step: number,
  seed: number,
): Promise<{ image: number[]; label: number[] }> {
  const device = await testDevice();
  const labels = device.upload(
    "labels",
    Uint32Array.from({ length: first + images }, (_, i) => i % 251),
  );
  const control = device.upload("control", packControl(step, 1000, seed, [member]));
  const batches = device.allocate("batches", 8 * slots * batch);
  (
    await Program.create(device, [
      call(orderKernel({ images, first, batch, slots }), { labels, control, batches }),
    ])
  ).run(device);
  const words = new Uint32Array(await device.read(batches)).slice(0, 2 * slots * batch);
  const turn = (step % slots) * batch;
  const at = (i: number, part: number) =>
    words[2 * ((turn + i) % (slots * batch)) + part] as number;
  return {
    image: Array.from({ length: slots * batch }, (_, i) => at(i, 0)),
    label: Array.from({ length: slots * batch }, (_, i) => at(i, 1)),
  };
}

describe("batch order", () => {
  for (const images of [1, 2, 77, 1000, 4096, 5003]) {
    it(`shows each of ${images} images exactly once per data epoch, twice over`, async () => {
      const { image, label } = await order({ images, first: 9, batch: images, slots: 2 }, 0, 1);
      const all = Array.from({ length: images }, (_, i) => 9 + i);
      expect(image.slice(0, images).toSorted((a, b) => a - b)).toEqual(all);
      expect(image.slice(images).toSorted((a, b) => a - b)).toEqual(all);
      expect(label).toEqual(image.map((i) => i % 251));
      if (images > 70) expect(image.slice(images)).not.toEqual(image.slice(0, images));
    });
  }

  it("is the same however submits cut it, also where a data epoch ends in a batch", async () => {
    const shape = { images: 103, first: 0, batch: 10, slots: 7 };
    const whole = await order({ ...shape, slots: 40 }, 0, 5);
    for (const step of [0, 3, 9, 30])
      expect((await order(shape, step, 5)).image).toEqual(
        whole.image.slice(10 * step, 10 * step + 70),
      );
  });

  it("differs between seeds, and is spread evenly", async () => {
    const shape = { images: 4000, first: 0, batch: 4000, slots: 1 };
    const [one, two] = [(await order(shape, 0, 1)).image, (await order(shape, 0, 2)).image];
    // One expected by chance.
    expect(one.filter((image, i) => image === two[i]).length).toBeLessThan(12);
    const tenths = Array.from(
      { length: 10 },
      (_, t) => one.slice(0, 400).filter((i) => Math.floor(i / 400) === t).length,
    );
    const chi2 = tenths.reduce((sum, n) => sum + (n - 40) ** 2 / 40, 0);
    expect(chi2).toBeLessThan(27.9); // 9 degrees of freedom, p = 0.001; the seed is fixed
  });
});
