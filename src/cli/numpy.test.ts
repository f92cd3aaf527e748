/** A saved model read by others: the example in NumPy comes to the accuracies of `evaluate`. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ensureNumpy } from "../../tools/hosts.ts";
import { build, stairstep } from "./built";

const folder = mkdtempSync(join(tmpdir(), "stairstep-numpy-"));
let python: string;
beforeAll(() => {
  build();
  python = ensureNumpy();
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  "--neuron ternary --hidden 20 --members 2 --steps 300",
  "--neuron onehot:3 --hidden 12,9 --steps 300",
  "--neuron staircase:4 --hidden 15 --anneal 1.2 --epochs 1",
])("is read by NumPy: %s", (network) => {
  const file = join(folder, "model.safetensors");
  expect(stairstep(`train ${network} --save ${file}`).status).toBe(0);
  const evaluated = stairstep(`evaluate --json ${file}`);
  expect(evaluated.status, evaluated.stderr).toBe(0);
  const { members } = JSON.parse(evaluated.stdout);
  const { stdout, stderr } = spawnSync(python, ["examples/evaluate_checkpoint.py", file], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  const found = [...stdout.matchAll(/test accuracy ([\d.]+)/g)].map(([, value]) => Number(value));
  expect(found).toHaveLength(members.length);
  // A tenth of a thousandth: of 10,000 images, one decided by a rounding error.
  for (const [i, member] of members.entries())
    expect(Math.abs((found[i] as number) - member.test.accuracy)).toBeLessThanOrEqual(1.01e-4);
});
