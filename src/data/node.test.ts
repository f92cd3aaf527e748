/** Folders on a disk. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, it } from "vitest";
import { parseImages, parseLabels } from "./idx";
import { readFolder } from "./node";
import { idx } from "./write-idx";

const folder = mkdtempSync(join(tmpdir(), "stairstep-data-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder of these files, by their ends of names. */
function made(name: string, files: Record<string, Uint8Array>): string {
  const place = join(folder, name);
  mkdirSync(place);
  for (const [file, bytes] of Object.entries(files)) writeFileSync(join(place, file), bytes);
  return place;
}

const images = (count: number, first: number) =>
  idx(
    [count, 2, 3],
    Uint8Array.from({ length: 6 * count }, (_, i) => first + i),
  );
const FOUR = {
  "train-images-idx3-ubyte": images(2, 0),
  "train-labels-idx1-ubyte": idx([2], Uint8Array.of(3, 4)),
  "t10k-images-idx3-ubyte": images(1, 100),
  "t10k-labels-idx1-ubyte": idx([1], Uint8Array.of(3)),
};

it("are read raw or gzipped, and named by their last part", async () => {
  const plain = made("plain", FOUR);
  const zipped = made(
    "größe #1 100%",
    Object.fromEntries(
      Object.entries(FOUR).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)]),
    ),
  );
  const [a, b] = [await readFolder(`${plain}/`, {}), await readFolder(zipped, {})];
  expect([a.name, b.name]).toEqual(["plain", "größe #1 100%"]);
  for (const key of ["trainImages", "trainLabels", "testImages", "testLabels"] as const)
    expect(b.files[key].bytes).toEqual(a.files[key].bytes);
});

it("are turned where rows and columns are swapped", async () => {
  const { files } = await readFolder(made("turned", FOUR), { transpose: true });
  const { height, width, pixels } = parseImages("x", files.trainImages.bytes);
  expect([height, width]).toEqual([3, 2]);
  expect([...pixels]).toEqual([0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
});

it("take validation from another folder, in front of what trains", async () => {
  const pair = made("pair", {
    "valid-images.idx": images(1, 200),
    "valid-labels.idx": idx([1, 1], Uint8Array.of(4), 0x802),
  });
  const place = made("with", FOUR);
  const { files, validation } = await readFolder(place, { validation: { folder: pair } });
  expect(validation).toBe(1);
  const all = parseImages("x", files.trainImages.bytes);
  expect([all.count, ...all.pixels.subarray(0, 7)]).toEqual([3, 200, 201, 202, 203, 204, 205, 0]);
  expect([...parseLabels("x", files.trainLabels.bytes)]).toEqual([4, 3, 4]);
  const refused = (more: Record<string, Uint8Array>, name: string) =>
    expect(readFolder(place, { validation: { folder: made(name, more) } })).rejects;
  await refused({}, "none").toThrow(/none has no files of images: give one of images and one of/);
  await refused(FOUR, "both").toThrow(/both has several files of images/);
  const wide = { images: idx([1, 3, 3], new Uint8Array(9)), labels: idx([1], new Uint8Array(1)) };
  await refused(wide, "wide").toThrow("images of 3 × 3 pixels, and");
  const few = { images: images(2, 0), labels: idx([1], new Uint8Array(1)) };
  await refused(few, "few").toThrow("2 images and");
});
