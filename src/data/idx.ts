/**
 * IDX files: big-endian header (two zeros, the type of the values, the number of dimensions, their
 * sizes), then the values. Images are u8 (magic 0x00000803); labels are whole numbers of one, two
 * or four bytes (0x00000801, 0x00000b01, 0x00000c01). Format: LeCun, Cortes, Burges, "The MNIST
 * database of handwritten digits". Read raw or gzipped.
 */
import { formatBytes } from "../format";
import { StairstepError } from "../runtime/errors";

export interface IdxImages {
  count: number;
  height: number;
  width: number;
  /** [count, height, width], row-major. */
  pixels: Uint8Array<ArrayBuffer>;
}

const DIMENSIONS = { images: 3, labels: 1 } as const;
type Kind = keyof typeof DIMENSIONS;

/**
 * Readers of a value at a byte, by the type that the magic number has; the s8 of MNIST's
 * description is read too.
 */
const TYPES: Readonly<
  Record<number, { bytes: number; read: (view: DataView, at: number) => number }>
> = {
  8: { bytes: 1, read: (view, at) => view.getUint8(at) },
  9: { bytes: 1, read: (view, at) => view.getInt8(at) },
  11: { bytes: 2, read: (view, at) => view.getInt16(at) },
  12: { bytes: 4, read: (view, at) => view.getInt32(at) },
};
const ALLOWED: Record<Kind, readonly number[]> = { images: [8], labels: [8, 9, 11, 12] };
const kindOf = (magic: number): Kind | undefined =>
  (Object.keys(DIMENSIONS) as Kind[]).find(
    (kind) => (magic & 0xff) === DIMENSIONS[kind] && ALLOWED[kind].includes(magic >>> 8),
  );

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
  const view = new DataView(begin.buffer, begin.byteOffset, begin.byteLength);
  const magic = view.getUint32(0);
  const kind = kindOf(magic);
  if (!kind) return undefined;
  const sizes = Array.from({ length: DIMENSIONS[kind] }, (_, i) => view.getUint32(4 + 4 * i));
  return 4 + 4 * sizes.length + sizes.reduce((a, b) => a * b, TYPES[magic >>> 8]?.bytes ?? 1);
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
  let parts: Uint8Array[] = [];
  let size = 0;
  let most = Number.POSITIVE_INFINITY;
  const joined = () => {
    const whole = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };
  try {
    const reader = new Blob([bytes])
      .stream()
      .pipeThrough(new DecompressionStream("gzip"))
      .getReader();
    for (let part = await reader.read(); !part.done && size <= most; part = await reader.read()) {
      parts.push(part.value);
      size += part.value.length;
      if (most < Number.POSITIVE_INFINITY || size < 16) continue;
      parts = [joined()];
      most = promised(parts[0] as Uint8Array) ?? 0;
      if (most > MOST_BYTES)
        throw new Error(
          `it promises ${formatBytes(most)}, and the most is ${formatBytes(MOST_BYTES)}`,
        );
    }
    if (size > most) await reader.cancel();
  } catch (cause) {
    throw new StairstepError(
      `${name} is damaged: it does not decompress (${(cause as Error).message}); download it again`,
    );
  }
  return joined();
}

/** Checks the header and the length; returns the sizes and the values. */
function parse(
  name: string,
  kind: Kind,
  bytes: Uint8Array<ArrayBuffer>,
): { sizes: number[]; type: number; values: Uint8Array<ArrayBuffer> } {
  const hex = (n: number) => `0x${n.toString(16).padStart(8, "0")}`;
  const dimensions = DIMENSIONS[kind];
  const header = 4 + 4 * dimensions;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = bytes.length >= 4 ? view.getUint32(0) : undefined;
  if (magic !== undefined && kindOf(magic) !== kind) {
    const other = kindOf(magic);
    const found = other ? `it is an IDX file of ${other}` : `its magic number is ${hex(magic)}`;
    throw new StairstepError(
      `${name} should be an IDX file of ${kind} (magic number ${hex(0x800 + dimensions)}), ` +
        `but ${found}: check which file is which`,
    );
  }
  if (bytes.length < header) {
    throw new StairstepError(
      `${name} is truncated: ${bytes.length} bytes, where the header alone has ${header}; ` +
        "download it again",
    );
  }
  const sizes = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const type = (magic ?? 0) >>> 8;
  const expected = header + sizes.reduce((a, b) => a * b, TYPES[type]?.bytes ?? 1);
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
  return { sizes, type, values: bytes.subarray(header) };
}

/**
 * Throws `StairstepError` for a wrong magic number, a truncated or overlong file, or one without
 * images.
 */
export function parseImages(name: string, bytes: Uint8Array<ArrayBuffer>): IdxImages {
  const { sizes, values } = parse(name, "images", bytes);
  const [count, height, width] = sizes as [number, number, number];
  return { count, height, width, pixels: values };
}

/** Labels [count], from 0. Throws as `parseImages` does, and for a label below 0. */
export function parseLabels(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Uint32Array<ArrayBuffer> {
  const { sizes, type, values } = parse(name, "labels", bytes);
  const { bytes: size, read } = TYPES[type] as (typeof TYPES)[number];
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  return Uint32Array.from({ length: sizes[0] as number }, (_, i) => {
    const label = read(view, size * i);
    if (label < 0)
      throw new StairstepError(
        `${name} has label ${label} at place ${i}: labels are whole numbers from 0`,
      );
    return label;
  });
}
