/** Stairstep, through its public API; the evaluation that comes with reports is left out, as the peers have none. */
import { layer, loadMnist, requestDevice, train } from "../../src/index.ts";

const device = await requestDevice();
const data = await loadMnist(device, new URL("/mnist/", location.href));

export async function create(_, { hidden, categories }) {
  const layers = hidden.map((units) => layer(categories ? `onehot:${categories}` : "tanh", units));
  const training = train(device, data, { hidden: layers, epochs: 1000, reportEvery: 100_000 });
  const network = await training.ready();
  return {
    run: (steps) => network.train(steps),
    accuracy: async () => (await training.evaluate("test"))[0],
  };
}
