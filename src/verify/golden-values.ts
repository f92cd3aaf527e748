/** Golden vectors of losses against values and of KL, run through the kernels. */
import type { Device } from "../runtime/device";
import { call, Program } from "../runtime/program";
import { packControl } from "../shaders/control";
import { pad4 } from "../shaders/kernel";
import { bernoulli } from "../shaders/losses/bernoulli";
import { divergenceKernel, valueLossKernel } from "../shaders/value-standalone";
import type { Comparison, Outcome } from "./results";
import type { BernoulliVector, DivergenceVector } from "./vectors";

/** Within 1e-5 of the largest of the values that belong together. */
function relative(found: ArrayLike<number>, wanted: readonly number[]): Comparison[] {
  const scale = Math.max(...wanted.map(Math.abs));
  return wanted.map((want, i) => [found[i] as number, want, 1e-5 * scale]);
}

const mean = (values: Float32Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Rows of a width, each padded with zeros to whole fours. */
const padded = (rows: readonly number[][]): Float32Array<ArrayBuffer> =>
  Float32Array.from(
    rows.flatMap((row) => [...row, ...Array<number>(pad4(row.length) - row.length).fill(0)]),
  );

export async function bernoulliVector(
  device: Device,
  { logits, x, loss, dlogits }: BernoulliVector,
): Promise<Outcome[]> {
  const [rows, outputs] = [logits.length, (logits[0] as number[]).length];
  const buffers = {
    wanted: device.upload("wanted", padded(x)),
    values: device.upload("values", padded(logits)),
    results: device.allocate("results", 4 * rows),
  };
  const kernel = valueLossKernel({ loss: bernoulli, rows, outputs });
  (await Program.create(device, [call(kernel, buffers)])).run(device);
  const gradient = new Float32Array(await device.read(buffers.values));
  const losses = new Float32Array(await device.read(buffers.results, 4 * rows));
  for (const buffer of Object.values(buffers)) buffer.destroy();
  const unpadded = dlogits.flatMap((row, r) =>
    row.map((_, i) => gradient[r * pad4(outputs) + i] as number),
  );
  return [
    {
      family: "bernoulli",
      comparisons: [...relative([mean(losses)], [loss]), ...relative(unpadded, dlogits.flat())],
    },
  ];
}

export async function divergenceVector(
  device: Device,
  { z, categories, kl, dz }: DivergenceVector,
): Promise<Outcome[]> {
  const [rows, width] = [z.length, (z[0] as number[]).length];
  const numbers = new Float32Array(3 * rows * width);
  numbers.set(z.flat());
  const one = { seed: 0, rate: 0, slope: 1, tau: 1, anneal: 1, cap: 1, kl: 1 };
  const buffers = {
    control: device.upload("control", packControl(0, 1, 0, [one])),
    z: device.upload("z", numbers),
    dz: device.allocate("dz", 4 * rows * width),
    kl: device.allocate("kl", 4 * rows),
  };
  const kernel = divergenceKernel({ rows, units: width / categories, group: categories });
  (await Program.create(device, [call(kernel, buffers)])).run(device);
  const gradient = new Float32Array(await device.read(buffers.dz));
  const found = new Float32Array(await device.read(buffers.kl, 4 * rows));
  for (const buffer of Object.values(buffers)) buffer.destroy();
  return [
    {
      family: "kl",
      comparisons: [...relative([mean(found)], [kl]), ...relative(gradient, dz.flat())],
    },
  ];
}
