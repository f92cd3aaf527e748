/**
 * Gumbel-Rao beside what its paper proves: its draws are those of Gumbel-softmax given the choice,
 * so its gradient has the same mean and a smaller variance. ReinMax-Rao beside its definition, by
 * draws of all Gumbels that make its choice.
 */
import { describe, expect, it } from "vitest";
import { layer } from "../../model/own-layer";
import { neuronLayer, resolve } from "../../model/spec";
import { call, Program } from "../../runtime/program";
import { numbers, testDevice } from "../../testing";
import { ESTIMATORS, softmax } from "../../verify/twin/neurons";
import { packControl } from "../control";
import { backKernel, fireKernel } from "../standalone";

const LOGITS = [0.8, -1.1, 0.2, -0.4];
const DY = [0.7, -0.3, 1.2, -0.9];
const [ROWS, UNITS, GROUP] = [1500, 8, LOGITS.length];

type Sample = { choice: number; dz: number[] };

/** Every neuron of a layer fired and gone back through once, row by row. */
async function samples(estimator: string, tau: number, step = 1, place = 0): Promise<Sample[]> {
  const device = await testDevice();
  const spec = resolve({ hidden: [layer(`onehot:${GROUP}`, UNITS, { estimator })] });
  const shape = {
    ...neuronLayer(spec.hidden[0]!, "training"),
    ...{ label: "test", rows: ROWS, members: 1 },
  };
  const repeated = (values: readonly number[]) =>
    Float32Array.from({ length: ROWS * UNITS * GROUP }, (_, i) => values[i % GROUP] as number);
  const member = { seed: 5, rate: 1, slope: 1, tau, anneal: 1, cap: 1 };
  const buffers = {
    control: device.upload("control", packControl(step, 1000, 1, [member])),
    z: device.upload("z", repeated(LOGITS)),
    y: device.upload("y", repeated([0])),
    dz: device.upload("dz", repeated(DY)),
  };
  const noise = { purpose: "training", layer: place } as const;
  const { control, z, y, dz } = buffers;
  const program = await Program.create(device, [
    call(fireKernel(shape, noise), { control, z, y }),
    call(backKernel(shape, noise), { control, z, y, dz }),
  ]);
  program.run(device);
  const [ys, dzs] = await Promise.all(
    [y, dz].map(async (buffer) => new Float32Array(await device.read(buffer))),
  );
  for (const buffer of Object.values(buffers)) buffer.destroy();
  return Array.from({ length: ROWS * UNITS }, (_, n) => {
    const of = (values: Float32Array) => [...values.subarray(n * GROUP, (n + 1) * GROUP)];
    return { choice: of(ys as Float32Array).indexOf(1), dz: of(dzs as Float32Array) };
  });
}

const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;
function moments(values: readonly number[]): { mean: number; variance: number } {
  const m = mean(values);
  return { mean: m, variance: mean(values.map((x) => (x - m) ** 2)) };
}
/** Expects two means of independent draws to differ by no more than chance, at five deviations. */
function expectSameMean(one: readonly number[], other: readonly number[], what: string) {
  const [a, b] = [moments(one), moments(other)];
  const deviation = Math.sqrt(a.variance / one.length + b.variance / other.length);
  expect(Math.abs(a.mean - b.mean), what).toBeLessThan(5 * deviation + 1e-6);
}

