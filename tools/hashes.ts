/**
 * Trains many small and a few usual networks for 200 steps and prints a hash of each one's weights,
 * a line each: what a change to the kernels must leave as it is, or say why it does not. Usage:
 *
 *   npx vite build --mode cli --ssr tools/hashes.ts --outDir dist/hashes
 *   node dist/hashes/stairstep.js > before.txt     and again, after the change, > after.txt
 */
import { openDevice } from "../src/cli/adapter";
import { layer, loadMnist, requestDevice, sha256, type TrainOptions } from "../src/index";
import { Network } from "../src/model/network";
import { resolve } from "../src/model/spec";
import { type Tuning, tuning, withValue } from "../src/model/tuning";
import type { Device } from "../src/runtime/device";
import { neurons } from "../src/shaders/neurons/catalogue";

const STEPS = 200;
const one = (name: string, units: number, options = {}) => layer(name, units, options);
const runs: [string, TrainOptions][] = [];
for (const { name, size, estimators } of neurons)
  for (const { name: estimator } of estimators)
    for (const stochastic of [true, false]) {
      const given = size ? `${name}:${size.initial}` : name;
      const what = `${given} ${estimator}${stochastic ? "" : ", deterministic"}`;
      const options = { estimator, stochastic };
      runs.push([`100 ${what}`, { hidden: [one(given, 100, options)] }]);
      runs.push([
        `2 × 13, 7 ${what}, batch 33`,
        { hidden: [one(given, 13, options), one(given, 7, options)], batch: 33, members: 2 },
      ]);
    }
runs.push(
  ["tanh 100, 100", { hidden: [one("tanh", 100), one("tanh", 100)] }],
  ["ternary 200, 100", { hidden: [one("ternary", 200), one("ternary", 100)] }],
  ["three layers", { hidden: [one("tanh", 30), one("onehot:3", 11), one("binary", 9)], batch: 71 }],
  ["8 members", { hidden: [one("tanh", 100)], members: 8 }],
  ["tanh 500", { hidden: [one("tanh", 500)] }],
  ["annealed", { hidden: [one("binary", 20)], anneal: 1.2, stepsPerEpoch: 50 }],
);

async function all(device: Device, kind: string, tune: Tuning): Promise<void> {
  const data = await loadMnist(device);
  for (const [run, options] of runs) {
    const network = await Network.create(
      device,
      data,
      resolve({ ...options, reportEvery: 100 }),
      tune,
    );
    const { reports } = await network.train(STEPS);
    const weights = new Uint8Array(await device.read(network.buffers.parameters));
    const told = reports.map(({ numbers }) =>
      numbers.map((n) => `${n.correct}/${n.evaluatedCorrect}`).join(" "),
    );
    console.log(`${kind}: ${run}: ${(await sha256(weights)).slice(0, 16)} ${told.join(", ")}`);
    network.destroy();
  }
  data.destroy();
}

await openDevice();
for (const kernels of ["software", "gpu"] as const) {
  const device = await requestDevice({ kernels });
  await all(device, kernels, tuning(device));
  if (kernels === "software")
    await all(device, "software, alone", withValue(tuning(device), { share: 0 }));
}
process.exit();
