#!/usr/bin/env node
/**
 * npm run soak -- node|chromium [--minutes 60]: training, evaluating, looking, saving and resetting, over and over, on networks of every kind,
 * with a new device every 25 rounds. Prints memory as it goes, at start, middle and end, and the medians of each third of the time; ends with 1
 * when the last third's is more than a tenth above the first's, or a run after all that differs in any bit from the same run before it.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { inChromium, inNode } from "./places.mjs";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { minutes: { type: "string", default: "60" } } });
const [where] = positionals;
if (where !== "node" && where !== "chromium") throw new Error("say where: npm run soak -- node, or npm run soak -- chromium");

/** Runs beside the library, here or in the page: a round, a run to compare, and what the GPU holds. */
function makeSoak({ layer, loadMnist, requestDevice, sha256, train }, base) {
  let live = 0;
  let device;
  let data;
  const open = async () => {
    device?.destroy();
    device = await requestDevice();
    const { gpu } = device;
    const create = gpu.createBuffer.bind(gpu);
    live = 0;
    gpu.createBuffer = (descriptor) => {
      const buffer = create(descriptor);
      const destroy = buffer.destroy.bind(buffer);
      let held = descriptor.size;
      live += held;
      buffer.destroy = () => {
        live -= held;
        held = 0;
        destroy();
      };
      return buffer;
    };
    data = await loadMnist(device, base);
  };
  const NEURONS = ["tanh", "binary", "ternary", "staircase:5", "onehot:5", "hard-binary", "sigmoid", "onehot:3"];
  const optionsOf = (i) => ({
    hidden: [layer(NEURONS[i % 8], 20 + (i % 7) * 10), ...(i % 3 === 0 ? [layer(NEURONS[(i + 5) % 8], 20)] : [])],
    members: 1 + (i % 3),
    anneal: 1.1,
    epochs: 1,
    seed: i,
    reportEvery: 100,
  });
  return {
    open,
    bytes: () => live,
    async round(i) {
      if (i % 25 === 24) await open();
      const training = train(device, data, optionsOf(i));
      let steps = 0;
      // Most runs are reset on their way, as a visitor would.
      for await (const report of training) if ((steps = report.step) >= 200 && i % 8 !== 0) break;
      await training.evaluate("test");
      await training.look(new Uint8Array(10 * 784).fill(i % 256));
      await training.checkpoint();
      await training.destroy();
      return steps;
    },
    async reference() {
      const training = train(device, data, { hidden: [layer("onehot:5", 30), layer("ternary", 20)], members: 2, anneal: 1.1, epochs: 1, seed: 7 });
      for await (const _ of training);
      const layers = [...(await training.weights(0)), ...(await training.weights(1))];
      await training.destroy();
      const hashes = await Promise.all(layers.map(({ weights }) => sha256(new Uint8Array(weights.buffer))));
      return sha256(new TextEncoder().encode(hashes.join()));
    },
  };
}

const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;

async function startNode() {
  const { library, close } = await inNode();
  const soak = makeSoak(library, undefined);
  const memory = () => {
    globalThis.gc?.();
    return { script: process.memoryUsage().heapUsed / 2 ** 20, process: resident(process.pid), gpu: soak.bytes() / 2 ** 20 };
  };
  return { call: (name, ...args) => soak[name](...args), memory, close };
}

async function startChromium() {
  const { browser, page, data, close } = await inChromium();
  await page.evaluate(`import("/src/index.ts").then((library) => { globalThis.soak = (${makeSoak})(library, "${data}"); })`);
  const system = await browser.newBrowserCDPSession();
  const memory = async () => {
    const { processInfo } = await system.send("SystemInfo.getProcessInfo");
    const own = processInfo.filter(({ type }) => type === "GPU" || type === "renderer");
    const script = await page.evaluate("gc(), gc(), performance.memory.usedJSHeapSize / 2 ** 20");
    return { script, process: own.reduce((sum, { id }) => sum + resident(id), 0), gpu: (await page.evaluate("soak.bytes()")) / 2 ** 20 };
  };
  return { call: (name, ...args) => page.evaluate(`soak.${name}(${args.join()})`), memory, close };
}

const PARTS = ["script", "process", "gpu"];
const told = ({ script, process, gpu }) => `JavaScript ${script.toFixed(1)} MB, processes ${process.toFixed(0)} MB, GPU buffers ${gpu.toFixed(1)} MB`;
const { call, memory, close } = await (where === "node" ? startNode() : startChromium());
const began = performance.now();
const minutes = () => (performance.now() - began) / 60000;
await call("open");
const before = await call("reference");
const samples = [];
let [round, steps] = [0, 0];
for (; minutes() < Number(values.minutes); round++) {
  steps += await call("round", round);
  // After a round of each kind, at the same point of each cycle: every kernel has been compiled once.
  if (round % 24 !== 23) continue;
  samples.push(await memory());
  console.log(`${minutes().toFixed(0).padStart(3)} min  ${round + 1} rounds  ${told(samples.at(-1))}`);
}
await call("open");
const after = await call("reference");
await close();
if (samples.length < 3) throw new Error(`too short to tell: ${round} rounds in ${values.minutes} minutes, at least 72 are needed`);
const half = Math.floor(samples.length / 2);
const third = Math.floor(samples.length / 3);
/** A single sample is up to a tenth off: collections and compilations come and go. */
const medians = (some) => Object.fromEntries(PARTS.map((part) => [part, some.map((one) => one[part]).sort((a, b) => a - b)[some.length >> 1]]));
const thirds = [samples.slice(0, third), samples.slice(third, -third), samples.slice(-third)].map(medians);
for (const [name, sample] of Object.entries({ start: samples[0], middle: samples[half], end: samples.at(-1) })) console.log(`${name.padEnd(13)} ${told(sample)}`);
["first", "second", "last"].forEach((name, i) => console.log(`${`${name} third`.padEnd(13)} ${told(thirds[i])}`));
const grown = PARTS.filter((part) => thirds[2][part] > 1.1 * thirds[0][part] + 1);
console.log(`${where}: ${round} rounds, ${steps} steps, ${minutes().toFixed(0)} minutes; ${grown.length === 0 ? "memory flat" : `GROWN: ${grown.join(", ")}`}`);
console.log(`hash before ${before}\nhash after  ${after}: ${before === after ? "same bits" : "OTHER BITS"}`);
process.exit(before === after && grown.length === 0 ? 0 : 1);
