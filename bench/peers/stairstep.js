/**
 * Stairstep, through its public API; the evaluation that comes with reports is left out, as the
 * peers have none.
 */
import { benchMatmul } from "../../src/bench/index.ts";
import { layer, loadMnist, requestDevice, train } from "../../src/index.ts";

/** Milliseconds of one product of n × n matrices, the median of five rounds. */
export const matmul = async (_, n) => benchMatmul(await requestDevice(), n);

export async function create(_, { hidden, categories }) {
  const device = await requestDevice();
  const data = await loadMnist(device, new URL("/mnist/", location.href));
  const begun = performance.now();
  const layers = hidden.map((units) => layer(categories ? `onehot:${categories}` : "tanh", units));
  const training = train(device, data, { hidden: layers, epochs: 1000, reportEvery: 100_000 });
  const network = await training.ready();
  return {
    begun,
    /** Two submits, the second queued while the first runs, as `for await (… of train(…))` does. */
    run: (steps) => {
      const half = Math.floor(steps / 2);
      return Promise.all([half > 0 && network.train(half), network.train(steps - half)]);
    },
    accuracy: async () => (await training.evaluate("test"))[0],
  };
}
