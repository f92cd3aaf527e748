/**
 * Features beside pixels: accuracy beside a twin in NumPy, memory and speed of f32 beside u8.
 * Usage: npm run features [-- OUT.json]; needs python3 with NumPy.
 *
 *   moons        two moons, one coordinate stretched a thousandfold: 2,000 × 2, 2 classes
 *   embeddings   10,000 × 300 of either sign, 10 classes, each feature of a scale of its own; and
 *                the same as u8, from the smallest value of all to the largest
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COMMAND } from "../src/cli/built.ts";
import { imageFile, labelFile } from "../src/data/write-idx.ts";
import { ceilDiv } from "../src/shaders/kernel.ts";
import { uniforms } from "../src/verify/twin/philox.ts";

const [SEEDS, STEPS, BATCH, RATE, UNITS] = [5, 3000, 50, 0.1, 100];

interface Made {
  labels: number[];
  rows: Float32Array;
}

const uniform = (layer: number, count: number) =>
  uniforms({ seed: 3, purpose: "weights", layer, step: 0 }, 0, count);
/** Of mean 0 and deviation 1, nearly normal. */
const normal = (layer: number, count: number): number[] => {
  const parts = [0, 1, 2, 3].map((part) => uniform(8 * layer + part, count));
  return Array.from(
    { length: count },
    (_, i) => Math.sqrt(3) * parts.reduce((sum, part) => sum + (part[i] as number) - 0.5, 0),
  );
};

function moons(count: number, layer: number): Made {
  const [turn, noise] = [uniform(80 + layer, count), normal(20 + layer, 2 * count)];
  const labels = Array.from({ length: count }, (_, i) => i % 2);
  const rows = labels.flatMap((label, i) => {
    const angle = Math.PI * (turn[i] as number);
    const [x, y] = [Math.cos(angle), Math.sin(angle)];
    const [a, b] = [noise[2 * i] as number, noise[2 * i + 1] as number];
    return [1000 * ((label ? 1 - x : x) + 0.15 * a), (label ? 0.5 - y : y) + 0.15 * b];
  });
  return { labels, rows: Float32Array.from(rows) };
}

function embeddings(count: number, layer: number): Made {
  const [width, classes] = [300, 10];
  const centres = normal(40, width * classes);
  const scales = normal(41, width).map((x) => Math.exp(0.5 * x));
  const noise = normal(42 + layer, count * width);
  const labels = Array.from({ length: count }, (_, i) => i % classes);
  const rows = Float32Array.from(noise, (x, i) => {
    const [label, k] = [labels[Math.floor(i / width)] as number, i % width];
    return (scales[k] as number) * (0.22 * (centres[width * label + k] as number) + x);
  });
  return { labels, rows };
}

function asBytes(...sets: Made[]): Uint8Array[] {
  const [low, high] = sets.reduce(
    ([low, high], { rows }) =>
      rows.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [low, high]),
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  return sets.map(({ rows }) => Uint8Array.from(rows, (x) => (255 * (x - low)) / (high - low)));
}

function write(
  folder: string,
  sets: readonly { labels: number[]; rows: Float32Array | Uint8Array }[],
) {
  mkdirSync(folder);
  for (const [i, { labels, rows }] of sets.entries()) {
    const name = join(folder, i === 0 ? "train" : "test");
    const width = rows.length / labels.length;
    writeFileSync(`${name}-images.idx`, imageFile([labels.length, width], rows));
    writeFileSync(`${name}-labels.idx`, labelFile(labels));
  }
}

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args[0]} failed: ${stderr}`);
  return stdout;
}

const told = (values: readonly number[]): string => {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  const error = Math.sqrt(squares / (values.length - 1) / values.length);
  return `${(100 * mean).toFixed(2)} ± ${(100 * error).toFixed(2)} %`;
};

export function main([out]: string[]): number {
  const place = mkdtempSync(join(tmpdir(), "stairstep-features-"));
  const [train, test] = [embeddings(10_000, 0), embeddings(2000, 1)];
  const [bytes, shown] = asBytes(train, test) as [Uint8Array, Uint8Array];
  const sets = {
    moons: [moons(2000, 0), moons(1000, 1)],
    embeddings: [train, test],
    "embeddings, u8": [
      { ...train, rows: bytes },
      { ...test, rows: shown },
    ],
  };
  const results = Object.entries(sets).map(([name, made]) => {
    const folder = join(place, name.replace(/\W+/g, "-"));
    write(folder, made);
    const { labels, rows } = made[0] as Made;
    const floats = rows instanceof Float32Array;
    const settings = { neuron: "ternary", hidden: UNITS, lr: RATE, batch: BATCH, steps: STEPS };
    const flags = Object.entries(settings).flatMap(([flag, value]) => [`--${flag}`, `${value}`]);
    const command = [COMMAND, "train", "--json", "--data", folder, ...flags];
    const standardise = floats ? ["--standardise"] : [];
    // Each of an order of its own: members share one, and bytes of a small range hang on it.
    const runs = Array.from({ length: SEEDS }, (_, i) => {
      const seeds = ["--seed", `${i + 1}`, "--data-seed", `${i + 1}`];
      const lines = run(process.execPath, [...command, ...seeds, ...standardise]).trim();
      return JSON.parse(lines.split("\n").at(-1) as string);
    });
    const accuracy = runs.map(({ members: [member] }) => member.test.accuracy as number);
    const speed = runs.map(({ stepsPerSecond }) => stepsPerSecond as number).sort((a, b) => a - b);
    const twin = [folder, UNITS, STEPS, BATCH, RATE, SEEDS].map(String);
    const numpy = run("python3", ["tools/features_twin.py", ...twin])
      .trim()
      .split("\n")
      .map(Number);
    const words = ceilDiv(rows.length / labels.length, 4);
    return {
      ...{ name, adapter: runs[0].adapter, kernels: runs[0].kernels },
      megabytes: (labels.length * words * (floats ? 16 : 4)) / 1e6,
      stepsPerSecond: speed[2] as number,
      ...{ accuracy: told(accuracy), numpy: told(numpy) },
    };
  });
  rmSync(place, { recursive: true });
  console.table(results);
  if (out)
    writeFileSync(out, `${JSON.stringify({ SEEDS, STEPS, BATCH, RATE, results }, null, 2)}\n`);
  return 0;
}
