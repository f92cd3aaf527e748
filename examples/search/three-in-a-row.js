// Three training images in a row that show three given things, found by their words alone. First
//   npx stairstep train --task reconstruct --hidden 200,20,200 --neuron tanh,onehot:10,tanh \
//     --estimator gumbel --optimizer adam --epochs 5 --save code.safetensors
// then node three-in-a-row.js 3 1 4. What a 3 is, twenty test images say that show one; no label of
// a training image is read but to print it.
import { readFile } from "node:fs/promises";
import { indexWords, loadCode, loadMnist, requestDevice } from "stairstep";

const EXAMPLES = 20;
const digits = process.argv.slice(2).map(Number);
if (digits.length !== 3 || digits.some((digit) => !(digit >= 0 && digit <= 9)))
  throw new RangeError(`three digits are needed, got "${process.argv.slice(2).join(" ")}": 3 1 4`);
const device = await requestDevice();
const data = await loadMnist(device);
const code = await loadCode(device, await readFile("code.safetensors"));
const { neurons, choices } = code;

const words = await code.encodeSplit(data, "training");
const { counts } = indexWords(words, code);
const images = words.length / neurons;

/** How much likelier each letter is in the words of examples than in all [neurons, choices]. */
function oddsOf(examples) {
  const tally = indexWords(examples, code).counts;
  const count = examples.length / neurons;
  return Float64Array.from(counts, (all, letter) => {
    const usual = (all + 1) / (images + choices);
    return Math.log((tally[letter] + 2 * usual) / (count + 2) / usual);
  });
}

/** The sum of those of an image's letters: how much it looks like the examples. */
async function likeness(digit) {
  const shown = [...data.test.labels.keys()].filter((i) => data.test.labels[i] === digit);
  const pixels = shown
    .slice(0, EXAMPLES)
    .flatMap((i) => [...data.test.pixels.subarray(784 * i, 784 * (i + 1))]);
  const odds = oddsOf(await code.encode(Uint8Array.from(pixels)));
  const sums = new Float64Array(images);
  for (const [i, symbol] of words.entries())
    sums[Math.floor(i / neurons)] += odds[(i % neurons) * choices + symbol];
  return sums;
}

const [first, second, third] = await Promise.all(digits.map(likeness));
const least = first
  .subarray(0, images - 2)
  .map((sum, i) => Math.min(sum, second[i + 1], third[i + 2]));
const place = least.reduce((best, sum, i) => (sum > least[best] ? i : best), 0);
const found = await code.decode(words.subarray(place * neurons, (place + 3) * neurons));
for (let y = 0; y < 28; y++) {
  const row = [0, 1, 2].map((k) => [...found.subarray(784 * k + 28 * y, 784 * k + 28 * (y + 1))]);
  console.log(row.map((line) => line.map((x) => " .:+#"[Math.floor(4.99 * x)]).join("")).join(" "));
}
const labels = [0, 1, 2].map((k) => data.training.labels[place + k]);
console.log(`training images ${place} to ${place + 2} are ${labels.join(", ")}`);
process.exit();
