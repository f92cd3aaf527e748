/**
 * Which words of a batch's images hold anything at all. Most pixels of handwriting are zero, and a list of the words
 * that are not lets the products of the first layer skip the rest without a branch; what is skipped would have
 * added zero, so the result is the same to the bit. The lists depend on the batch order alone, so they are made for
 * as many steps at once as the order is.
 *
 *   tiles  [slots, rows / tile, 1 + words]           a tile of rows: how many words are non-zero in any row; which
 *   words  [slots, groups, 1 + rows]                 a group of words: how many rows have any non-zero; which
 *
 * A group is words above each other in the image where they can be (\`rowWords\` of them make a row of pixels), because
 * strokes are taller than a word is: a group of four is active in 38 % of MNIST's images that way, and in 58 % sideways.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { controlTypes } from "./control";
import { ceilDiv, type Kernel, read, readWrite, WORKGROUP } from "./kernel";

export interface ActiveShape {
  rows: number;
  /** Words of an image, and of a row of its pixels; 1 when rows of pixels are no whole words. */
  words: number;
  rowWords: number;
  /** The ring `batches` [slots, rows], and how many images the buffer holds (image i lies at i mod images). */
  slots: number;
  images: number;
}

/** u32s of `tiles`, for tiles of `tile` rows. */
export const activeTilesLength = ({ slots, rows, words }: ActiveShape, tile: number): number => slots * ceilDiv(rows, tile) * (1 + words);
/** Groups of `group` words of an image, and the WGSL of the word at place `j` in group `g`; past the last for some. */
export const groupCount = ({ words, rowWords }: Pick<ActiveShape, "words" | "rowWords">, group: number): number => rowWords * ceilDiv(words / rowWords, group);
export const wordOfGroup = (rowWords: number, group: number, g: string, j: string): string =>
  rowWords === 1 ? `(${g} * ${group}u + ${j})` : `(${g} % ${rowWords}u + (${g} / ${rowWords}u * ${group}u + ${j}) * ${rowWords}u)`;

/** u32s of \`words\`, for groups of \`group\` words. */
export const activeWordsLength = (shape: ActiveShape, group: number): number => shape.slots * groupCount(shape, group) * (1 + shape.rows);

const kernel = (name: string, shape: ActiveShape, perSlot: number, body: string) =>
  ({
    name,
    bindings: { images: read("array<u32>"), batches: read("array<vec2u>"), list: readWrite("array<u32>") },
    wgsl: wgsl`
${controlTypes}
const WORDS = ${shape.words}u;
const ROWS = ${shape.rows}u;
fn image_at(slot: u32, row: u32) -> u32 { return batches[slot * ROWS + row].x % ${shape.images}u * WORDS; }

@compute @workgroup_size(${WORKGROUP}) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= ${shape.slots * perSlot}u) { return; }
  let slot = id.x / ${perSlot}u;
  var count = 0u;
  ${body}
}`,
    workgroups: [ceilDiv(shape.slots * perSlot, WORKGROUP), 1, 1],
  }) satisfies Kernel;

/** Fills `tiles`: one invocation a tile of a slot. */
export function activeTilesKernel(shape: ActiveShape, tile: number) {
  return kernel(
    "active words of tiles",
    shape,
    ceilDiv(shape.rows, tile),
    /* wgsl */ `
  let at = id.x * (WORDS + 1u);
  let first = id.x % ${ceilDiv(shape.rows, tile)}u * ${tile}u;
  for (var word = 0u; word < WORDS; word++) {
    var any = 0u;
    for (var row = first; row < min(first + ${tile}u, ROWS) && any == 0u; row++) { any = images[image_at(slot, row) + word]; }
    if (any != 0u) {
      count++;
      list[at + count] = word;
    }
  }
  list[at] = count;`,
  );
}

/** Fills `words`: one invocation a group of words of a slot. */
export function activeWordsKernel(shape: ActiveShape, group: number) {
  return kernel(
    "active rows of words",
    shape,
    groupCount(shape, group),
    /* wgsl */ `
  let at = id.x * (ROWS + 1u);
  let place = id.x % ${groupCount(shape, group)}u;
  for (var row = 0u; row < ROWS; row++) {
    let image = image_at(slot, row);
    var any = 0u;
    for (var j = 0u; j < ${group}u; j++) {
      let word = ${wordOfGroup(shape.rowWords, group, "place", "j")};
      if (word < WORDS) { any |= images[image + word]; }
    }
    if (any != 0u) {
      count++;
      list[at + count] = row;
    }
  }
  list[at] = count;`,
  );
}
