/** What the tests share: one device, and a small made-up data set. */
import { type Dataset, uploadDataset } from "./data/dataset";
import type { DataFiles } from "./data/files";
import { idx, labelFile } from "./data/write-idx";
import * as tuning from "./model/tuning";
import {
  type Device,
  type DeviceOptions,
  type KernelChoice,
  requestDevice,
} from "./runtime/device";

let opened: Promise<Device> | undefined;
/**
 * With VITE_PLAIN=1, all tests run with WebGPU's default limits and no optional feature; with
 * VITE_KERNELS=gpu, as on a GPU.
 */
export const DEVICE: DeviceOptions = {
  plain: import.meta.env.VITE_PLAIN === "1",
  kernels: (import.meta.env.VITE_KERNELS ?? "auto") as KernelChoice,
};
/**
 * The built-in tunings, as far as the tests' device can run them; and that of software adapters
 * without subgroups.
 */
export const ALONE = tuning.withValue(tuning.SOFTWARE, { share: 0 });
export const SOFTWARE = DEVICE.plain ? ALONE : tuning.SOFTWARE;
export const HARDWARE = tuning.HARDWARE;
export const testDevice = (): Promise<Device> => (opened ??= requestDevice(DEVICE));

/**
 * Deterministic numbers in [0, 1): a linear congruential generator, good enough to fill matrices.
 */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export const SMALL = { height: 3, width: 5, train: 84, test: 23, classes: 3 };

/**
 * Images of 3 × 5 random pixels (15 inputs: no whole number of words), each brighter where its
 * label says.
 */
export function smallFiles(
  classes: number = SMALL.classes,
  {
    height,
    width,
    test: tested = SMALL.test,
  }: Partial<typeof SMALL> & Pick<typeof SMALL, "height" | "width"> = SMALL,
): DataFiles {
  const random = numbers(7);
  const pair = (count: number) => {
    const labels = Array.from({ length: count }, () => Math.floor(random() * classes));
    // So that there are as many as were asked for.
    if (classes > SMALL.classes) labels[0] = classes - 1;
    const pixels = Uint8Array.from({ length: count * height * width }, (_, i) => {
      const label = labels[Math.floor(i / (height * width))] as number;
      return (
        Math.floor(random() * 100) +
        (Math.floor((i % (height * width)) / width) === label % height ? 155 : 0)
      );
    });
    return {
      images: { name: "images", bytes: idx([count, height, width], pixels) },
      labels: { name: "labels", bytes: labelFile(labels) },
    };
  };
  const [train, test] = [pair(SMALL.train), pair(tested)];
  return {
    trainImages: train.images,
    trainLabels: train.labels,
    testImages: test.images,
    testLabels: test.labels,
  };
}

/** On another device than that of most tests. */
export const uploadSmall = (device: Device, files = smallFiles()): Promise<Dataset> =>
  uploadDataset(device, files, { name: "made-up data", validation: "first" });

export const smallData = async (classes?: number): Promise<Dataset> =>
  uploadSmall(await testDevice(), smallFiles(classes));
