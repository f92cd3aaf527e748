import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { requestDevice } from "../runtime/device";
import { StairstepError } from "../runtime/errors";
import { SMALL, smallData, smallFiles, testDevice } from "../testing";
import { uploadDataset } from "./dataset";
import { bytesOf, fetchMnist, filesFromList } from "./files";
import { gunzip, parseImages, parseLabels } from "./idx";
import { idx } from "./write-idx";

const images = idx(
  [2, 2, 3],
  Uint8Array.from({ length: 12 }, (_, i) => i),
);

describe("IDX files", () => {
  it("are read by their header", () => {
    expect(parseImages("x", images)).toMatchObject({
      count: 2,
      height: 2,
      width: 3,
      pixels: images.subarray(16),
    });
    expect([...parseLabels("x", idx([3], Uint8Array.of(4, 5, 6)))]).toEqual([4, 5, 6]);
    expect([...parseLabels("x", idx([2], Uint8Array.of(1, 2, 0, 5), 0xb01))]).toEqual([258, 5]);
    expect([...parseLabels("x", idx([2], Uint8Array.of(0, 1, 0, 2, 0, 0, 0, 9), 0xc01))]).toEqual([
      65538, 9,
    ]);
  });

  it("of labels are refused below 0, cut short, and of types that are no whole numbers", () => {
    expect(() => parseLabels("x", idx([2], Uint8Array.of(0, 1, 255, 254), 0xb01))).toThrow(
      "x has label -2 at place 1: labels are whole numbers from 0",
    );
    expect(() => parseLabels("x", idx([2], Uint8Array.of(7, 255), 0x901))).toThrow(
      "x has label -1 at place 1",
    );
    expect(() => parseLabels("x", idx([2], Uint8Array.of(0, 1, 2), 0xb01))).toThrow(
      "x is truncated: 11 bytes, where its header (2) promises 12",
    );
    expect(() => parseLabels("x", idx([2], new Uint8Array(8), 0xd01))).toThrow(
      "x should be an IDX file of labels, but it is none: give another file",
    );
  });

  it("are refused when truncated, overlong, of a wrong magic number, or of the other kind", () => {
    expect(() => parseImages("x", images.slice(0, 20))).toThrow(
      "x is truncated: 20 bytes, where its header (2 × 2 × 3) promises 28",
    );
    expect(() => parseImages("x", images.slice(0, 9))).toThrow("x is truncated: 9 bytes");
    expect(() => parseImages("x", new Uint8Array([...images, 0]))).toThrow(
      "x is too long: 29 bytes",
    );
    expect(() => parseImages("x", idx([2, 2, 3], new Uint8Array(12), 0x0a03))).toThrow(
      "x should be an IDX file of images, but it is none: give another file",
    );
    expect(() => parseLabels("x", images)).toThrow(
      "x should be an IDX file of labels, but it is one of images: check which file is which",
    );
    expect(() => parseImages("x", idx([0, 2, 3], new Uint8Array()))).toThrow("x is empty");
  });

  it("never come through wrong: any bytes parse to what they say or are refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (noise, headed) => {
        const bytes = Uint8Array.from(headed ? [0, 0, 8, 3, ...noise] : noise);
        try {
          const { count, height, width, pixels } = parseImages("x", bytes);
          expect(pixels.length).toBe(count * height * width);
        } catch (error) {
          expect(error).toBeInstanceOf(StairstepError);
        }
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it("may be gzipped; damage to the stream is told", async () => {
    const stream = new Blob([images]).stream().pipeThrough(new CompressionStream("gzip"));
    const zipped = new Uint8Array(await new Response(stream).arrayBuffer());
    expect(await gunzip("x", zipped)).toEqual(images);
    await expect(gunzip("x.gz", zipped.slice(0, zipped.length - 9))).rejects.toThrow(
      "x.gz is damaged",
    );
  });

  it("that are bombs are not read beyond what they promise", async () => {
    const zip = async (...parts: BlobPart[]) =>
      new Uint8Array(
        await new Response(
          new Blob(parts).stream().pipeThrough(new CompressionStream("gzip")),
        ).arrayBuffer(),
      );
    const zeros = new Uint8Array(50e6);
    const foreign = await gunzip("bomb", await zip(zeros));
    expect(foreign.length).toBeLessThan(1e6);
    expect(() => parseImages("bomb", foreign)).toThrow("it is none");
    const longer = await gunzip("bomb", await zip(images, zeros));
    expect(longer.length).toBeLessThan(1e6);
    expect(() => parseImages("bomb", longer)).toThrow("bomb is too long");
    const greedy = Uint8Array.from([
      0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 9,
    ]);
    await expect(gunzip("greedy", await zip(greedy))).rejects.toThrow(
      /greedy is damaged: .*promises/,
    );
  });

  it("that are too large are refused before they are read", async () => {
    const huge = new File(["x"], "train-images-idx3-ubyte");
    Object.defineProperty(huge, "size", { value: 2e9 });
    await expect(bytesOf(huge)).rejects.toThrow(
      "train-images-idx3-ubyte has 2 GB, and no more than 1 GB are read: give a smaller file",
    );
  });
});

describe("a data set", () => {
  it("keeps pixels as u8 in whole words, the first twelfth for validation", async () => {
    const data = await smallData();
    expect(data).toMatchObject({
      inputs: 15,
      words: 4,
      classes: SMALL.classes,
      training: { first: 7, count: 77 },
    });
    const device = await testDevice();
    const resident = new Uint8Array(await device.read(data.images));
    expect(resident.length).toBe(SMALL.train * 16);
    expect([...resident.subarray(16, 32)]).toEqual([
      ...smallFiles().trainImages.bytes.subarray(16 + 15, 16 + 30),
      0,
    ]);
  });

  it("refuses files that do not belong together", async () => {
    const device = await testDevice();
    const files = smallFiles();
    const load = (changes: Partial<typeof files>) =>
      expect(uploadDataset(device, { ...files, ...changes })).rejects;
    await load({ trainLabels: files.testLabels }).toThrow(
      "images has 84 images and labels has 23 labels: these files do not belong together",
    );
    const square = { name: "test", bytes: idx([23, 5, 5], new Uint8Array(575)) };
    await load({ testImages: square }).toThrow(
      "test has images of 5 × 5 pixels, and images of 3 × 5",
    );
    await expect(uploadDataset(device, smallFiles(65_537))).rejects.toThrow(
      "labels has label 65536, and a data set takes 65536 classes at the most, 0 to 65535",
    );
    const nines = { name: "test", bytes: idx([23], new Uint8Array(23).fill(9)) };
    await load({ testLabels: nines }).toThrow("test has label 9, and labels none above 2");
  });

  it("refuses options that are none, which JavaScript would let be ignored", async () => {
    const device = await testDevice();
    const given = (options: object) => expect(uploadDataset(device, smallFiles(), options)).rejects;
    await given({ split: "first" }).toThrow(
      "a data set has no split: choose from name, validation",
    );
    const ways = "validation must be first, stratified, or a number of images from 1 to 83, got ";
    for (const validation of ["stratifed", 0, 84, -1, 1.5, Number.NaN])
      await given({ validation }).toThrow(`${ways}${validation}`);
    for (const seed of [-1, 0.5])
      await given({ validation: "stratified", seed }).toThrow(`number of 0 or more, got ${seed}`);
    const ten = await uploadDataset(device, smallFiles(), { validation: 10 });
    expect([ten.training.first, ten.training.count, ten.identity.validation]).toEqual([
      10,
      74,
      "first 10",
    ]);
    await expect(requestDevice({ kernel: "gpu" } as never)).rejects.toThrow(
      "a device has no kernel: choose from plain, kernels, adapter",
    );
  });

  it("comes from files by name, and says which are missing", async () => {
    const file = (name: string) => new File([images], name);
    await expect(
      filesFromList([file("train-images.idx3-ubyte"), file("t10k-images-idx3-ubyte")]),
    ).rejects.toThrow(
      "the files given: there is no train-labels-idx1-ubyte, t10k-labels-idx1-ubyte (or .gz), " +
        "but train-images.idx3-ubyte, t10k-images-idx3-ubyte: a data set is",
    );
    const four = [
      "train-images.idx3-ubyte",
      "train-labels-idx1-ubyte",
      "t10k-images-idx3-ubyte",
      "T10K-labels-idx1-ubyte",
    ];
    expect((await filesFromList(four.map(file))).testLabels.bytes).toEqual(images);
  });

  it("by HTTP is MNIST itself or an error", async () => {
    const files = await fetchMnist(new URL("/mnist/", location.href));
    expect(parseImages("train", files.trainImages.bytes)).toMatchObject({
      count: 60_000,
      height: 28,
      width: 28,
    });
    await expect(fetchMnist(new URL("/nowhere/", location.href))).rejects.toThrow(StairstepError);
    // A relative address, with or without a slash; files that are not gzipped; and servers that
    // have a page in place of what is not there.
    for (const [base, missing] of [
      ["/mnist", new Response("", { status: 404 })],
      ["/mnist/", new Response("<html>", { headers: { "Content-Type": "text/html" } })],
    ] as const) {
      const asked: string[] = [];
      const raw = async (address: URL) => {
        asked.push(address.pathname);
        if (address.pathname.endsWith(".gz")) return missing.clone();
        const zipped = await fetch(new URL(`${address}.gz`));
        return new Response(zipped.body?.pipeThrough(new DecompressionStream("gzip")));
      };
      expect((await fetchMnist(base, { fetch: raw })).testLabels.bytes).toHaveLength(10_008);
      expect(asked).toContain("/mnist/t10k-labels-idx1-ubyte");
    }
  });
});
