import { expect, it } from "vitest";
import { ternary } from "../model/layers";
import { train } from "../model/training";
import { numbers, smallFiles, testDevice } from "../testing";
import { uploadDataset } from "./dataset";
import { type ArrayOptions, datasetFrom } from "./from-arrays";
import { parseImages, parseLabels } from "./idx";

const files = smallFiles();
const arrays = (of: "train" | "test") => ({
  images: parseImages("images", files[`${of}Images`].bytes).pixels,
  labels: parseLabels("labels", files[`${of}Labels`].bytes),
});
const SIZE = { width: 5, height: 3 };

it("is the same data set as that of files", async () => {
  const device = await testDevice();
  const own = await datasetFrom(device, { ...arrays("train"), test: arrays("test"), ...SIZE });
  const theirs = await uploadDataset(device, files);
  expect(own.identity).toEqual({ ...theirs.identity, name: "your arrays" });
  for (const key of ["images", "labels", "masks"] as const)
    expect(await device.read(own[key])).toEqual(await device.read(theirs[key]));
  expect(own.test).toEqual(theirs.test);
});

it("trains on arrays without a test split, and names what is missing", async () => {
  const device = await testDevice();
  const random = numbers(3);
  const labels = Array.from({ length: 600 }, () => Math.floor(random() * 2));
  const images = Uint8Array.from(
    labels.flatMap((label) => [0, 1, 2].map((i) => 100 * label + 20 * i + 100 * random())),
  );
  const data = await datasetFrom(device, { name: "blobs", images, labels, width: 3, seed: 4 });
  expect([data.inputs, data.classes, data.training.count]).toEqual([3, 2, 550]);
  const training = train(device, data, { hidden: [ternary(8)], epochs: 1, stepsPerEpoch: 300 });
  for await (const _ of training);
  expect((await training.evaluate("validation"))[0]).toBeGreaterThan(0.9);
  await expect(training.evaluate("test")).rejects.toThrow(
    "these data have no test images: give datasetFrom { test }",
  );
  expect((await training.checkpoint()).data?.name).toBe("blobs");
});

it("refuses arrays that make no data set", async () => {
  const device = await testDevice();
  const { images, labels } = arrays("train");
  const given = (change: object) =>
    expect(datasetFrom(device, { images, labels, ...SIZE, ...change } as ArrayOptions)).rejects;
  await given({ images: [1, 2] }).toThrow(
    "the training images must be a Uint8Array of 0 … 255 or a Float32Array, " +
      "[count, height, width], got Array",
  );
  await given({ images: undefined }).toThrow("got undefined");
  await given({ images: images.subarray(1) }).toThrow("no whole images of 3 × 5");
  await given({ images: images.subarray(15) }).toThrow("has 83 images and the training labels has");
  await given({ images: new Uint8Array() }).toThrow("the training images");
  for (const odd of [-1, 0.5, Number.NaN, undefined, "cat"])
    await given({ labels: [...labels.slice(0, -1), odd] }).toThrow(`label 83 is ${odd}: number`);
  await given({ labels: [...labels.slice(0, -1), 2 ** 31] }).toThrow("reach 2147483648");
  await given({ labels: undefined }).toThrow("the training labels");
  await given({ width: undefined }).toThrow("datasetFrom needs width");
  await expect(datasetFrom(device, images as never)).rejects.toThrow("takes one object: { images");
  for (const width of [0, 1.5])
    await given({ width }).toThrow(`width must be a whole number of 1 or more, got ${width}`);
  await given({ colour: 3 }).toThrow("datasetFrom has no colour: choose from images");
  await given({ test: { images, labels: [] } }).toThrow("the test labels");
  await given({ test: { images: images.subarray(0, 15), labels: [3] } }).toThrow("label 3");
});
