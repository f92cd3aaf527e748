/** What a hidden layer puts out for test images, counted; and what one-hot neurons choose. */
import * as v from "valibot";
import { type Dataset, type HiddenLayer, neurons, type Training } from "../index";

/** Of the first hidden layer of one member. */
export const outputsSchema = v.object({
  /** What it puts out how often. */
  histogram: v.array(v.object({ value: v.number(), share: v.number() })),
  /** One-hot: each neuron's choice for the first images. */
  choices: v.array(v.object({ label: v.number(), categories: v.array(v.number()) })),
});

export type Outputs = v.InferOutput<typeof outputsSchema>;

/** Test images whose outputs are counted, and one-hot choices kept. */
const LOOKED_AT = 1000;
const KEPT = 10;
/** Values of a real neuron are counted in this many bins. */
const BINS = 40;

/** Of the first hidden layer of a member. */
export async function outputsOf(
  training: Training,
  data: Dataset,
  member: number,
): Promise<Outputs> {
  const { pixels } = data.test;
  const { outputs } = await training.look(pixels.subarray(0, LOOKED_AT * data.inputs), member);
  const [layer] = training.spec.hidden;
  return summarise(layer as HiddenLayer, data, outputs[0] as Float32Array);
}

function summarise(layer: HiddenLayer, data: Dataset, y: Float32Array): Outputs {
  const { neuron, size = 1, units } = layer;
  if (neuron === "onehot") {
    const images = y.length / (units * size);
    const chosen = (image: number, unit: number) =>
      y.subarray((image * units + unit) * size, (image * units + unit + 1) * size).indexOf(1);
    const choices = Array.from({ length: Math.min(KEPT, images) }, (_, image) => ({
      label: data.test.labels[image] as number,
      categories: Array.from({ length: units }, (_, unit) => chosen(image, unit)),
    }));
    const counts = new Array<number>(size).fill(0);
    y.forEach((value, i) => {
      if (value === 1) counts[i % size] = (counts[i % size] as number) + 1;
    });
    return {
      histogram: counts.map((count, value) => ({ value, share: (count * size) / y.length })),
      choices,
    };
  }
  const real = neurons.find(({ name }) => name === neuron)?.estimators[0]?.name === "exact";
  const counts = new Map<number, number>();
  for (const value of y) {
    const bin = real ? Math.round(value * (BINS / 2)) / (BINS / 2) : value;
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  return {
    histogram: [...counts]
      .sort(([a], [b]) => a - b)
      .map(([value, count]) => ({ value, share: count / y.length })),
    choices: [],
  };
}
