/** What the tests of networks share: a small one, trained for some steps, as its twin sees it. */
import type { Dataset } from "./data/dataset";
import { sha256 } from "./data/fingerprint";
import { neuronName } from "./format";
import { Network } from "./model/network";
import { resolve, type TrainOptions } from "./model/spec";
import type { LayerWeights } from "./model/state";
import type { Tuning } from "./model/tuning";
import { neurons } from "./shaders/neurons/catalogue";
import { smallData, testDevice } from "./testing";
import type { Example, Layer } from "./verify/twin/step";

const BASE = { batch: 10, epochs: 1, stepsPerEpoch: 1000, reportEvery: 20 };

/** Every neuron of the catalogue by each of its estimators. */
export const EVERY = neurons.flatMap((n) =>
  n.estimators.map((e) => ({
    name: neuronName(n.name, n.size?.initial),
    estimator: e.name,
    draws: e.draws,
  })),
);

/** A network on the small data set, or another; by the device's own tuning, or another. */
export const build = async (
  options: TrainOptions,
  tune?: Tuning,
  data: Dataset | Promise<Dataset> = smallData(),
): Promise<Network> =>
  Network.create(await testDevice(), await data, resolve({ ...BASE, ...options }), tune);

export async function hash(layers: LayerWeights[]): Promise<string> {
  const parts = layers.flatMap(({ weights, bias }) => [weights, bias]);
  const digests = await Promise.all(parts.map(({ buffer }) => sha256(new Uint8Array(buffer))));
  return digests.join();
}

/** Hash of member `member` after `steps` steps. */
export async function trained(
  options: TrainOptions,
  steps: number,
  member = 0,
  tune?: Tuning,
): Promise<string> {
  const network = await build(options, tune);
  await network.train(steps);
  return hash(await network.weights(member));
}

export const twinLayers = (layers: readonly LayerWeights[]): Layer[] =>
  layers.map(({ weights, bias }) => ({
    weights: Array.from({ length: weights.length / bias.length }, (_, k) =>
      Array.from(weights.subarray(k * bias.length, (k + 1) * bias.length)),
    ),
    bias: Array.from(bias),
  }));

/** The rows of the last step, through the network's own batch buffer. */
export async function batchOf(network: Network): Promise<Example[]> {
  const { device, data, spec } = network;
  const words = new Uint32Array(await device.read(network.buffers.batches)).slice(
    0,
    2 * spec.batch,
  );
  const pixels = new Uint8Array(await device.read(data.images));
  return Array.from({ length: spec.batch }, (_, i) => {
    const image = words[2 * i] as number;
    return {
      x: Array.from(pixels.subarray(16 * image, 16 * image + 15), (p) => p / 255),
      label: words[2 * i + 1] as number,
    };
  });
}
