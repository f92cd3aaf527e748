/**
 * npm run fuzz [-- --count 100000 --seed 1]: bad IDX, gzip and safetensors bytes, made from good
 * ones by cutting, flipping, splicing and lying about sizes. Each must be parsed to what it says or
 * refused with a StairstepError; anything else is a defect, is made small by fast-check, and ends
 * with 1. Prints counts, the slowest input and the peak of memory.
 */
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import fc, { type GeneratorValue } from "fast-check";
import { gunzip, parseImages, parseLabels } from "../src/data/idx";
import { layerSizes } from "../src/model/buffers";
import { decodeCheckpoint, encodeCheckpoint } from "../src/model/checkpoint";
import { layer } from "../src/model/own-layer";
import { neuronLayer, resolve } from "../src/model/spec";
import { optionsOf } from "../src/model/state";

type Bytes = Uint8Array<ArrayBuffer>;

/** Numbers that break size arithmetic, and texts that break JSON readers. */
const EVIL = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x00010000];
const TEXTS = [
  ...["__proto__", "constructor", "-1", "1e999", "null", "[]", "{}", "9007199254740993"],
  ...['"F32"', "[0,4294967296]"],
];

/** Files, good and spoiled, of what fast-check draws. */
class Files {
  constructor(private readonly draw: GeneratorValue) {}

  /** A whole number from 0 below `limit`. */
  below(limit: number): number {
    return this.draw(fc.nat, Math.max(1, limit) - 1);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** `length` bytes, or up to so many more. */
  bytes(length: number, more = 0): Bytes {
    const drawn = this.draw(fc.uint8Array, { minLength: length, maxLength: length + more });
    return new Uint8Array(drawn);
  }

  idx(sizes: readonly number[]): Bytes {
    const header = new DataView(new ArrayBuffer(4 + 4 * sizes.length));
    for (const [i, n] of [0x800 + sizes.length, ...sizes].entries()) header.setUint32(4 * i, n);
    const values = this.bytes(sizes.reduce((a, b) => a * b, 1));
    return Uint8Array.from([...new Uint8Array(header.buffer), ...values]);
  }

  model(): Bytes {
    const neuron = this.pick(["tanh", "onehot:3", "staircase:4"]);
    const spec = resolve({
      hidden: [layer(neuron, 1 + this.below(4))],
      members: 1 + this.below(2),
    });
    const [inputs, classes] = [1 + this.below(6), 2 + this.below(4)];
    const hidden = spec.hidden.map((one) => neuronLayer(one, "training"));
    const sizes = layerSizes(hidden, inputs, classes);
    const weights = spec.members.map(() =>
      sizes.map(({ inputs, outputs }) => ({
        weights: new Float32Array(inputs * outputs),
        bias: new Float32Array(outputs),
      })),
    );
    const step = this.below(9);
    return encodeCheckpoint({ ...optionsOf(spec), step, inputs, classes, weights });
  }

  spoil(good: Bytes): Bytes {
    let bytes = good.slice();
    for (let times = 1 + this.below(3); times > 0; times--) {
      const at = this.below(bytes.length);
      const what = this.below(7);
      const view = new DataView(bytes.buffer);
      if (what === 0) bytes = bytes.slice(0, at);
      else if (what === 1) bytes[at] = (bytes[at] ?? 0) ^ (1 << this.below(8));
      else if (what === 2) {
        const rest = bytes.slice(this.below(bytes.length));
        bytes = Uint8Array.from([...bytes.slice(0, at), ...rest]);
      } else if (what === 3 && bytes.length >= 20)
        view.setUint32(4 * this.below(4), this.pick(EVIL));
      else if (what === 4) bytes = Uint8Array.from([...bytes, ...this.bytes(0, 40)]);
      else if (what === 5)
        bytes.set(new TextEncoder().encode(this.pick(TEXTS)).subarray(0, bytes.length - at), at);
      else if (bytes.length >= 8)
        view.setBigUint64(0, BigInt(this.pick(EVIL)) << BigInt(this.below(33)), true);
    }
    return bytes;
  }
}

/**
 * A try of each family of files; throws what the parser throws, or what is wrong with its result.
 */
const families: Record<string, (files: Files) => Promise<void>> = {
  idx: async (files) => {
    const side = () => 1 + files.below(4);
    const sizes = files.below(2) ? [1 + files.below(5), side(), side()] : [1 + files.below(30)];
    const bytes = files.spoil(files.idx(sizes));
    if (files.below(2)) return void parseLabels("x", bytes);
    const { pixels, count, height, width } = parseImages("x", bytes);
    if (pixels.length !== count * height * width)
      throw new Error("pixels of another number than promised");
  },
  gzip: async (files) => {
    const good = files.idx([2, 3, 3]);
    const zipped = files.below(4)
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
  let [slowest, peak, tries, defects] = [0, 0, 0, 0];
  const before = process.memoryUsage().rss;
  const runs = { seed: Number(values.seed), numRuns: Math.ceil(Number(values.count) / 3) };
  for (const [name, attempt] of Object.entries(families)) {
    const counts = { parsed: 0, refused: 0 };
    const property = fc.asyncProperty(fc.gen(), async (draw) => {
      const begun = performance.now();
      try {
        await attempt(new Files(draw));
        counts.parsed++;
      } catch (thrown) {
        const { name, message } = thrown as Error;
        if (name !== "StairstepError" || message.includes("\n")) throw thrown;
        counts.refused++;
      } finally {
        slowest = Math.max(slowest, performance.now() - begun);
        if (tries++ % 500 === 0) peak = Math.max(peak, process.memoryUsage().rss);
      }
    });
    const found = await fc.check(property, runs);
    if (found.failed) {
      defects++;
      console.error(`${name}:`, await fc.asyncDefaultReportMessage(found));
    }
    console.log(
      `${name.padEnd(12)} ${counts.refused} refused, ${counts.parsed} parsed (what was spoiled ` +
        "did not matter)",
    );
  }
  const memory = `${(before / 1e6).toFixed(0)} → at most ${(peak / 1e6).toFixed(0)} MB`;
  console.log(
    `seed ${values.seed}, slowest ${slowest.toFixed(0)} ms, memory ${memory}, defects ${defects}`,
  );
  if (Object.keys(Object.prototype).length > 0) throw new Error("a prototype was polluted");
  return defects === 0 ? 0 : 1;
}
