#!/usr/bin/env node
/**
 * npm run fuzz [-- --count 100000 --seed 1]: bad IDX, gzip and safetensors bytes, made from good ones by cutting, flipping,
 * splicing and lying about sizes. Each must be parsed to what it says or refused with a StairstepError; anything else is a
 * defect and ends with 1. Prints seeds, counts, the slowest input and the peak of memory.
 */
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { createServer } from "vite";

const { values } = parseArgs({ options: { count: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } } });
const server = await createServer({ mode: "cli", appType: "custom", logLevel: "error", server: { middlewareMode: true, ws: false } });
const { gunzip, parseImages, parseLabels } = await server.ssrLoadModule("/src/data/idx.ts");
const { decodeCheckpoint, encodeCheckpoint } = await server.ssrLoadModule("/src/model/checkpoint.ts");
const { resolve, layer } = await server.ssrLoadModule("/src/model/spec.ts");
const { layerSizes } = await server.ssrLoadModule("/src/model/step.ts");
const { neuronLayer } = await server.ssrLoadModule("/src/model/spec.ts");

let state = Number(values.seed) >>> 0;
const random = (below) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};

function idx(sizes) {
  const length = sizes.reduce((a, b) => a * b, 1);
  const bytes = new Uint8Array(4 + 4 * sizes.length + length).map(() => random(256));
  const view = new DataView(bytes.buffer);
  [0x800 + sizes.length, ...sizes].forEach((n, i) => view.setUint32(4 * i, n));
  return bytes;
}

function model() {
  const { epochs, dataSeed, batch, stepsPerEpoch, hidden, members } = resolve({ hidden: [layer(["tanh", "onehot:3", "staircase:4"][random(3)], 1 + random(4))], members: 1 + random(2) });
  const [inputs, classes] = [1 + random(6), 2 + random(4)];
  const sizes = layerSizes(hidden.map((one) => neuronLayer(one, "training")), inputs, classes);
  const weights = members.map(() => sizes.map(({ inputs, outputs }) => ({ weights: new Float32Array(inputs * outputs), bias: new Float32Array(outputs) })));
  return encodeCheckpoint({ hidden, members, dataSeed, batch, stepsPerEpoch, epochs, step: random(9), inputs, classes, weights });
}

/** Numbers that break size arithmetic. */
const EVIL = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x00010000];
const TEXTS = ["__proto__", "constructor", "-1", "1e999", "null", "[]", "{}", "9007199254740993", '"F32"', "[0,4294967296]"];

function spoil(good) {
  let bytes = good.slice();
  for (let times = 1 + random(3); times > 0; times--) {
    const at = random(Math.max(1, bytes.length));
    const what = random(7);
    if (what === 0) bytes = bytes.slice(0, at);
    else if (what === 1) bytes[at] ^= 1 << random(8);
    else if (what === 2) bytes = Uint8Array.from([...bytes.slice(0, at), ...bytes.slice(random(Math.max(1, bytes.length)))]);
    else if (what === 3 && bytes.length >= 20) new DataView(bytes.buffer).setUint32(4 * random(4), EVIL[random(EVIL.length)]);
    else if (what === 4) bytes = Uint8Array.from([...bytes, ...Array.from({ length: random(40) }, () => random(256))]);
    else if (what === 5) bytes.set(new TextEncoder().encode(TEXTS[random(TEXTS.length)]).subarray(0, bytes.length - at), at);
    else if (bytes.length >= 8) new DataView(bytes.buffer).setBigUint64(0, BigInt(EVIL[random(EVIL.length)]) << BigInt(random(33)), true);
  }
  return bytes;
}

const families = {
  idx: async () => {
    const bytes = spoil(random(2) ? idx([1 + random(5), 1 + random(4), 1 + random(4)]) : idx([1 + random(30)]));
    if (random(2)) parseLabels("x", bytes);
    else {
      const { pixels, count, height, width } = parseImages("x", bytes);
      if (pixels.length !== count * height * width) throw new Error("pixels of another number than promised");
    }
  },
  gzip: async () => parseImages("x", await gunzip("x", spoil(random(4) ? new Uint8Array(gzipSync(idx([2, 3, 3]))) : new Uint8Array(gzipSync(spoil(idx([2, 3, 3]))))))),
  safetensors: async () => {
    const { weights, members } = decodeCheckpoint("x", spoil(model()));
    if (weights.length !== members.length) throw new Error("weights of another number of members");
  },
};

const counts = {};
let slowest = 0;
let peak = 0;
let defects = 0;
const before = process.memoryUsage().rss;
for (let i = 0; i < Number(values.count); i++) {
  const [name, attempt] = Object.entries(families)[i % 3];
  counts[name] ??= { parsed: 0, refused: 0 };
  const seed = state;
  const begun = performance.now();
  try {
    await attempt();
    counts[name].parsed++;
  } catch (error) {
    if (error.name === "StairstepError" && !error.message.includes("\n")) counts[name].refused++;
    else {
      defects++;
      console.error(`${name}, state ${seed}:`, error);
      if (defects > 5) break;
    }
  }
  slowest = Math.max(slowest, performance.now() - begun);
  if (i % 500 === 0) peak = Math.max(peak, process.memoryUsage().rss);
}
for (const [name, { parsed, refused }] of Object.entries(counts)) console.log(`${name.padEnd(12)} ${refused} refused, ${parsed} parsed (what was spoiled did not matter)`);
console.log(`seed ${values.seed}, slowest ${slowest.toFixed(0)} ms, memory ${(before / 1e6).toFixed(0)} → at most ${(peak / 1e6).toFixed(0)} MB, defects ${defects}`);
if ({}.polluted !== undefined || Object.keys(Object.prototype).length > 0) throw new Error("a prototype was polluted");
await server.close();
process.exit(defects === 0 ? 0 : 1);
