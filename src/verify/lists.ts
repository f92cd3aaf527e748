/**
 * What the lists of words that are not blank (shaders/blank/lists.ts) must hold, worked out from
 * pixels alone.
 */
import { groupCount, type ListShape } from "../shaders/blank/lists";
import { ceilDiv } from "../shaders/kernel";
import { type Comparison, exact } from "./results";

/** Whether word w of image i holds anything. */
export type Holds = (image: number, word: number) => boolean;

/**
 * Whether each word of images [count, size] of u8 pixels does; the last word of an image may be
 * padded.
 */
export function holds(pixels: Uint8Array, size: number): Holds {
  return (image, word) =>
    pixels
      .subarray(image * size + 4 * word, image * size + Math.min(4 * word + 4, size))
      .some((p) => p > 0);
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/**
 * A list of numbers below `count`, its length first, beside what it must hold, in any order;
 * `spare` entries more, which hold nothing, stand behind.
 */
function* compare(
  found: Uint32Array,
  count: number,
  expected: readonly number[],
  spare: number,
): Generator<Comparison> {
  const length = expected.length + spare;
  yield exact(found[0] as number, length);
  const listed = found.slice(1, 1 + expected.length).sort();
  for (const [i, entry] of expected.entries()) yield exact(listed[i] as number, entry);
  for (const entry of found.slice(1 + expected.length, 1 + length))
    yield exact(Number(entry < count && !expected.includes(entry)), 1);
}

/** The words of each part of each tile of `tile` rows; `batches` [slots, rows] are images. */
export function* wordLists(
  found: Uint32Array,
  { rows, words }: ListShape,
  tile: number,
  parts: number,
  batches: readonly number[][],
  holds: Holds,
): Generator<Comparison> {
  const tiles = ceilDiv(rows, tile);
  const length = 1 + ceilDiv(words, parts);
  for (const [slot, images] of batches.entries()) {
    for (const t of range(tiles)) {
      const inTile = images.slice(t * tile, (t + 1) * tile);
      const expected = range(words).filter((word) => inTile.some((image) => holds(image, word)));
      for (const part of range(parts)) {
        const begin = ((slot * tiles + t) * parts + part) * length;
        const own = expected.filter((word) => word % parts === part);
        yield* compare(found.subarray(begin, begin + length), words, own, 0);
      }
    }
  }
}

/**
 * The rows of each group of `group` words above each other. Where rows are even, an odd list gets a
 * blank row more.
 */
export function* rowLists(
  found: Uint32Array,
  shape: ListShape,
  group: number,
  batches: readonly number[][],
  holds: Holds,
): Generator<Comparison> {
  const { rows, words, rowWords } = shape;
  const groups = groupCount(shape, group);
  for (const [slot, images] of batches.entries()) {
    for (const g of range(groups)) {
      const [column, top] = [g % rowWords, Math.floor(g / rowWords) * group];
      const inGroup = range(group)
        .map((j) => column + (top + j) * rowWords)
        .filter((word) => word < words);
      const expected = range(rows).filter((row) =>
        inGroup.some((word) => holds(images[row] as number, word)),
      );
      const begin = (slot * groups + g) * (1 + rows);
      yield* compare(
        found.subarray(begin, begin + 1 + rows),
        rows,
        expected,
        rows % 2 === 0 ? expected.length % 2 : 0,
      );
    }
  }
}
