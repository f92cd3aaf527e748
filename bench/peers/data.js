/**
 * MNIST for the peers: the first 10,000 training images and 1,000 test images as f32 [count, 784],
 * labels as i32.
 */
const TRAIN = 10_000;
const TEST = 1000;

async function bytes(name) {
  return new Uint8Array(await (await fetch(`/mnist/${name}`)).arrayBuffer());
}

const pixels = (file, count) =>
  Float32Array.from(file.subarray(16, 16 + 784 * count), (p) => p / 255);
const labels = (file, count) => Int32Array.from(file.subarray(8, 8 + count));

/** With `none`, for who reads MNIST itself: nothing. */
export async function loadData(none) {
  if (none) return undefined;
  const [images, train, testImages, test] = await Promise.all(
    [
      "train-images-idx3-ubyte",
      "train-labels-idx1-ubyte",
      "t10k-images-idx3-ubyte",
      "t10k-labels-idx1-ubyte",
    ].map(bytes),
  );
  return {
    batch: 50,
    batches: TRAIN / 50,
    train: { x: pixels(images, TRAIN), y: labels(train, TRAIN), count: TRAIN },
    test: { x: pixels(testImages, TEST), y: labels(test, TEST), count: TEST },
  };
}

/** Glorot uniform [inputs, outputs]. */
export function glorot(inputs, outputs) {
  const limit = Math.sqrt(6 / (inputs + outputs));
  return Float32Array.from({ length: inputs * outputs }, () => (2 * Math.random() - 1) * limit);
}

/**
 * Milliseconds of one run where `run(times)` does so many: the median of five rounds of at least a
 * fifth of a second.
 */
export async function timeRounds(run) {
  const spent = async (times) => {
    const begun = performance.now();
    await run(times);
    return performance.now() - begun;
  };
  await spent(1);
  let times = 1;
  let each = await spent(times);
  while (each * times < 200) {
    times = Math.ceil(220 / each);
    each = (await spent(times)) / times;
  }
  const rounds = [];
  for (let i = 0; i < 5; i++) rounds.push((await spent(times)) / times);
  return rounds.sort((a, b) => a - b)[2];
}

/** Categories of each neuron of a layer; 1 for real ones. */
export const categoriesOf = ({ categories = 1 }, layer) =>
  Array.isArray(categories) ? categories[layer] : categories;

/** Numbers of each layer, inputs first. */
export const widthsOf = ({ hidden, reconstruct, ...shape }) => [
  784,
  ...hidden.map((units, i) => units * categoriesOf(shape, i)),
  reconstruct ? 784 : 10,
];
