/** Data sets made of others: images turned, and a validation split from elsewhere. */
import { StairstepError } from "../runtime/errors";
import type { DataFiles } from "./files";
import { parseImages, parseLabels } from "./idx";

type File = DataFiles["trainImages"];

/** An IDX file again. */
function idxOf(
  magic: number,
  sizes: readonly number[],
  values: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + 4 * sizes.length + values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, n] of [magic, ...sizes].entries()) view.setUint32(4 * i, n);
  bytes.set(values, 4 + 4 * sizes.length);
  return bytes;
}

function turned({ name, bytes }: File): File {
  const { count, height, width, pixels } = parseImages(name, bytes);
  const values = new Uint8Array(pixels.length);
  const size = height * width;
  for (let at = 0; at < pixels.length; at++) {
    const place = at % size;
    const to = (place % width) * height + Math.floor(place / width);
    values[at - place + to] = pixels[at] as number;
  }
  return { name, bytes: idxOf(0x803, [count, width, height], values) };
}

/** The same with rows and columns of all images swapped. */
export const transposeFiles = (files: DataFiles): DataFiles => ({
  ...files,
  trainImages: turned(files.trainImages),
  testImages: turned(files.testImages),
});

const joined = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
};

/** Big-endian, as IDX files have them. */
function labelBytes(labels: Uint32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * labels.length));
  for (const [i, label] of labels.entries()) view.setUint32(4 * i, label);
  return new Uint8Array(view.buffer);
}

const read = ({ trainImages, trainLabels }: Pick<DataFiles, "trainImages" | "trainLabels">) => ({
  images: parseImages(trainImages.name, trainImages.bytes),
  labels: parseLabels(trainLabels.name, trainLabels.bytes),
});

/** The files with a pair's images in front of those that train, which are the validation split. */
export function withValidation(
  files: DataFiles,
  pair: Pick<DataFiles, "trainImages" | "trainLabels">,
): { files: DataFiles; validation: number } {
  const [front, back] = [read(pair), read(files)];
  const { count, height, width } = front.images;
  if (count !== front.labels.length)
    throw new StairstepError(
      `${pair.trainImages.name} has ${count} images and ${pair.trainLabels.name} has ` +
        `${front.labels.length} labels: these files do not belong together`,
    );
  if (height !== back.images.height || width !== back.images.width)
    throw new StairstepError(
      `${pair.trainImages.name} has images of ${height} × ${width} pixels, and ` +
        `${files.trainImages.name} of ${back.images.height} × ${back.images.width}: these files ` +
        "do not belong together",
    );
  const pixels = joined(front.images.pixels, back.images.pixels);
  const labels = joined(labelBytes(front.labels), labelBytes(back.labels));
  const images = idxOf(0x803, [count + back.images.count, height, width], pixels);
  return {
    files: {
      ...files,
      trainImages: { ...files.trainImages, bytes: images },
      trainLabels: {
        ...files.trainLabels,
        bytes: idxOf(0xc01, [count + back.labels.length], labels),
      },
    },
    validation: count,
  };
}
