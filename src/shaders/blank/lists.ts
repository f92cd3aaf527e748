/**
 * Lists of what is not blank in the coming batches, so that the products of the first layer skip
 * the rest without a branch. What is skipped would have added zero: the result is the same to the
 * bit. Lists depend on the batch order alone, so they are made for many steps at once.
 *
 *   words  [slots, tiles, parts, 1 + ⌈words / parts⌉]
 *                                     a tile of rows: how many words hold anything in any; which
 *   rows   [slots, groups, 1 + rows]  a group of words: how many rows hold anything there; which
 *
 * Where invocations split a tile's sum (products/forward.ts), each has a list: of `parts`, part p
 * has the words k with k mod parts = p. That spreads strokes: of eight, MNIST's longest has 1.12 of
 * an even share. Images 32 pixels wide, where a part is a column of words, have 2.0.
 *
 * A group is words above each other where they can be, because strokes are taller than a word is
 * wide: a group of four holds something in 38 % of MNIST's images that way, in 58 % sideways.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ceilDiv, gridOf, type Kernel, read, readWrite, WORKGROUP } from "../kernel";
import { placeOf } from "../products/source";
import { bitsOf, type ImageWords, maskLength } from "./masks";

export interface ListShape extends ImageWords {
  rows: number;
  /** The ring `batches` [slots, rows] of (image, label). */
  slots: number;
  /** Where the masks are not of all images, of how many: image i's lies at i mod slice. */
  slice?: number | undefined;
}

/** u32s of the lists of words, for tiles of `tile` rows whose sums are split into `parts`. */
export const wordListsLength = (
  { slots, rows, words }: ListShape,
  tile: number,
  parts: number,
): number => slots * ceilDiv(rows, tile) * parts * (1 + ceilDiv(words, parts));

/** Groups of `group` words of an image; the last may have words past the image's end. */
export const groupCount = ({ words, rowWords }: ImageWords, group: number): number =>
  rowWords * ceilDiv(words / rowWords, group);

/** u32s of the lists of rows, for groups of `group` words. */
export const rowListsLength = (shape: ListShape, group: number): number =>
  shape.slots * groupCount(shape, group) * (1 + shape.rows);

/** Rows that a loop over them takes at a time: an odd list then ends with a row that is blank. */
export const rowsTogether = (rows: number): number => (rows % 2 === 0 ? 2 : 1);

function listKernel(
  name: string,
  shape: ListShape,
  perSlot: number,
  own: Record<string, number>,
  body: string,
) {
  const count = shape.slots * perSlot;
  const { workgroups, constants } = gridOf(count);
  return {
    name,
    bindings: {
      masks: read("array<u32>"),
      batches: read("array<vec2u>"),
      list: readWrite("array<u32>"),
    },
    constants: {
      ...constants,
      ...{ WORKGROUP, COUNT: count, ROWS: shape.rows, WORDS: shape.words },
      ...{ MASK_LENGTH: maskLength(shape), BITS: bitsOf(shape.rowWords), ...own },
    },
    wgsl: wgsl`
${placeOf(shape.slice)}
fn mask_at(slot: u32, row: u32) -> u32 {
  return place_of(batches[slot * ROWS + row].x) * MASK_LENGTH;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3u) {
  let id = (group.x + group.y * GROUPS_X) * WORKGROUP + local;
  if (id >= COUNT) { return; }
${body}
}`,
    workgroups,
  } satisfies Kernel;
}

/** A bit for each multiple of `parts` below 32. */
const everyBit = (parts: number): number =>
  Array.from({ length: ceilDiv(32, parts) }, (_, i) => 2 ** (i * parts)).reduce((a, b) => a + b);

/** Fills the lists of words: one invocation a part of a tile of rows. */
export function wordListsKernel(shape: ListShape, tile: number, parts: number) {
  const tiles = ceilDiv(shape.rows, tile);
  return listKernel(
    "lists of words",
    shape,
    tiles * parts,
    {
      ...{ TILES: tiles, TILE_ROWS: tile, PARTS: parts, PART_WORDS: ceilDiv(shape.words, parts) },
      EVERY: everyBit(parts),
    },
    wgsl`
  let part = id % PARTS;
  let slot = id / (TILES * PARTS);
  let first = id / PARTS % TILES * TILE_ROWS;
  let at = id * (PART_WORDS + 1u);
  var image = array<u32, TILE_ROWS>(); // registers
  for (var r = 0u; r < TILE_ROWS; r++) { // unroll
    image[r] = mask_at(slot, min(first + r, ROWS - 1u));
  }
  var count = 0u;
  for (var m = 0u; m < MASK_LENGTH; m++) {
    var any = 0u;
    for (var r = 0u; r < TILE_ROWS; r++) { // unroll
      any |= masks[image[r] + m];
    }
    #if ${parts > 1}
    any &= EVERY << ((part + m * (PARTS - BITS % PARTS)) % PARTS); // where word % PARTS = part
    #endif
    while (any != 0u) {
      count++;
      list[at + count] = m * BITS + firstTrailingBit(any);
      any &= any - 1u;
    }
  }
  list[at] = count;`,
  );
}

/** Fills the lists of rows: one invocation a group of words. */
export function rowListsKernel(shape: ListShape, group: number) {
  const { rows, rowWords } = shape;
  const groups = groupCount(shape, group);
  // Words of a group whose bits always lie in one u32, every rowWords-th, are tested at once.
  const span = bitsOf(rowWords) % (group * rowWords) === 0 ? group : 1;
  const bits = Array.from({ length: span }, (_, w) => 2 ** (w * rowWords));
  return listKernel(
    "lists of rows",
    shape,
    groups,
    {
      ...{ GROUPS: groups, GROUP: group, ROW_WORDS: rowWords, TOGETHER: rowsTogether(rows) },
      ...{ SPAN: span, SPANS: group / span, SPAN_BITS: bits.reduce((sum, bit) => sum + bit) },
    },
    /* wgsl */ `
  let slot = id / GROUPS;
  let place = id % GROUPS;
  let top = place % ROW_WORDS + place / ROW_WORDS * GROUP * ROW_WORDS; // the group's first word
  let at = id * (ROWS + 1u);
  var count = 0u;
  var blank = 0u; // the first row that the list lacks
  for (var row = 0u; row < ROWS; row++) {
    let image = mask_at(slot, row);
    var any = 0u;
    for (var s = 0u; s < SPANS; s++) { // unroll
      let word = top + s * SPAN * ROW_WORDS;
      if (word < WORDS) { any |= (masks[image + word / BITS] >> (word % BITS)) & SPAN_BITS; }
    }
    list[at + 1u + count] = row; // stays unless the next row takes its place
    count += u32(any != 0u);
    blank += u32(any != 0u && row == blank);
  }
  if (count % TOGETHER == 1u) { count++; list[at + count] = blank; }
  list[at] = count;`,
  );
}
