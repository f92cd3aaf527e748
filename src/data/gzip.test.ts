/** In a browser and in Node, which differ in what they decompress by themselves. */
import { expect, it } from "vitest";
import { gunzip, parseImages } from "./idx";
import { idx } from "./write-idx";

const bytes = idx(
  [3, 28, 28],
  Uint8Array.from({ length: 3 * 784 }, (_, i) => i * 7),
);

async function zip(part: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([part]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const join = async (...parts: Uint8Array<ArrayBuffer>[]) =>
  new Uint8Array(await new Blob(parts).arrayBuffer());

/** One gzip member for each part between the places. */
const members = async (...places: number[]) => {
  const ends = [...places, bytes.length];
  return join(
    ...(await Promise.all(ends.map((end, i) => zip(bytes.subarray(ends[i - 1] ?? 0, end))))),
  );
};

/** A header with a name and a comment, as gzip and pigz write them. */
async function named(part: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const zipped = await zip(part);
  const words = new TextEncoder().encode("train\0a comment\0");
  const flagged = await join(zipped.slice(0, 10), words, zipped.slice(10));
  flagged[3] = 8 | 16;
  return flagged;
}

const stored = (part: Uint8Array<ArrayBuffer>, whole: Uint8Array<ArrayBuffer>) => {
  const [n, end] = [part.length, whole.slice(-8)];
  const head = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
  const block = Uint8Array.of(1, n & 255, n >> 8, ~n & 255, (~n >> 8) & 255);
  return join(head, block, part, end);
};

it.each([
  ["one member", () => zip(bytes)],
  ["two", () => members(1000)],
  ["fifty", () => members(...Array.from({ length: 49 }, (_, i) => 40 * (i + 1)))],
  ["a header divided between two", () => members(5)],
  ["nothing in one of them", () => members(1000, 1000)],
  ["nothing in the last", async () => join(await zip(bytes), await zip(new Uint8Array()))],
  [
    "names and comments",
    async () => join(await named(bytes.slice(0, 99)), await named(bytes.slice(99))),
  ],
  [
    "bytes that look like the next member",
    async () => {
      const part = bytes.slice();
      part.set([0x1f, 0x8b, 8, 0], 500);
      return stored(part, await zip(part));
    },
  ],
  ["zeros behind it", async () => join(await zip(bytes), new Uint8Array(512))],
  ["zeros behind two", async () => join(await members(999), new Uint8Array(10_240))],
])("reads %s", async (_, make) => {
  const read = await gunzip("x.gz", await make());
  expect(parseImages("x.gz", read).count).toBe(3);
  expect(read.length).toBe(bytes.length);
});

it.each([
  ["text behind it", async () => join(await zip(bytes), new TextEncoder().encode("and more"))],
  ["text behind zeros", async () => join(await zip(bytes), new Uint8Array(9), Uint8Array.of(7))],
  ["a second member cut short", async () => (await members(900)).slice(0, -5)],
  [
    "a wrong checksum in the second",
    async () => {
      const both = await members(900);
      both[both.length - 6] = (both.at(-6) as number) ^ 1;
      return both;
    },
  ],
  [
    "a wrong checksum in the first of two",
    async () => {
      const first = await zip(bytes.slice(0, 900));
      first[first.length - 6] = (first.at(-6) as number) ^ 1;
      return join(first, await zip(bytes.slice(900)));
    },
  ],
  ["another method", async () => Uint8Array.of(0x1f, 0x8b, 7, ...new Array(30).fill(0))],
  ["a header alone", async () => Uint8Array.of(0x1f, 0x8b, 8, 0)],
])("refuses %s", async (_, make) => {
  await expect(gunzip("x.gz", await make())).rejects.toThrow(
    /^x\.gz is damaged: it does not decompress \(.+\); download it again$/,
  );
});

it("stops where the header's promise ends, also in the second of two members", async () => {
  const zeros = await zip(new Uint8Array(50e6));
  const long = await gunzip("bomb", await join(await zip(bytes), zeros));
  expect(long.length).toBeLessThan(1e6);
  expect(() => parseImages("bomb", long)).toThrow("bomb is too long");
});
