/**
 * npm run fuzz [-- --count 100000 --seed 1]: bad IDX, gzip and safetensors bytes, made from good
 * ones by cutting, flipping, splicing and lying about sizes. Each must be parsed to what it says or
 * refused with a StairstepError; anything else is a defect and ends with 1. Prints seeds, counts,
 * the slowest input and the peak of memory.
 */
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { gunzip, parseImages, parseLabels } from "../src/data/idx";
import { layerSizes } from "../src/model/buffers";
import { decodeCheckpoint, encodeCheckpoint } from "../src/model/checkpoint";
import { layer } from "../src/model/own-layer";
import { neuronLayer, resolve } from "../src/model/spec";
import { optionsOf } from "../src/model/state";
import { Random } from "./random";

type Bytes = Uint8Array<ArrayBuffer>;

/** Numbers that break size arithmetic, and texts that break JSON readers. */
const EVIL = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x00010000];
const TEXTS = [
  ...["__proto__", "constructor", "-1", "1e999", "null", "[]", "{}", "9007199254740993"],
  ...['"F32"', "[0,4294967296]"],
];

/** Files, good and spoiled, made from one seed. */
class Files {
  constructor(readonly random: Random) {}

  idx(sizes: readonly number[]): Bytes {
    const length = sizes.reduce((a, b) => a * b, 1);
    const bytes = new Uint8Array(4 + 4 * sizes.length + length).map(() => this.random.below(256));
    const view = new DataView(bytes.buffer);
    for (const [i, n] of [0x800 + sizes.length, ...sizes].entries()) view.setUint32(4 * i, n);
    return bytes;
  }

  model(): Bytes {
    const { random } = this;
    const neuron = random.pick(["tanh", "onehot:3", "staircase:4"]);
    const spec = resolve({
      hidden: [layer(neuron, 1 + random.below(4))],
      members: 1 + random.below(2),
    });
    const [inputs, classes] = [1 + random.below(6), 2 + random.below(4)];
    const hidden = spec.hidden.map((one) => neuronLayer(one, "training"));
    const sizes = layerSizes(hidden, inputs, classes);
    const weights = spec.members.map(() =>
      sizes.map(({ inputs, outputs }) => ({
        weights: new Float32Array(inputs * outputs),
        bias: new Float32Array(outputs),
      })),
    );
    const step = random.below(9);
    return encodeCheckpoint({ ...optionsOf(spec), step, inputs, classes, weights });
  }

  spoil(good: Bytes): Bytes {
    const { random } = this;
    let bytes = good.slice();
    for (let times = 1 + random.below(3); times > 0; times--) {
      const at = random.below(Math.max(1, bytes.length));
      const what = random.below(7);
      const view = new DataView(bytes.buffer);
      if (what === 0) bytes = bytes.slice(0, at);
      else if (what === 1) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      else if (what === 2) {
        const rest = bytes.slice(random.below(Math.max(1, bytes.length)));
        bytes = Uint8Array.from([...bytes.slice(0, at), ...rest]);
      } else if (what === 3 && bytes.length >= 20)
        view.setUint32(4 * random.below(4), random.pick(EVIL));
      else if (what === 4) {
        const more = Array.from({ length: random.below(40) }, () => random.below(256));
        bytes = Uint8Array.from([...bytes, ...more]);
      } else if (what === 5)
        bytes.set(new TextEncoder().encode(random.pick(TEXTS)).subarray(0, bytes.length - at), at);
      else if (bytes.length >= 8)
        view.setBigUint64(0, BigInt(random.pick(EVIL)) << BigInt(random.below(33)), true);
    }
    return bytes;
  }
}

/**
 * A try of each family of files; throws what the parser throws, or what is wrong with its result.
 */
const families: Record<string, (files: Files) => Promise<void>> = {
  idx: async (files) => {
    const { random } = files;
    const side = () => 1 + random.below(4);
    const sizes = random.below(2) ? [1 + random.below(5), side(), side()] : [1 + random.below(30)];
    const bytes = files.spoil(files.idx(sizes));
    if (random.below(2)) return void parseLabels("x", bytes);
    const { pixels, count, height, width } = parseImages("x", bytes);
    if (pixels.length !== count * height * width)
      throw new Error("pixels of another number than promised");
  },
  gzip: async (files) => {
    const good = files.idx([2, 3, 3]);
    const zipped = files.random.below(4)
      ? files.spoil(new Uint8Array(gzipSync(good)))
      : new Uint8Array(gzipSync(files.spoil(good)));
    parseImages("x", await gunzip("x", zipped));
  },
  safetensors: async (files) => {
    const { weights, members } = decodeCheckpoint("x", files.spoil(files.model()));
    if (weights.length !== members.length) throw new Error("weights of another number of members");
  },
};

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      count: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
    },
  });
  const files = new Files(new Random(Number(values.seed)));
  const counts = new Map(Object.keys(families).map((name) => [name, { parsed: 0, refused: 0 }]));
  let [slowest, peak, defects] = [0, 0, 0];
  const before = process.memoryUsage().rss;
  for (let i = 0; i < Number(values.count) && defects <= 5; i++) {
    const [name, attempt] = Object.entries(families)[i % 3] as [
      string,
      (f: Files) => Promise<void>,
    ];
    const count = counts.get(name) as { parsed: number; refused: number };
    const seed = files.random.state;
    const begun = performance.now();
    try {
      await attempt(files);
      count.parsed++;
    } catch (thrown) {
      const error = thrown as Error;
      if (error.name === "StairstepError" && !error.message.includes("\n")) count.refused++;
      else {
        defects++;
        console.error(`${name}, state ${seed}:`, error);
      }
    }
    slowest = Math.max(slowest, performance.now() - begun);
    if (i % 500 === 0) peak = Math.max(peak, process.memoryUsage().rss);
  }
  for (const [name, { parsed, refused }] of counts)
    console.log(
      `${name.padEnd(12)} ${refused} refused, ${parsed} parsed (what was spoiled did not matter)`,
    );
  const memory = `${(before / 1e6).toFixed(0)} → at most ${(peak / 1e6).toFixed(0)} MB`;
  console.log(
    `seed ${values.seed}, slowest ${slowest.toFixed(0)} ms, memory ${memory}, defects ${defects}`,
  );
  if (Object.keys(Object.prototype).length > 0) throw new Error("a prototype was polluted");
  return defects === 0 ? 0 : 1;
}
