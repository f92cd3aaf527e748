/**
 * IDX files: big-endian header (two zeros, the type of the values, the number of dimensions, their
 * sizes), then the values. Images are u8 (magic 0x00000803), or numbers of any type, images or rows
 * of features; labels are whole numbers of one, two or four bytes (0x00000801, 0x00000b01,
 * 0x00000c01). Format: LeCun, Cortes, Burges, "The MNIST database of handwritten digits". Read raw
 * or gzipped.
 */
import { formatBytes } from "../format";
import { StairstepError } from "../runtime/errors";
import { inflate, SHORTEST, toldBy } from "./gzip";

/** Inputs of examples: bytes, each seen as x / 255, or numbers as they are. */
export type Pixels = Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

export interface IdxImages {
  count: number;
  /** 1 for rows of features. */
  height: number;
  width: number;
  /** [count, height, width], row-major. */
  pixels: Pixels;
}

const DIMENSIONS = { images: 3, labels: 1 } as const;
export type Kind = keyof typeof DIMENSIONS;

/** Bytes of a value, and how it is read, by the type that the magic number has. */
const TYPES = {
  8: [1, "getUint8"],
  9: [1, "getInt8"],
  11: [2, "getInt16"],
  12: [4, "getInt32"],
  13: [4, "getFloat32"],
  14: [8, "getFloat64"],
} as const;
const U8 = 8;

const typeOf = (type: number) => TYPES[type as keyof typeof TYPES] ?? [1, "getUint8"];

/** Values of a file, one by one. */
function reader(type: number, values: Uint8Array<ArrayBuffer>): (at: number) => number {
  const [size, read] = typeOf(type);
  const view = new DataView(values.buffer, values.byteOffset);
  return (at) => view[read](size * at);
}

/** Sizes and type of an IDX file that begins so; undefined for anything else. */
export function headerOf(begin: Uint8Array): { type: number; sizes: number[] } | undefined {
  const [zero, zeroToo, type = 0, dimensions = 0] = begin;
  if (zero !== 0 || zeroToo !== 0 || begin.length < 4 + 4 * dimensions) return undefined;
  const view = new DataView(begin.buffer, begin.byteOffset);
  return {
    type,
    sizes: Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i)),
  };
}

/**
 * What a file of this beginning is read as where `wanted` is hoped for: images [n, h, w], also with
 * a dimension of 1 for the one channel, or features [n, w]; labels [n], [n, 1], or QMNIST's tables
 * [n, 8] of i32, whose first column is the label.
 */
export function kindOf(begin: Uint8Array, wanted: Kind = "images"): Kind | undefined {
  const { type, sizes } = headerOf(begin) ?? { type: 0, sizes: [] };
  const [, a, , c] = sizes;
  if (!(type in TYPES)) return undefined;
  const table = sizes.length === 2;
  if (sizes.length === 1 || (table && wanted === "labels")) {
    const labels = !table || a === 1 || (a === 8 && type === 12);
    return labels && type < 13 ? "labels" : undefined;
  }
  const images = table || sizes.length === 3 || (sizes.length === 4 && (a === 1 || c === 1));
  return images ? "images" : undefined;
}

/** Of any file, decompressed: twenty times MNIST. */
const MOST_BYTES = 1e9;

/**
 * Throws `StairstepError` for a file of more bytes than are ever read: to be asked before they are.
 */
export function checkSize(name: string, bytes: number): void {
  if (bytes > MOST_BYTES)
    throw new StairstepError(
      `${name} has ${formatBytes(bytes)}, and no more than ${formatBytes(MOST_BYTES)} are ` +
        "read: give a smaller file",
    );
}

/** Bytes that an IDX file of this beginning promises to have; undefined when it is none. */
function promised(begin: Uint8Array): number | undefined {
  const header = kindOf(begin) && headerOf(begin);
  if (!header) return undefined;
  const { type, sizes } = header;
  return 4 + 4 * sizes.length + sizes.reduce((a, b) => a * b, typeOf(type)[0]);
}

