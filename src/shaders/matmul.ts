/**
 * What the matrix products in f32 have in common, for all members of a population at once:
 *
 *   affine    C = A·B + bias    the forward pass;                 A [rows, inner],   B [inner, columns]
 *   transfer  C = G·Bᵀ          gradient to below;                G [rows, columns], B [inner, columns]
 *   update    B -= rate · Aᵀ·G  weight gradient and SGD in one
 *
 * A is f32 activations [members, rows, pad4(inner)], or u8 images read as x / 255 and gathered by
 * batch order. B is the parameters [members, pad4(inner) + 1, pad4(columns)], the last row the
 * bias. Padding is zero everywhere.
 *
 * An invocation, or a quad of four (quad.ts), computes a tile in registers, without barriers; every
 * sum runs in index order whatever the tile, so a tile changes speed and never a bit of the result.
 */
import { placeOf, rowsTogether } from "./active";
import { parameterRows } from "./initialise";
import { type Bindings, pad4, read, unroll } from "./kernel";

/**
 * Register tiles: outputs of one invocation, or of four (`share`). A word is four neighbouring rows
 * of B; `updateQuads` counts vec4s of columns, for invocations alone.
 */
export interface Tiles {
  affineRows: number;
  transferRows: number;
  updateWords: number;
  updateQuads: number;
  /** Invocations of a workgroup. */
  workgroup: number;
  /**
   * Invocations that share the sum over the inputs of a tile of `affine`, each its own part (of the
   * list of active words, where there is one); fixes the order of the sum.
   */
  splits: number;
  /**
   * Whether four invocations compute a tile together and share what they load (quad.ts): 4, or 0.
   * Needs subgroups of four, and no splits.
   */
  share: 0 | 4;
}

export interface Pixels {
  /**
   * The ring `batches` [slots, rows], and, where A is not all images, how many it is: image i lies
   * at i mod slice.
   */
  slots: number;
  slice?: number | undefined;
  /** Words of a row of pixels; see active.ts. */
  rowWords: number;
  /** Whether to loop over the lists of active.ts, made for `affineTile` and `updateGroup`. */
  active: boolean;
}

/** Where a layer's numbers begin in buffers that hold several layers, in vec4s; 0 without. */
export interface Places {
  parameters: number;
  /** A, and C or G. */
  inputs: number;
  outputs: number;
}

export interface MatmulShape {
  /** Appended to the kernel's name. */
  label: string;
  rows: number;
  inner: number;
  columns: number;
  members: number;
  input: "activations" | Pixels;
  tiles: Tiles;
  places?: Places;
}

export const NOWHERE: Places = { parameters: 0, inputs: 0, outputs: 0 };

export interface Input {
  bindings: Bindings;
  /** WGSL that comes first. */
  begin: string;
  /** WGSL of a row's offset in words. */
  row: (i: string) => string;
  /** WGSL of four neighbouring values. */
  load: (at: string) => string;
  /**
   * WGSL of loops around `body`: over words `k`, or over rows `i`, whose offset is `row`. Over all
   * of them or, where there are lists, over list `list` of `perSlot` a step; over words, with
   * splits, over every so many, from `part` on.
   */
  overWords: (list: string, perSlot: number, body: string) => string;
  overRows: (list: string, perSlot: number, body: string) => string;
}

/**
 * A loop over n from `from` on below `to`: the WGSL of what is done for n and the `together` - 1
 * after it.
 */
export const loopOver = (
  from: string,
  to: string,
  step: number,
  together: number,
  each: (n: string) => string,
): string =>
  `for (var n = ${from}; n < ${to}; n += ${step * together}u) {
  ${unroll(together, (i) => `{ ${each(`n + ${step * i}u`)} }`)}
}`;

/** How an invocation reads A, called `a`; the ring's place is `step` mod slots. */
export function input(
  { rows, inner, input, tiles, places = NOWHERE }: MatmulShape,
  step: string,
): Input {
  const words = pad4(inner) / 4;
  const { splits } = tiles;
  const pixels = input === "activations" ? undefined : input;
  const active = pixels?.active;
  const row = (i: string) =>
    pixels
      ? `${placeOf(`batches[slot * ${rows}u + ${i}].x`, pixels.slice)} * ${words}u`
      : `${places.inputs}u + (member * ${rows}u + ${i}) * ${words}u`;
  /** A loop over all of `count`, or over a list of some. */
  const over = (
    count: number,
    list: string,
    perSlot: number,
    step: number,
    together: number,
    each: (n: string) => string,
  ) => {
    const begin = `let list = (slot * ${perSlot}u + ${list}) * ${count + 1}u; let end = list + lists[list] + 1u;\n`;
    const from = `${active ? "list + 1u" : "0u"}${step > 1 ? " + part" : ""}`;
    return `${active ? begin : ""}${loopOver(from, active ? "end" : `${count}u`, step, together, (n) => each(active ? `lists[${n}]` : n))}`;
  };
  return {
    bindings: pixels
      ? {
          a: read("array<u32>"),
          batches: read("array<vec2u>"),
          ...(active ? { lists: read("array<u32>") } : {}),
        }
      : { a: read("array<vec4f>") },
    begin: pixels ? `let slot = ${step} % ${pixels.slots}u;` : "",
    row,
    load: (at) => (pixels ? `unpack4x8unorm(a[${at}])` : `a[${at}]`),
    overWords: (list, perSlot, body) =>
      over(words, list, perSlot, splits, 1, (n) => `let k = ${n};\n${body}`),
    overRows: (list, perSlot, body) =>
      over(
        rows,
        list,
        perSlot,
        1,
        rowsTogether(rows),
        (n) => `let i = ${n}; let row = ${row("i")};\n${body}`,
      ),
  };
}

/** vec4s of one member's parameters. */
export const parameterQuads = (inner: number, columns: number): number =>
  (parameterRows(inner) * pad4(columns)) / 4;
