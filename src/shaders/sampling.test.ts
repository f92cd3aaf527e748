/**
 * Whether sampled neurons follow their probabilities: a million draws for each of five seeds, by
 * Pearson's chi-squared at a significance of 1e-4 a test. The same tests must fail when the uniform
 * numbers behind them are off by three per cent.
 */
import { describe, expect, it } from "vitest";
import { layer } from "../model/own-layer";
import { neuronLayer, resolve } from "../model/spec";
import { call, Program } from "../runtime/program";
import { testDevice } from "../testing";
import { ACTIVATIONS, softmax } from "../verify/twin/neurons";
import { packControl } from "./control";
import type { Kernel } from "./kernel";
import { fireKernel } from "./standalone";

const SEEDS = [1, 2, 3, 4, 5];
const [ROWS, UNITS] = [250, 4000];
/** Chi-squared with 1 and 4 degrees of freedom is above this once in 10,000 times. */
const CRITICAL: Record<number, number> = { 1: 15.137, 4: 23.513 };
const LOGITS = [-1, -0.5, 0, 0.5, 1];

const Z = 0.6;

/** Outcomes of one neuron and their probabilities. */
function expected(name: string): Map<number, number> {
  const [neuron = "", levels] = name.split(":");
  const curve = ACTIVATIONS[neuron];
  if (!curve) return new Map(softmax(LOGITS).entries());
  const [f] = curve(Z, 1, Number(levels));
  const below = Math.floor(f);
  return new Map([
    [below, 1 - (f - below)],
    [below + 1, f - below],
  ]);
}

/** How often each outcome came up; for one-hot neurons, the category of the largest output. */
async function sample(
  name: string,
  estimator: string | undefined,
  seed: number,
  change: (kernel: Kernel) => Kernel,
): Promise<Map<number, number>> {
  const device = await testDevice();
  const spec = resolve({
    hidden: [layer(name, UNITS, estimator === undefined ? {} : { estimator })],
    slope: 1,
  });
  const shape = {
    ...neuronLayer(spec.hidden[0]!, "training"),
    label: "test",
    rows: ROWS,
    members: 1,
  };
  const group = shape.neuron.group(shape.options.size);
  const z = device.upload(
    "z",
    Float32Array.from({ length: ROWS * UNITS * group }, (_, i) =>
      group === 1 ? Z : (LOGITS[i % group] as number),
    ),
  );
  const y = device.allocate("y", z.size);
  const control = device.upload(
    "control",
    packControl(7, 1000, 1, [{ seed, rate: 1, slope: 1, tau: 1, anneal: 1, cap: 1 }]),
  );
  (
    await Program.create(device, [
      call(change(fireKernel(shape, { purpose: "training", layer: 0 })), { control, z, y }),
    ])
  ).run(device);
  const values = new Float32Array(await device.read(y));
  for (const buffer of [z, y, control]) buffer.destroy();
  const counts = new Map<number, number>();
  for (let at = 0; at < values.length; at += group) {
    let outcome = values[at] as number;
    if (group > 1) {
      outcome = 0;
      for (let i = 1; i < group; i++)
        if ((values[at + i] as number) > (values[at + outcome] as number)) outcome = i;
    }
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return counts;
}

function chiSquared(counts: Map<number, number>, probabilities: Map<number, number>): number {
  for (const outcome of counts.keys()) expect([...probabilities.keys()]).toContain(outcome);
  let sum = 0;
  for (const [outcome, p] of probabilities)
    sum += ((counts.get(outcome) ?? 0) - ROWS * UNITS * p) ** 2 / (ROWS * UNITS * p);
  return sum;
}

/** Every uniform number three per cent too large. */
const biased = (kernel: Kernel): Kernel => {
  const wgsl = kernel.wgsl.replace(
    "return noise_words[element & 3u] >> 8u;",
    "let bits = noise_words[element & 3u] >> 8u; return min(bits + (bits >> 5u), 0xffffffu);",
  );
  if (wgsl === kernel.wgsl) throw new Error("the kernel draws otherwise than this test knows");
  return { ...kernel, wgsl };
};

const cases: [string, string | undefined][] = [
  ...["binary", "hard-binary", "ternary", "staircase:5"].map((name): [string, undefined] => [
    name,
    undefined,
  ]),
  ...["straight-through", "gumbel", "concrete", "reinmax", "gumbel-rao", "reinmax-rao"].map(
    (estimator): [string, string] => ["onehot:5", estimator],
  ),
];

describe("a million samples for each of five seeds", () => {
  for (const [name, estimator] of cases) {
    const probabilities = expected(name);
    const critical = CRITICAL[probabilities.size - 1] as number;
    it(`of ${name} ${estimator ?? ""} follow its probabilities`, async () => {
      for (const seed of SEEDS)
        expect(
          chiSquared(await sample(name, estimator, seed, (kernel) => kernel), probabilities),
          `seed ${seed}`,
        ).toBeLessThan(critical);
    });
    it(`of ${name} ${estimator ?? ""} from a biased uniform do not`, async () => {
      expect(chiSquared(await sample(name, estimator, 1, biased), probabilities)).toBeGreaterThan(
        critical,
      );
    });
  }
});
