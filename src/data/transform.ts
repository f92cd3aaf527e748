/** Data sets made of others: images turned, and a validation split from elsewhere. */
import { type Examples, readPair } from "./examples";
import type { DataFiles } from "./files";
import { type Pixels, parseImages } from "./idx";
import { checkAlike } from "./together";
import { imageFile, labelFile } from "./write-idx";

type File = DataFiles["trainImages"];

function turned({ name, bytes }: File): File {
  const { count, height, width, pixels } = parseImages(name, bytes);
  const values = pixels.slice();
  const size = height * width;
  for (let at = 0; at < pixels.length; at++) {
    const place = at % size;
    const to = (place % width) * height + Math.floor(place / width);
    values[at - place + to] = pixels[at] as number;
  }
  return { name, bytes: imageFile([count, width, height], values) };
}

/** The same with rows and columns of all images swapped. */
export const transposeFiles = (files: DataFiles): DataFiles => ({
  ...files,
  trainImages: turned(files.trainImages),
  testImages: turned(files.testImages),
});

/** Of one type. */
function joined(a: Pixels, b: Pixels): Pixels {
  const length = a.length + b.length;
  const both = a instanceof Float32Array ? new Float32Array(length) : new Uint8Array(length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** The files with a pair's images in front of those that train, which are the validation split. */
export function withValidation(
  files: DataFiles,
  pair: Pick<DataFiles, "trainImages" | "trainLabels">,
): { files: DataFiles; validation: number } {
  const [front, back] = [pair, files].map((one) => readPair(one.trainImages, one.trainLabels)) as [
    Examples,
    Examples,
  ];
  checkAlike(pair.trainImages.name, front, files.trainImages.name, back);
  const { count, height, width } = front.images;
  const pixels = joined(front.images.pixels, back.images.pixels);
  const images = imageFile([count + back.images.count, height, width], pixels);
  const labels = labelFile([...front.labels, ...back.labels]);
  return {
    files: {
      ...files,
      trainImages: { ...files.trainImages, bytes: images },
      trainLabels: { ...files.trainLabels, bytes: labels },
    },
    validation: count,
  };
}
