/**
 * npm run soak -- node|chromium [--minutes 60]: training, evaluating, looking, saving and
 * resetting, over and over, on networks of every kind, with a new device every 25 rounds. Prints
 * memory as it goes, at start, middle and end, and the medians of each third of the time; ends with
 * 1 when the last third's is more than a tenth above the first's, or a run after all that differs
 * in any bit from the same run before it.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Dataset, Device, TrainOptions } from "../src/index";
import * as library from "../src/index";
import { median } from "../src/runtime/rounds";
import { inChromium, withAdapter } from "./places";

type Library = typeof library;

/**
 * Runs beside the library, here or in the page: a round, a run to compare, and what the GPU holds.
 * Sent to the page as text, so it uses what it is given alone.
 */
function makeSoak(
  { layer, loadMnist, requestDevice, sha256, train }: Library,
  base: string | undefined,
) {
  let live = 0;
  let device: Device | undefined;
  let data: Dataset | undefined;
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
        return destroy();
      };
      return buffer;
    };
    data = await loadMnist(device, base);
  };
  const NEURONS = ["tanh", "binary", "ternary", "staircase:5", "onehot:5", "hard-binary"];
  const neuron = (i: number) => [...NEURONS, "sigmoid", "onehot:3"][i % 8] as string;
  const optionsOf = (i: number): TrainOptions => ({
    hidden: [
      layer(neuron(i), 20 + (i % 7) * 10),
      ...(i % 3 === 0 ? [layer(neuron(i + 5), 20)] : []),
    ],
    members: 1 + (i % 3),
    anneal: 1.1,
    epochs: 1,
    seed: i,
    reportEvery: 100,
  });
  const begin = (options: TrainOptions) => train(device as Device, data as Dataset, options);
  return {
    open,
    bytes: () => live,
    async round(i: number) {
      if (i % 25 === 24) await open();
      const training = begin(optionsOf(i));
      let steps = 0;
      for await (const report of training) {
        steps = report.step;
        // Most runs are reset on their way, as a visitor would.
        if (steps >= 200 && i % 8 !== 0) break;
      }
      await training.evaluate("test");
      await training.look(new Uint8Array(10 * 784).fill(i % 256));
      await training.checkpoint();
      await training.destroy();
      return steps;
    },
    async reference() {
      const hidden = [layer("onehot:5", 30), layer("ternary", 20)];
      const training = begin({ hidden, members: 2, anneal: 1.1, epochs: 1, seed: 7 });
      for await (const _ of training);
      const layers = [...(await training.weights(0)), ...(await training.weights(1))];
      await training.destroy();
      const hashes = await Promise.all(
        layers.map(({ weights }) => sha256(new Uint8Array(weights.buffer))),
      );
      return sha256(new TextEncoder().encode(hashes.join()));
    },
  };
}

/** Megabytes of JavaScript, of the processes, and of GPU buffers. */
const PARTS = ["script", "process", "gpu"] as const;
type Memory = Record<(typeof PARTS)[number], number>;

interface Place {
  open(): Promise<unknown>;
  round(i: number): Promise<number>;
  reference(): Promise<string>;
  memory(): Promise<Memory>;
  close(): Promise<void>;
}

const resident = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;

function startNode(): Place {
  withAdapter();
  const soak = makeSoak(library, undefined);
  const memory = async () => {
    globalThis.gc?.();
    return {
      script: process.memoryUsage().heapUsed / 2 ** 20,
      process: resident(process.pid),
      gpu: soak.bytes() / 2 ** 20,
    };
  };
  return { ...soak, memory, close: async () => {} };
}

async function startChromium(): Promise<Place> {
  const { browser, page, data, close } = await inChromium();
  await page.evaluate(
    'import("/src/index.ts").then((library) => { ' +
      `globalThis.soak = (${makeSoak})(library, "${data}"); })`,
  );
  const system = await browser.newBrowserCDPSession();
  const memory = async () => {
    const { processInfo } = await system.send("SystemInfo.getProcessInfo");
    const own = processInfo.filter(({ type }) => type === "GPU" || type === "renderer");
    return {
      script: await page.evaluate<number>(
        "gc(), gc(), performance.memory.usedJSHeapSize / 2 ** 20",
      ),
      process: own.reduce((sum, { id }) => sum + resident(id), 0),
      gpu: (await page.evaluate<number>("soak.bytes()")) / 2 ** 20,
    };
  };
  return {
    open: () => page.evaluate("soak.open()"),
    round: (i) => page.evaluate<number>(`soak.round(${i})`),
    reference: () => page.evaluate<string>("soak.reference()"),
    memory,
    close,
  };
}

const line = ({ script, process, gpu }: Memory): string =>
  `JavaScript ${script.toFixed(1)} MB, processes ${process.toFixed(0)} MB, GPU buffers ` +
  `${gpu.toFixed(1)} MB`;

/** A single sample is up to a tenth off: collections and compilations come and go. */
const medians = (some: readonly Memory[]): Memory =>
  Object.fromEntries(PARTS.map((part) => [part, median(some.map((one) => one[part]))])) as Memory;

/** Prints start, middle, end and the thirds; the parts that have grown by more than a tenth. */
function grown(samples: readonly Memory[]): string[] {
  const [half, third] = [Math.floor(samples.length / 2), Math.floor(samples.length / 3)];
  const thirds = [samples.slice(0, third), samples.slice(third, -third), samples.slice(-third)];
  const [first, , last] = thirds.map(medians) as [Memory, Memory, Memory];
  const moments = { start: samples[0], middle: samples[half], end: samples.at(-1) };
  for (const [name, sample] of Object.entries(moments))
    console.log(`${name.padEnd(13)} ${line(sample as Memory)}`);
  for (const [i, name] of ["first third", "second third", "last third"].entries())
    console.log(`${name.padEnd(13)} ${line(medians(thirds[i] as Memory[]))}`);
  return PARTS.filter((part) => last[part] > 1.1 * first[part] + 1);
}

export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { minutes: { type: "string", default: "60" } },
  });
  const [where] = positionals;
  if (where !== "node" && where !== "chromium")
    throw new Error("say where: npm run soak -- node, or npm run soak -- chromium");
  const place = await (where === "node" ? startNode() : startChromium());
  const began = performance.now();
  const minutes = () => (performance.now() - began) / 60_000;
  await place.open();
  const before = await place.reference();
  const samples: Memory[] = [];
  let [round, steps] = [0, 0];
  for (; minutes() < Number(values.minutes); round++) {
    steps += await place.round(round);
    // After a round of each kind, at the same point of each cycle: every kernel is compiled by now.
    if (round % 24 !== 23) continue;
    const sample = await place.memory();
    samples.push(sample);
    console.log(`${minutes().toFixed(0).padStart(3)} min  ${round + 1} rounds  ${line(sample)}`);
  }
  await place.open();
  const after = await place.reference();
  await place.close();
  if (samples.length < 3)
    throw new Error(`${round} rounds in ${values.minutes} minutes are too few: 72 are needed`);
  const parts = grown(samples);
  const memory = parts.length === 0 ? "memory flat" : `GROWN: ${parts.join(", ")}`;
  console.log(
    `${where}: ${round} rounds, ${steps} steps, ${minutes().toFixed(0)} minutes; ${memory}`,
  );
  const same = before === after;
  console.log(`hash before ${before}\nhash after  ${after}: ${same ? "same bits" : "OTHER BITS"}`);
  return same && parts.length === 0 ? 0 : 1;
}
