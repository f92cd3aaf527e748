/** The command line on files of floats. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { imageFile, labelFile } from "../data/write-idx";
import { build, stairstep } from "./built";

const folder = mkdtempSync(join(tmpdir(), "stairstep-features-"));
const file = (name: string) => join(folder, name);

/** Two moons, one moved and stretched a thousandfold. */
function moons(name: string, count: number, seed: number): void {
  const labels = Array.from({ length: count }, (_, i) => (i * (seed + 1)) % 2);
  const features = labels.flatMap((label, i) => {
    const angle = (Math.PI * ((i * 0.618034 * (seed + 1)) % 1)) as number;
    const [x, y] = [Math.cos(angle), Math.sin(angle)];
    return label ? [1000 * (1 - x), 0.5 - y] : [1000 * x, y];
  });
  writeFileSync(file(`${name}-images.idx`), imageFile([count, 2], Float32Array.from(features)));
  writeFileSync(file(`${name}-labels.idx`), labelFile(labels));
}

beforeAll(() => {
  build();
  mkdirSync(folder, { recursive: true });
  moons("train", 600, 2);
  moons("test", 200, 4);
});
afterAll(() => rmSync(folder, { recursive: true }));

const last = (stdout: string) => JSON.parse(stdout.trim().split("\n").at(-1) as string).members[0];

it("standardises, goes on to the same bits, and evaluates as it was trained", () => {
  const train = `train --json --data ${folder} --neuron ternary --hidden 32 --batch 20`;
  const whole = stairstep(`${train} --standardise --epochs 2`);
  expect(JSON.parse(whole.stdout.split("\n")[0] as string).data.standardised).toBe(true);
  expect(last(whole.stdout).test.accuracy).toBeGreaterThan(0.95);
  stairstep(`${train} --standardise --epochs 1 --checkpoint ${file("run")}`);
  const half = stairstep(`evaluate --json --data ${folder} ${file("run")}`);
  expect(last(half.stdout).test.accuracy).toBeGreaterThan(0.9);
  const resumed = stairstep(`train --json --data ${folder} --resume ${file("run")} --epochs 2`);
  expect(last(resumed.stdout).weightsSha256).toBe(last(whole.stdout).weightsSha256);
});

it("does not standardise bytes, nor a run that began without", () => {
  const images = stairstep("train --standardise");
  expect([images.status, images.stderr]).toEqual([
    3,
    expect.stringMatching(/has bytes, which are seen as x \/ 255: leave standardise out/),
  ]);
  stairstep(`train --data ${folder} --neuron tanh --steps 10 --checkpoint ${file("raw")}`);
  const other = stairstep(`train --data ${folder} --standardise --resume ${file("raw")}`);
  expect([other.status, other.stderr]).toEqual([
    3,
    expect.stringMatching(/was trained without --standardise: leave it out/),
  ]);
});
