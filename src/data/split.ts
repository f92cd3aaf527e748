/** A validation split of a share of each class. Loaded only where it is wanted. */
import { StairstepError } from "../runtime/errors";
import type { Examples } from "./examples";
import type { Pixels } from "./idx";

/** A word of (seed, i), for an order that is no one's. */
function mix(seed: number, i: number): number {
  let word = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca77);
  word = Math.imul(word ^ (word >>> 15), 0x2c1b3c6d);
  word = Math.imul(word ^ (word >>> 12), 0x297a2d39);
  return (word ^ (word >>> 15)) >>> 0;
}

/**
 * All rows, with about `count` for validation first: of each class its share, drawn by the seed.
 * Both parts keep the order that the rows had. A class of one image stays in training.
 */
export function stratified(
  labels: Uint32Array,
  count: number,
  seed: number,
): { order: number[]; first: number } {
  const label = (i: number) => labels[i] as number;
  const rows = Array.from(labels.keys());
  const drawn = rows
    .map((i) => mix(seed, i))
    .map((word, i) => [label(i), word, i] as const)
    .sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  const sizes = new Map<number, number>();
  for (const one of labels) sizes.set(one, (sizes.get(one) ?? 0) + 1);
  const chosen = new Set<number>();
  for (let i = 0; i < count; i++) {
    const row = drawn[Math.floor(((i + 0.5) * rows.length) / count)]?.[2] as number;
    if ((sizes.get(label(row)) as number) > 1) chosen.add(row);
  }
  const order = [...rows.filter((i) => chosen.has(i)), ...rows.filter((i) => !chosen.has(i))];
  return { order, first: chosen.size };
}

/** The rows of `size` values in another order. */
function gather(pixels: Pixels, size: number, order: readonly number[]): Pixels {
  const rows = pixels.slice();
  for (const [i, row] of order.entries())
    rows.set(pixels.subarray(row * size, (row + 1) * size), i * size);
  return rows;
}

/**
 * The examples with those for validation `first`. Throws `StairstepError` where no class can spare
 * one.
 */
export function stratify({ images, labels }: Examples, count: number, seed: number, name: string) {
  const { order, first } = stratified(labels, count, seed);
  if (first === 0)
    throw new StairstepError(
      `no class of ${name} has two images, for one to be validation: take the first of the file ` +
        "(validation first), or other images",
    );
  return {
    first,
    labels: Uint32Array.from(order, (row) => labels[row] as number),
    pixels: gather(images.pixels, images.height * images.width, order),
  };
}
