/** Networks of each tuning by name, whichever the device would choose. */
import { describe, expect, it } from "vitest";
import type { Dataset } from "../../data/dataset";
import { ALONE, HARDWARE, SOFTWARE, smallData, testDevice, uploadSmall } from "../../testing";
import { batchOf, build, hash, trained, twinLayers } from "../../testing-networks";
import { SETS } from "../../verify/data";
import { NO_NOISE, trainStep } from "../../verify/twin/step";
import { outputsOf } from "../look";
import { layer } from "../own-layer";
import { type PartialTuning, type Tuning, withValue } from ".";
import { CHOICES } from "./choices";

/** A data set of images that are mostly blank, as handwriting is. */
let blank: Promise<Dataset> | undefined;
const blankData = (): Promise<Dataset> =>
  (blank ??= testDevice().then((device) => uploadSmall(device, SETS.whole.files)));

/** The largest difference; NaN and too few numbers are infinitely far. */
function furthest(found: ArrayLike<number> | undefined, wanted: number[]): number {
  if (found?.length !== wanted.length) return Number.POSITIVE_INFINITY;
  const away = wanted.map((want, i) => Math.abs((found[i] as number) - want));
  return away.reduce((a, b) => (b <= a ? a : Number.isNaN(b) ? Number.POSITIVE_INFINITY : b), 0);
}

describe("one training step", () => {
  for (const [name, tune] of Object.entries({ SOFTWARE, ALONE, HARDWARE })) {
    // The upper layer is wider than a workgroup, the classes are more than its first few
    // invocations write, and no tile divides the rows. Classes are one slice of the head, several
    // alike, and several whose last is smaller.
    it.each([23, 32, 47, 62, 100, 256, 1000, 3001])(
      `of two tanh layers and %i classes equals its float64 twin (${name})`,
      async (classes) => {
        const network = await build(
          {
            hidden: [layer("tanh", 9), layer("tanh", 70)],
            slope: 1.5,
            learningRate: 0.8,
            batch: 71,
            stepsPerEpoch: 1,
          },
          tune,
          smallData(classes),
        );
        const before = await network.weights(0);
        const [report] = (await network.train(1)).reports[0]?.numbers ?? [];
        const after = await network.weights(0);
        const batch = await batchOf(network);
        const twin = trainStep(
          twinLayers(before),
          network.spec.hidden,
          batch,
          batch.map(() => NO_NOISE),
          { rate: 0.8, slope: 1.5, tau: 1 },
        );
        expect(report?.lossSum).toBeCloseTo(twin.lossSum, 3);
        expect(report?.correct).toBe(twin.correct);
        twin.layers.forEach(({ weights, bias }, l) => {
          expect(furthest(after[l]?.weights, weights.flat()), `weights ${l}`).toBeLessThan(5e-6);
          expect(furthest(after[l]?.bias, bias), `bias ${l}`).toBeLessThan(5e-6);
        });
      },
    );
  }
});

describe("a run", () => {
  for (const kind of ["software", "gpu"] as const) {
    it(`does not depend on any choice of the tuner's for ${kind}`, async () => {
      const { subgroup } = (await testDevice()).adapter;
      const hidden = [layer("ternary", 13), layer("onehot:3", 7)];
      const built: Tuning = kind === "software" ? SOFTWARE : HARDWARE;
      const values = CHOICES[kind]
        .flatMap(({ values }) => values)
        .filter(({ share }) => !share || share === subgroup);
      const expected = await trained({ hidden, members: 2 }, 40, 1, withValue(built, { share: 0 }));
      for (const value of values)
        expect([
          value,
          await trained({ hidden, members: 2 }, 40, 1, withValue(built, value)),
        ]).toEqual([value, expected]);
    });
  }

  for (const [name, tune] of Object.entries({ SOFTWARE, HARDWARE })) {
    it(`of mostly blank images is the same whatever is skipped (${name})`, async () => {
      const train = async (value: PartialTuning) => {
        const hidden = [layer("tanh", 13)];
        const network = await build({ hidden }, withValue(tune, value), blankData());
        await network.train(20);
        return hash(await network.weights(0));
      };
      const expected = await train({});
      for (const value of [{ forwardRows: 1 }, { forwardRows: 5 }, { skipBlank: false }])
        expect([value, await train(value)]).toEqual([value, expected]);
    });

    it(`shows the same outputs for an image, whichever is beside it (${name})`, async () => {
      const network = await build({ hidden: [layer("tanh", 13)] }, tune, blankData());
      const { pixels } = (await blankData()).test;
      const size = 144;
      const image = (i: number) => pixels.slice(i * size, (i + 1) * size);
      const beside = async (other: number) => {
        const pair = new Uint8Array(2 * size);
        pair.set(image(0));
        pair.set(image(other), size);
        return (await outputsOf(await network.evaluator(), pair, 0)).map((o) =>
          o.slice(0, o.length / 2),
        );
      };
      const expected = await beside(0);
      for (const other of [1, 2, 3]) expect(await beside(other)).toEqual(expected);
    });
  }

  it("differs between software and hardware by the order of sums alone", async () => {
    const hidden = [layer("ternary", 13), layer("onehot:3", 7)];
    const ordered: Tuning = {
      ...HARDWARE,
      headWorkgroup: SOFTWARE.headWorkgroup,
      tiles: { ...HARDWARE.tiles, splits: 1 },
    };
    expect(await trained({ hidden }, 40, 0, ordered)).toBe(
      await trained({ hidden }, 40, 0, SOFTWARE),
    );
  });
});
