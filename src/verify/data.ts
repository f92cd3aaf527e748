/** Small made-up data sets, mostly blank, as files for the GPU and as examples for the twin. */
import type { DataFiles } from "../data/files";
import type { Pixels } from "../data/idx";
import type { DataOptions } from "../data/options";
import { imageFile, labelFile } from "../data/write-idx";
import { uniforms } from "./twin/philox";
import type { Examples } from "./twin/population";
import type { Example } from "./twin/step";

interface Shape {
  height: number;
  width: number;
  classes: number;
  train: number;
  test: number;
  /** Features instead of pixels, of any sign and of scales from 1 to 1,000, standardised. */
  features?: true;
}

export interface MadeUp extends Shape {
  files: DataFiles;
  examples: Examples;
  /** Of the training file [count, height · width]. */
  pixels: Pixels;
  options: DataOptions;
}

/** What brings each feature of `rows` to mean 0 and deviation 1. */
function standardiser(rows: readonly (readonly number[])[]): (x: number, k: number) => number {
  const mean = (of: (row: readonly number[]) => number) =>
    rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
  const means = (rows[0] ?? []).map((_, k) => mean((row) => row[k] as number));
  const deviations = means.map((m, k) => Math.sqrt(mean((row) => ((row[k] as number) - m) ** 2)));
  return (x, k) => (x - (means[k] as number)) / (deviations[k] as number);
}

/**
 * Images of some bright pixels in a row that their label names, a few elsewhere, and a last row
 * that is always blank; or features, of which the one that the label names is raised.
 */
function makeUp(shape: Shape): MadeUp {
  const { height, width, classes, train, test, features } = shape;
  const size = height * width;
  const first = Math.floor(train / 12);
  const split = (layer: number, count: number) => {
    const random = uniforms({ seed: 1, purpose: "weights", layer, step: 0 }, 0, count * (size + 1));
    const labels = Array.from({ length: count }, (_, i) =>
      i < classes ? i : Math.floor((random[count * size + i] as number) * classes),
    );
    const labelOf = (i: number) => labels[Math.floor(i / size)] as number;
    const pixel = (u: number, i: number): number => {
      const row = Math.floor((i % size) / width);
      const share = row === height - 1 ? 0 : row === labelOf(i) % (height - 1) ? 0.7 : 0.06;
      return u < share ? 1 + Math.floor((255 * u) / share) : 0;
    };
    const feature = (u: number, i: number): number =>
      10 ** (i % 4) * (u - 0.3 + (labelOf(i) === i % size ? 0.8 : 0));
    const drawn = random.slice(0, count * size);
    const pixels = features ? Float32Array.from(drawn, feature) : Uint8Array.from(drawn, pixel);
    const rows = labels.map((_, i) => Array.from(pixels.subarray(i * size, (i + 1) * size)));
    return { labels, pixels, rows };
  };
  const [file, shown] = [split(0, train), split(1, test)];
  const seen = features ? standardiser(file.rows.slice(first)) : (p: number) => p / 255;
  const examples = ({ labels, rows }: typeof file): Example[] =>
    labels.map((label, i) => ({ x: (rows[i] as number[]).map(seen), label }));
  const images = (name: string, { pixels, labels }: typeof file) => ({
    name,
    bytes: imageFile([labels.length, height, width], pixels),
  });
  const labels = (name: string, { labels }: typeof file) => ({ name, bytes: labelFile(labels) });
  return {
    ...shape,
    files: {
      trainImages: images("made-up images", file),
      trainLabels: labels("made-up labels", file),
      testImages: images("made-up test images", shown),
      testLabels: labels("made-up test labels", shown),
    },
    examples: { file: examples(file), first, test: examples(shown), classes, width },
    pixels: file.pixels,
    options: { validation: "first", ...(features ? { standardise: true } : {}) },
  };
}

/**
 * Rows of pixels that are no whole words, as few classes as a vec4 holds; rows of whole words, more
 * classes than are written out; and labels of two bytes, whose classes the head takes in slices,
 * the last of them smaller; and features.
 */
export const SETS = {
  odd: makeUp({ height: 5, width: 7, classes: 3, train: 84, test: 7 }),
  whole: makeUp({ height: 12, width: 12, classes: 23, train: 96, test: 8 }),
  many: makeUp({ height: 5, width: 7, classes: 300, train: 312, test: 7 }),
  features: makeUp({ height: 1, width: 7, classes: 3, train: 84, test: 7, features: true }),
} as const;
