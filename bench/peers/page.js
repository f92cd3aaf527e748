/**
 * One contender in a page: `start` sets a network up and trains one step, `run` trains on and gives
 * steps per second.
 */
import { loadData } from "./data.js";

const CONTENDERS = {
  stairstep: () => import("./stairstep.js"),
  "tfjs-webgpu": () => import("./tfjs.js"),
  "tfjs-wasm": () => import("./tfjs.js"),
  "jax-webgpu": () => import("./jax.js"),
  "jax-wasm": () => import("./jax.js"),
};

let network;

/**
 * Milliseconds from a loaded data set to the end of the first step, compiling included.
 * @param shape `{ hidden: number[], categories?: number | number[], reconstruct?: boolean }`: tanh
 *   layers, or one-hot ones, where a layer has categories, sampled with straight-through; an
 *   autoencoder trains by Adam.
 */
globalThis.start = async (contender, shape) => {
  const { create } = await CONTENDERS[contender]();
  const data = await loadData(contender === "stairstep");
  const begun = performance.now();
  network = await create(contender.split("-")[1], shape, data);
  await network.run(1);
  return performance.now() - (network.begun ?? begun);
};

/**
 * Steps between two waits, kept from round to round: Firefox tells of finished work once in 100 ms,
 * so small ones cost time.
 */
let chunk = 1;

globalThis.run = async (seconds) => {
  let steps = 0;
  const begun = performance.now();
  let spent = 0;
  while (spent < 1000 * seconds) {
    const before = performance.now();
    await network.run(chunk);
    steps += chunk;
    spent = performance.now() - begun;
    const each = (performance.now() - before) / chunk;
    chunk = Math.max(1, Math.min(400, Math.ceil(1000 / each)));
  }
  return { stepsPerSecond: (1000 * steps) / spent, steps };
};

globalThis.matmul = async (contender, n) => {
  const { matmul } = await CONTENDERS[contender]();
  return matmul(contender.split("-")[1], n);
};

/** Accuracy on test images, or, of an autoencoder, nats an image. */
globalThis.quality = () => network.quality();
globalThis.ready = true;
