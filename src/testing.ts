/** What the tests share: one device, a small made-up data set, and plain float64 twins. */
import { type Dataset, uploadDataset } from "./data/dataset";
import type { DataFiles } from "./data/files";
import * as tuning from "./model/tuning";
import { type Device, type DeviceOptions, type KernelChoice, requestDevice } from "./runtime/device";

let opened: Promise<Device> | undefined;
/** With VITE_PLAIN=1, all tests run with WebGPU's default limits and no optional feature; with VITE_KERNELS=gpu, as on a GPU. */
export const DEVICE: Required<DeviceOptions> = {
  plain: import.meta.env.VITE_PLAIN === "1",
  kernels: (import.meta.env.VITE_KERNELS ?? "auto") as KernelChoice,
};
/** The built-in tunings, as far as the tests' device can run them; and that of software adapters without subgroups. */
export const ALONE = tuning.withValue(tuning.SOFTWARE, { share: 0 });
export const SOFTWARE = DEVICE.plain ? ALONE : tuning.SOFTWARE;
export const HARDWARE = tuning.HARDWARE;
export const testDevice = (): Promise<Device> => (opened ??= requestDevice(DEVICE));

/** Deterministic numbers in [0, 1): a linear congruential generator, good enough to fill matrices. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** An IDX file's bytes. */
export function idx(sizes: number[], values: Uint8Array, magic = 0x800 + sizes.length): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + 4 * sizes.length + values.length);
  const view = new DataView(bytes.buffer);
  [magic, ...sizes].forEach((n, i) => view.setUint32(4 * i, n));
  bytes.set(values, 4 + 4 * sizes.length);
  return bytes;
}

export const SMALL = { height: 3, width: 5, train: 84, test: 23, classes: 3 };

/** Labels of two bytes, as sets of more than 256 classes have them. */
const wideLabels = (labels: ArrayLike<number>): Uint8Array<ArrayBuffer> =>
  idx(
    [labels.length],
    Uint8Array.from({ length: 2 * labels.length }, (_, i) => ((labels[i >> 1] as number) >> (i % 2 === 0 ? 8 : 0)) & 0xff),
    0xb01,
  );

/** Images of 3 × 5 random pixels (15 inputs: no whole number of words), each brighter where its label says. */
export function smallFiles(classes: number = SMALL.classes, { height, width }: { height: number; width: number } = SMALL): DataFiles {
  const random = numbers(7);
  const pair = (count: number) => {
    const labels = Uint16Array.from({ length: count }, () => Math.floor(random() * classes));
    if (classes > SMALL.classes) labels[0] = classes - 1; // so that there are as many as were asked for
    const pixels = Uint8Array.from({ length: count * height * width }, (_, i) => {
      const label = labels[Math.floor(i / (height * width))] as number;
      return Math.floor(random() * 100) + (Math.floor((i % (height * width)) / width) === label % height ? 155 : 0);
    });
    return {
      images: { name: "images", bytes: idx([count, height, width], pixels) },
      labels: { name: "labels", bytes: classes > 256 ? wideLabels(labels) : idx([count], Uint8Array.from(labels)) },
    };
  };
  const [train, test] = [pair(SMALL.train), pair(SMALL.test)];
  return { trainImages: train.images, trainLabels: train.labels, testImages: test.images, testLabels: test.labels };
}

export const smallData = async (classes?: number): Promise<Dataset> => uploadDataset(await testDevice(), smallFiles(classes));
