/**
 * Files of named tensors, read and written by the letter of the format: an 8-byte little-endian
 * header length, a JSON header, then the tensors' bytes, one behind the other, without a hole.
 * Source: github.com/huggingface/safetensors, "Format". (No maintained npm package writes it.)
 */

/** Bytes of a number of each type of the format. */
const BYTES: Readonly<Record<string, number>> = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E5M2: 1, F8_E4M3: 1, U16: 2, I16: 2, F16: 2, BF16: 2 },
  ...{ U32: 4, I32: 4, F32: 4, U64: 8, I64: 8, F64: 8 },
};

/** Headers are a few hundred bytes a layer and member; the format allows no longer ones. */
const LONGEST_HEADER = 100e6;

export interface Tensor {
  dtype: string;
  /** From the outermost dimension inwards. */
  shape: readonly number[];
  /** A copy of its bytes. */
  bytes: Uint8Array<ArrayBuffer>;
}

export interface Tensors {
  metadata: Readonly<Record<string, string>>;
  tensors: Map<string, Tensor>;
}

/** The file's bytes; the header is padded with spaces to a multiple of eight. */
export function writeTensors({ metadata, tensors }: Tensors): Uint8Array<ArrayBuffer> {
  let end = 0;
  const entries = [...tensors].map(([name, { dtype, shape, bytes }]) => {
    const begin = end;
    end += bytes.length;
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  const header = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const text = new TextEncoder().encode(header);
  const padded = 8 * Math.ceil(text.length / 8);
  const file = new Uint8Array(8 + padded + end).fill(0x20, 8, 8 + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(text, 8);
  let at = 8 + padded;
  for (const { bytes } of tensors.values()) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

/** The first key that an object of valid JSON has twice, which JSON.parse lets pass. */
function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"\s*:?|[{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (token.endsWith(":")) {
      const key: string = JSON.parse(token.replace(/\s*:$/, ""));
      if (open.at(-1)?.has(key)) return key;
      open.at(-1)?.add(key);
    }
  }
  return undefined;
}

/** For `JSON.parse`. Throws for a text with half a character, which it lets pass. */
function unicode(key: string, value: unknown): unknown {
  if (/\p{Surrogate}/u.test(typeof value === "string" ? key + value : key)) throw new Error();
  return value;
}

/** Files that are taken for models, by how they begin: as no header of a model's length does. */
const OTHERS: readonly [string, string][] = [
  ["\x1f\x8b\x08", "it is gzipped: unpack it"],
  ["PK\x03\x04", "it is a zip archive, as of PyTorch"],
  ["\x80\x04\x95", "it is a pickle"],
  ["\x93NUMPY", "it is a NumPy array"],
  ["\x89HDF", "it is an HDF5 file"],
  ["version ", "it is a Git LFS pointer: run git lfs pull"],
];

function otherThanModel(file: Uint8Array): string | undefined {
  const begin = String.fromCharCode(...file.subarray(0, 8));
  if (/^\s*<[!?a-z]{2}/i.test(begin)) return "it is a web page";
  return OTHERS.find(([beginning]) => begin.startsWith(beginning))?.[1];
}

/** The first number in valid JSON that is not written whole, which the format never has. */
const brokenNumber = (json: string): string | undefined =>
  json
    .replace(/"(?:[^"\\]|\\.)*"/g, "")
    .match(/[-+.\deE]*\d[-+.\deE]*/g)
    ?.find((digits) => !/^\d+$/.test(digits));

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

interface Entry {
  name: string;
  dtype: string;
  shape: number[];
  begin: number;
  end: number;
}

/** A tensor's header. Calls `refuse` for what the format does not allow. */
function entryOf(name: string, value: unknown, refuse: (why: string) => never): Entry {
  if (!isRecord(value)) return refuse(`its tensor ${name} has no header`);
  const { dtype, shape, data_offsets: offsets } = value;
  const size = typeof dtype === "string" && Object.hasOwn(BYTES, dtype) ? BYTES[dtype] : undefined;
  if (size === undefined) return refuse(`its tensor ${name} is of type ${JSON.stringify(dtype)}`);
  if (!Array.isArray(shape) || !shape.every(isCount))
    return refuse(`its tensor ${name} has the shape ${JSON.stringify(shape)}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    return refuse(`its tensor ${name} has the offsets ${JSON.stringify(offsets)}`);
  const [begin, end] = offsets as [number, number];
  const bytes = shape.reduce((product: number, n: number) => product * n, size);
  if (end - begin !== bytes)
    return refuse(
      `its tensor ${name} has ${end - begin} bytes, and [${shape.join(", ")}] of ${dtype} take ` +
        `${bytes}`,
    );
  return { name, dtype: dtype as string, shape, begin, end };
}

/**
 * Reads a file. Throws `StairstepError` by `refuse`, which names the file, for anything but a sound
 * one: a header of another length or no JSON, a key twice, tensors that overlap, leave holes, or
 * are not as long as their shape, bytes behind the last.
 */
export function readTensors(
  file: Uint8Array<ArrayBuffer>,
  refuse: (why: string) => never,
): Tensors {
  if (file.length < 8) return refuse(`it has ${file.length} bytes`);
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (length > file.length - 8 || length > LONGEST_HEADER)
    return refuse(
      otherThanModel(file) ?? `its header of ${length} bytes would pass its ${file.length}`,
    );
  let text = "";
  let header: unknown;
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    text = decoder.decode(file.subarray(8, 8 + length));
    header = JSON.parse(text, unicode);
  } catch {
    return refuse("its header is not JSON");
  }
  if (!isRecord(header) || !text.startsWith("{")) return refuse("its header is no JSON object");
  const twice = repeatedKey(text);
  if (twice !== undefined) return refuse(`its header has ${JSON.stringify(twice)} twice`);
  const { __metadata__: metadata = {}, ...rest } = header;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === "string"))
    return refuse("its metadata is more than texts");
  const data = 8 + length;
  const entries = Object.entries(rest).map(([name, value]) => entryOf(name, value, refuse));
  const broken = brokenNumber(text);
  if (broken !== undefined) return refuse(`its header has ${broken}, which is no whole number`);
  let end = 0;
  for (const entry of entries.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end)
      return refuse(
        `its tensor ${entry.name} begins at ${entry.begin}, and what is before ends at ${end}`,
      );
    end = entry.end;
  }
  if (data + end !== file.length)
    return refuse(`its tensors end at ${data + end}, and it has ${file.length} bytes`);
  const tensors = entries.map(
    ({ name, dtype, shape, begin, end }) =>
      [name, { dtype, shape, bytes: file.slice(data + begin, data + end) }] as const,
  );
  return { metadata: metadata as Record<string, string>, tensors: new Map(tensors) };
}
