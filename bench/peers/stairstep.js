/**
 * Stairstep, through its public API; the evaluation that comes with reports is left out, as the
 * peers have none.
 */
import { benchMatmul } from "../../src/bench/index.ts";
import { layer, loadMnist, measure, requestDevice, train } from "../../src/index.ts";
import { categoriesOf } from "./data.js";

/** Milliseconds of one product of n × n matrices, the median of five rounds. */
export const matmul = async (_, n) => benchMatmul(await requestDevice(), n);

export async function create(_, shape) {
  const device = await requestDevice();
  const data = await loadMnist(device, new URL("/mnist/", location.href));
  const begun = performance.now();
  const hidden = shape.hidden.map((units, i) => {
    const categories = categoriesOf(shape, i);
    return layer(categories > 1 ? `onehot:${categories}` : "tanh", units);
  });
  const options = { hidden, epochs: 1000, reportEvery: 100_000 };
  const code = { task: "reconstruct", optimizer: "adam", learningRate: 0.001 };
  const training = train(device, data, { ...options, ...(shape.reconstruct ? code : {}) });
  const network = await training.ready();
  return {
    begun,
    /** Two submits, the second queued while the first runs, as `for await (… of train(…))` does. */
    run: (steps) => {
      const half = Math.floor(steps / 2);
      return Promise.all([half > 0 && network.train(half), network.train(steps - half)]);
    },
    quality: async () =>
      shape.reconstruct
        ? (await measure(training, "test", "rounded"))[0].loss
        : (await training.evaluate("test"))[0],
  };
}
