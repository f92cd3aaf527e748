/** A data set of a person's own arrays. */
import type { Device } from "../runtime/device";
import { StairstepError } from "../runtime/errors";
import { checkKeys } from "../runtime/keys";
import { type Dataset, uploadDataset } from "./dataset";
import type { DataFiles } from "./files";
import type { DataOptions } from "./options";
import { pixelsOf } from "./pixels";
import { imageFile, labelFile } from "./write-idx";

/** Examples with their labels, whole numbers from 0. */
export interface LabelledArrays {
  /**
   * [count, height, width], or [count, features]: bytes, each of which a network sees as x / 255,
   * or floats as they are, of any sign and scale.
   */
  images: Uint8Array | Uint8ClampedArray | Float32Array;
  /** [count] */
  labels: ArrayLike<number>;
}

export interface ArrayOptions extends LabelledArrays, DataOptions {
  /** Of an image, in pixels; or how many features, for what has no rows. */
  width: number;
  /** Of an image, in pixels; by default 1. */
  height?: number;
  /** What `evaluate("test")` is about. */
  test?: LabelledArrays;
}

const KEYS: Record<keyof ArrayOptions, true> = {
  ...{ images: true, labels: true, width: true, height: true, test: true },
  ...{ name: true, validation: true, seed: true, standardise: true },
};

/** The two files that hold these arrays, called `name` images and `name` labels. */
function written(
  name: string,
  { images: given, labels }: LabelledArrays,
  [height, width]: readonly [number, number],
): { images: DataFiles["trainImages"]; labels: DataFiles["trainLabels"] } {
  const images = pixelsOf(given);
  if (!images)
    throw new StairstepError(
      `${name} images must be a Uint8Array of 0 … 255 or a Float32Array, [count, height, width], ` +
        `got ${typeName(given)}`,
    );
  const count = images.length / (height * width);
  if (!Number.isInteger(count))
    throw new StairstepError(
      `${name} images have ${images.length} values, which are no whole images of ${height} × ` +
        `${width}: give a multiple of ${height * width}`,
    );
  const list = Array.from(labels ?? []);
  const odd = list.findIndex((label) => !(Number.isSafeInteger(label) && label >= 0));
  if (odd >= 0)
    throw new StairstepError(
      `${name} label ${odd} is ${String(list[odd])}: number the classes 0, 1, 2, …`,
    );
  const largest = list.reduce((most, label) => Math.max(most, label), 0);
  if (largest >= 2 ** 31)
    throw new StairstepError(`${name} labels reach ${largest}: number the classes 0, 1, 2, …`);
  return {
    images: { name: `${name} images`, bytes: imageFile([count, height, width], images) },
    labels: { name: `${name} labels`, bytes: labelFile(list) },
  };
}

const typeName = (value: unknown): string =>
  (value as object | undefined)?.constructor?.name ?? String(value);

/**
 * Uploads arrays as a data set: `datasetFrom(device, { images, labels, width: 28, height: 28 })`.
 * A twelfth of each class is held out for validation unless `validation` says otherwise. Throws
 * `StairstepError` for arrays that do not belong together, and, from `evaluate("test")`, without
 * `test`.
 */
export async function datasetFrom(device: Device, options: ArrayOptions): Promise<Dataset> {
  if (ArrayBuffer.isView(options) || Array.isArray(options))
    throw new StairstepError("datasetFrom takes one object: { images, labels, width }");
  checkKeys("datasetFrom", options, Object.keys(KEYS));
  const { images, labels, width, height = 1, test, ...more } = options;
  if (width === undefined)
    throw new StairstepError(
      "datasetFrom needs width: the pixels of an image's row, or how many features a row has",
    );
  for (const [key, value] of Object.entries({ width, height }))
    if (!(Number.isSafeInteger(value) && value > 0))
      throw new StairstepError(`${key} must be a whole number of 1 or more, got ${value}`);
  const size = [height, width] as const;
  const train = written("the training", { images, labels }, size);
  // Files of a test split there must be: where there is none, the first image stands for it.
  const standIn = { images: images.subarray(0, height * width), labels: [0] };
  const held = written("the test", test ?? standIn, size);
  const data = await uploadDataset(
    device,
    {
      trainImages: train.images,
      trainLabels: train.labels,
      testImages: held.images,
      testLabels: held.labels,
    },
    { name: "your arrays", ...more },
  );
  await device.done();
  return test
    ? data
    : {
        ...data,
        get test(): Dataset["test"] {
          throw new StairstepError("these data have no test images: give datasetFrom { test }");
        },
      };
}
