/** IDX files written, for data sets that are made of others or made up. */

/** An IDX file of floats. */
export function floatFile(sizes: number[], values: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i] as number);
  return idx(sizes, bytes, 0xd00 + sizes.length);
}

/** An IDX file of images or features. */
export const imageFile = (sizes: number[], values: Uint8Array | Float32Array) =>
  values instanceof Float32Array ? floatFile(sizes, values) : idx(sizes, values);

/** An IDX file's bytes. */
export function idx(
  sizes: number[],
  values: Uint8Array,
  magic = 0x800 + sizes.length,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + 4 * sizes.length + values.length);
  const view = new DataView(bytes.buffer);
  [magic, ...sizes].forEach((n, i) => view.setUint32(4 * i, n));
  bytes.set(values, 4 + 4 * sizes.length);
  return bytes;
}

/** An IDX file of labels, of one byte each where that is enough, else of two or four. */
export function labelFile(labels: readonly number[]): Uint8Array<ArrayBuffer> {
  if (labels.every((label) => label < 256)) return idx([labels.length], Uint8Array.from(labels));
  const short = labels.every((label) => label < 32_768);
  const bytes = labels.flatMap((label) =>
    [label >> 24, label >> 16, label >> 8, label].slice(short ? 2 : 0),
  );
  return idx([labels.length], Uint8Array.from(bytes), short ? 0xb01 : 0xc01);
}
