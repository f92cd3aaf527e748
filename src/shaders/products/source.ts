/**
 * Where the rows of a product's operand x [rows, inputs] come from, as WGSL with fixed names. A row
 * is words of four neighbouring inputs.
 *
 *   fn slot_of(step: u32) -> u32                  the batch of a step in the ring
 *   fn row_start(slot, member, row: u32) -> u32   where a row of x begins, in words
 *   fn load_word(at: u32) -> vec4f                four inputs
 *
 *   fn words_of(slot, tile, part: u32) -> vec2u   entries [begin, end) of a tile of rows, every
 *   const NEXT: u32                               NEXT-th: the part's words
 *   fn word_at(entry: u32) -> u32
 *
 * The kernel defines ROWS, TILES and SPLITS, the parts of a sum. Word k is part k mod SPLITS's
 * whatever is blank, so a row's sums do not depend on the rows beside it in a tile.
 */
import { type Bindings, type Constants, pad4, read } from "../kernel";

/** What an input is kept as: a byte, which is seen as x / 255, or an f32 as it is. */
export type Dtype = "u8" | "f32";

/** Images, or rows of features, gathered by batch order. */
export interface Images {
  dtype: Dtype;
  /** The ring `batches` [slots, rows] of (image, label). */
  slots: number;
  /** Where x is not all images, how many it is: image i lies at i mod slice. */
  slice?: number | undefined;
  /** Words of a row of pixels; 1 when rows of pixels are no whole words. */
  rowWords: number;
  /** Whether to skip what is blank, by the lists of blank/lists.ts; u8 alone has them. */
  listed: boolean;
}

/** `images` as above, or f32 activations [members, rows, pad4(inputs)]. */
export type SourceKind = "activations" | Images;

export interface Source {
  bindings: Bindings;
  constants: Constants;
  wgsl: string;
}

/** Every word counts. */
const all = /* wgsl */ `
const NEXT = SPLITS;
fn words_of(slot: u32, tile: u32, part: u32) -> vec2u { return vec2u(part, WORDS); }
fn word_at(entry: u32) -> u32 { return entry; }`;

/** Words that are not listed are blank in all rows of the tile (blank/lists.ts). */
const listedWords = /* wgsl */ `
const NEXT = 1u;
const PART_WORDS = (WORDS + SPLITS - 1u) / SPLITS; // at the most
fn words_of(slot: u32, tile: u32, part: u32) -> vec2u {
  let list = ((slot * TILES + tile) * SPLITS + part) * (PART_WORDS + 1u);
  return list + 1u + vec2u(0u, lists[list]);
}
fn word_at(entry: u32) -> u32 { return lists[entry]; }`;

/** The buffer of all images, and an expression of the four inputs that lie `at`. */
export const wordsOfImages: Readonly<Record<Dtype, { type: string; word: string }>> = {
  u8: { type: "array<u32>", word: "unpack4x8unorm(images[at])" },
  f32: { type: "array<vec4f>", word: "images[at]" },
};

const imagesCode = (word: string, lists: string): string => /* wgsl */ `
fn slot_of(step: u32) -> u32 { return step % SLOTS; }
fn row_start(slot: u32, member: u32, row: u32) -> u32 {
  return place_of(batches[slot * ROWS + row].x) * WORDS;
}
fn load_word(at: u32) -> vec4f { return ${word}; }
${lists}`;

const activationsCode = (load: string): string => /* wgsl */ `
fn slot_of(step: u32) -> u32 { return 0u; }
fn row_start(slot: u32, member: u32, row: u32) -> u32 {
  return INPUTS_AT / 4u + (member * ROWS + row) * WORDS;
}
fn load_word(at: u32) -> vec4f {${load}}
${all}`;

/** `fn place_of(image)`: where an image lies in a buffer of all images, or of a slice of them. */
export const placeOf = (slice: number | undefined): string =>
  slice === undefined
    ? "fn place_of(image: u32) -> u32 { return image; }"
    : `fn place_of(image: u32) -> u32 { return image % ${slice}u; }`;

/** Activations in `x`, an array of vec4s; or, fused with what makes them, in `y`, of numbers. */
export function activations(inputs: number, at: number, array: "x" | "y"): Source {
  const load =
    array === "x"
      ? "return x[at];"
      : `
  let i = 4u * at;
  return vec4f(y[i], y[i + 1u], y[i + 2u], y[i + 3u]);
`;
  return {
    bindings: array === "x" ? { x: read("array<vec4f>") } : {},
    constants: { WORDS: pad4(inputs) / 4, INPUTS_AT: at },
    wgsl: activationsCode(load),
  };
}

export function images(inputs: number, { dtype, slots, slice, listed }: Images): Source {
  const { type, word } = wordsOfImages[dtype];
  return {
    bindings: {
      images: read(type),
      batches: read("array<vec2u>"),
      ...(listed ? { lists: read("array<u32>") } : {}),
    },
    constants: { WORDS: pad4(inputs) / 4, SLOTS: slots },
    wgsl: placeOf(slice) + imagesCode(word, listed ? listedWords : all),
  };
}