describe("gumbel-rao", () => {
  for (const tau of [0.5, 1]) {
    it(`has gumbel's mean gradient and a smaller variance, at tau ${tau}`, async () => {
      const [rao, plain] = [await samples("gumbel-rao", tau), await samples("gumbel", tau)];
      for (let i = 0; i < GROUP; i++) {
        const of = (all: readonly Sample[]) => all.map(({ dz }) => dz[i] as number);
        expectSameMean(of(rao), of(plain), `category ${i}`);
        const [less, more] = [moments(of(rao)).variance, moments(of(plain)).variance];
        expect(less, `category ${i}`).toBeLessThan(0.8 * more);
      }
    });

    it(`averages over the Gumbels that make its choice, at tau ${tau}`, async () => {
      const [rao, plain] = [await samples("gumbel-rao", tau), await samples("gumbel", tau)];
      for (let choice = 0; choice < GROUP; choice++) {
        const given = (all: readonly Sample[]) => all.filter((one) => one.choice === choice);
        expect(given(rao).length).toBeGreaterThan(500);
        for (let i = 0; i < GROUP; i++) {
          const of = (all: readonly Sample[]) => given(all).map(({ dz }) => dz[i] as number);
          expectSameMean(of(rao), of(plain), `category ${i} where ${choice} is chosen`);
          // Of ten draws, a tenth: the choice itself adds nothing.
          const share = moments(of(rao)).variance / moments(of(plain)).variance;
          expect(share, `category ${i} where ${choice} is chosen`).toBeGreaterThan(0.07);
          expect(share, `category ${i} where ${choice} is chosen`).toBeLessThan(0.14);
        }
      }
    });
  }

  it("chooses by the probabilities, and as ReinMax does", async () => {
    const choices = (await samples("gumbel-rao", 1)).map(({ choice }) => choice);
    const others = (await samples("reinmax", 1)).map(({ choice }) => choice);
    expect(choices).toEqual(others);
    softmax(LOGITS).forEach((p, i) => {
      const share = choices.filter((choice) => choice === i).length / choices.length;
      expect(Math.abs(share - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / choices.length));
    });
  });

  it("draws anew for each row, neuron, step and layer, and the same again", async () => {
    const gradients = async (step: number, place: number) =>
      (await samples("gumbel-rao", 1, step, place)).map(({ dz }) => dz.join());
    const first = await gradients(1, 0);
    expect(new Set(first).size).toBe(ROWS * UNITS);
    const all = [...first, ...(await gradients(2, 0)), ...(await gradients(1, 1))];
    expect(new Set(all).size).toBe(all.length);
    expect(await gradients(1, 0)).toEqual(first);
  });

  it("draws as Gumbel noise does where others are thrown away, in float64", () => {
    const random = numbers(3);
    const uniform = () => random() + 2 ** -33;
    const rao = ESTIMATORS["gumbel-rao"]!;
    const plain = ESTIMATORS.gumbel!;
    const tau = 0.7;
    for (let choice = 0; choice < GROUP; choice++) {
      const at = softmax(LOGITS).reduce((sum, p, i) => sum + (i < choice ? p : 0), 1e-9);
      const draws = Array.from({ length: 20_000 * GROUP }, uniform);
      const averaged = rao(LOGITS, [at, ...draws], tau);
      expect(averaged.y.indexOf(1)).toBe(choice);
      const thrown = Array.from({ length: 40_000 }, () =>
        plain(LOGITS, Array.from({ length: GROUP }, uniform), tau),
      ).filter(({ y }) => y[choice] === 1);
      const kept = thrown.map(({ back }) => back(DY));
      averaged.back(DY).forEach((value, i) => {
        const { mean: want, variance } = moments(kept.map((dz) => dz[i] as number));
        const deviation = Math.sqrt(variance / kept.length + variance / 20_000);
        expect(Math.abs(value - want), `${choice}, ${i}`).toBeLessThan(5 * deviation);
      });
    }
  });
});

describe("reinmax-rao", () => {
  it("averages Gumbel-softmax at ReinMax's π, given the choice, less half of J(p)", async () => {
    const tau = 0.7;
    const random = numbers(4);
    const uniform = () => random() + 2 ** -33;
    const all = await samples("reinmax-rao", tau);
    const p = softmax(LOGITS);
    const straight = DY.reduce((sum, d, i) => sum + d * (p[i] as number), 0);
    for (let choice = 0; choice < GROUP; choice++) {
      const own = all.filter((one) => one.choice === choice);
      expect(own.length).toBeGreaterThan(500);
      const logits = p.map((x, i) => Math.log((x + Number(i === choice)) / 2));
      const kept = Array.from({ length: 40_000 }, () =>
        ESTIMATORS.gumbel!(logits, Array.from({ length: GROUP }, uniform), tau),
      ).flatMap(({ y, back }) => (y[choice] === 1 ? [back(DY)] : []));
      for (let i = 0; i < GROUP; i++) {
        const plain = (p[i] as number) * ((DY[i] as number) - straight);
        expectSameMean(
          own.map(({ dz }) => dz[i] as number),
          kept.map((dz) => 2 * (dz[i] as number) - plain / 2),
          `category ${i} where ${choice} is chosen`,
        );
      }
    }
  });

  it("is less random than ReinMax, on the same choices", async () => {
    const [rao, plain] = [await samples("reinmax-rao", 1), await samples("reinmax", 1)];
    expect(rao.map(({ choice }) => choice)).toEqual(plain.map(({ choice }) => choice));
    const total = (all: readonly Sample[]) =>
      DY.reduce((sum, _, i) => sum + moments(all.map(({ dz }) => dz[i] as number)).variance, 0);
    expect(total(rao)).toBeLessThan(total(plain));
  });
});