/** Bytes to read of what begins so; none of what is no IDX file. Throws where it is too much. */
function mostOf(begin: Uint8Array): number {
  const most = promised(begin) ?? 0;
  if (most > MOST_BYTES)
    throw new RangeError(
      `it promises ${formatBytes(most)}, and the most is ${formatBytes(MOST_BYTES)}`,
    );
  return most;
}

/**
 * Undoes gzip when the bytes begin with its signature. Reads no further than an IDX file's header
 * promises: what decompresses to something else, or to more, is cut, and refused when it is parsed.
 * Throws when the stream is damaged or promises too much.
 */
export async function gunzip(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    // One member alone, the common case, tells its own length at the file's end.
    const alone = await inflate(bytes, mostOf).catch(() => undefined);
    if (alone?.cut || (bytes.length >= SHORTEST && alone?.whole.length === toldBy(bytes)))
      return alone.whole;
    return await (await import("./members")).gunzipMembers(bytes, mostOf);
  } catch (cause) {
    throw new StairstepError(
      `${name} is damaged: it does not decompress (${(cause as Error).message}); download it again`,
    );
  }
}

/** Checks the header and the length; returns the sizes and the values. */
function parse(
  name: string,
  kind: Kind,
  bytes: Uint8Array<ArrayBuffer>,
): { sizes: number[]; type: number; values: Uint8Array<ArrayBuffer> } {
  const header = headerOf(bytes);
  const found = kindOf(bytes, kind);
  if (found !== kind && (found || header || bytes[0] || bytes[1]))
    throw new StairstepError(
      `${name} should be an IDX file of ${kind}, but it is ` +
        (found ? `one of ${found}: check which file is which` : "none: give another file"),
    );
  if (!header)
    throw new StairstepError(
      `${name} is truncated: ${bytes.length} bytes are less than a header; download it again`,
    );
  const { type, sizes } = header;
  const begin = 4 + 4 * sizes.length;
  const expected = begin + sizes.reduce((a, b) => a * b, typeOf(type)[0] as number);
  if (bytes.length !== expected) {
    const what = bytes.length < expected ? "truncated" : "too long";
    throw new StairstepError(
      `${name} is ${what}: ${bytes.length} bytes, where its header (${sizes.join(" × ")}) ` +
        `promises ${expected}; download it again`,
    );
  }
  if (sizes.includes(0))
    throw new StairstepError(
      `${name} is empty (${sizes.join(" × ")}): it needs at least one of each`,
    );
  // A Uint8Array whatever came: `slice` of Node's Buffer shares its memory.
  const values = new Uint8Array(bytes.buffer, bytes.byteOffset + begin, bytes.length - begin);
  return { sizes, type, values };
}

/**
 * Throws `StairstepError` for a wrong magic number, a truncated or overlong file, or one without
 * images.
 */
export function parseImages(name: string, bytes: Uint8Array<ArrayBuffer>): IdxImages {
  const { sizes, type, values } = parse(name, "images", bytes);
  if (sizes.length === 4) sizes.splice(sizes[1] === 1 ? 1 : 3, 1);
  if (sizes.length === 2) sizes.splice(1, 0, 1);
  const [count, height, width] = sizes as [number, number, number];
  if (type === U8) return { count, height, width, pixels: values };
  const pixels = new Float32Array(count * height * width);
  const read = reader(type, values);
  for (let i = 0; i < pixels.length; i++) pixels[i] = read(i);
  return { count, height, width, pixels };
}

/** Labels [count], from 0. Throws as `parseImages` does, and for a label below 0. */
export function parseLabels(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Uint32Array<ArrayBuffer> {
  const { sizes, type, values } = parse(name, "labels", bytes);
  const read = reader(type, values);
  const [count = 0, columns = 1] = sizes;
  return Uint32Array.from({ length: count }, (_, i) => {
    const label = read(columns * i);
    if (label < 0)
      throw new StairstepError(
        `${name} has label ${label} at place ${i}: labels are whole numbers from 0`,
      );
    return label;
  });
}
