/** Small made-up data sets, mostly blank, as files for the GPU and as examples for the twin. */
import type { DataFiles } from "../data/files";
import { idx, labelFile } from "../data/write-idx";
import { uniforms } from "./twin/philox";
import type { Examples } from "./twin/population";
import type { Example } from "./twin/step";

interface Shape {
  height: number;
  width: number;
  classes: number;
  train: number;
  test: number;
}

export interface MadeUp extends Shape {
  files: DataFiles;
  examples: Examples;
  /** Of the training file [count, height · width]. */
  pixels: Uint8Array;
}

/**
 * Images of some bright pixels in a row that their label names, a few elsewhere, and a last row
 * that is always blank.
 */
function makeUp(shape: Shape): MadeUp {
  const { height, width, classes, train, test } = shape;
  const size = height * width;
  const split = (layer: number, count: number) => {
    const random = uniforms({ seed: 1, purpose: "weights", layer, step: 0 }, 0, count * (size + 1));
    const labels = Array.from({ length: count }, (_, i) =>
      i < classes ? i : Math.floor((random[count * size + i] as number) * classes),
    );
    const pixels = Uint8Array.from({ length: count * size }, (_, i) => {
      const [label, row] = [labels[Math.floor(i / size)] as number, Math.floor((i % size) / width)];
      const share = row === height - 1 ? 0 : row === label % (height - 1) ? 0.7 : 0.06;
      const u = random[i] as number;
      return u < share ? 1 + Math.floor((255 * u) / share) : 0;
    });
    const examples = labels.map(
      (label, i): Example => ({
        x: Array.from(pixels.subarray(i * size, (i + 1) * size), (p) => p / 255),
        label,
      }),
    );
    return { labels, pixels, examples };
  };
  const [file, shown] = [split(0, train), split(1, test)];
  const images = (name: string, { pixels, labels }: typeof file) => ({
    name,
    bytes: idx([labels.length, height, width], pixels),
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
    examples: { file: file.examples, first: Math.floor(train / 12), test: shown.examples, classes },
    pixels: file.pixels,
  };
}

/**
 * Rows of pixels that are no whole words, as few classes as a vec4 holds; rows of whole words, more
 * classes than are written out; and labels of two bytes, whose classes the head takes in slices,
 * the last of them smaller.
 */
export const SETS = {
  odd: makeUp({ height: 5, width: 7, classes: 3, train: 84, test: 7 }),
  whole: makeUp({ height: 12, width: 12, classes: 23, train: 96, test: 8 }),
  many: makeUp({ height: 5, width: 7, classes: 300, train: 312, test: 7 }),
} as const;
