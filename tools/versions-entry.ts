/** What versions.ts times of one version of Stairstep: built once from each version's folder. */
import { openDevice } from "../src/cli/adapter";
import { layer, loadMnist, requestDevice, type TrainOptions } from "../src/index";
import { Network } from "../src/model/network";
import { resolve } from "../src/model/spec";

const tanh = (...units: number[]) => ({ hidden: units.map((n) => layer("tanh", n)) });
export const RUNS: Record<string, TrainOptions> = {
  "tanh 100": tanh(100),
  "binary 100": { hidden: [layer("binary", 100)] },
  "ternary 100": { hidden: [layer("ternary", 100)] },
  "one-hot 100 × 5": { hidden: [layer("onehot:5", 100)] },
  "tanh 100, 100": tanh(100, 100),
  "tanh 100, 8 members": { ...tanh(100), members: 8 },
};

/** A function that trains so many steps of a run and takes milliseconds; and its first step. */
export async function open(kernels: "software" | "gpu") {
  await openDevice();
  const device = await requestDevice({ kernels });
  const data = await loadMnist(device);
  return async (run: string) => {
    const options = { ...RUNS[run], hidden: RUNS[run]?.hidden ?? [], epochs: 1000 };
    const begun = performance.now();
    const network = await Network.create(
      device,
      data,
      resolve({ ...options, reportEvery: 10_000 }),
    );
    await network.train(1);
    const firstMs = performance.now() - begun;
    const time = async (steps: number) => {
      const start = performance.now();
      await network.train(steps);
      return (performance.now() - start) / steps;
    };
    return { firstMs, time, destroy: () => network.destroy() };
  };
}
