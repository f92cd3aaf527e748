/**
 * What the matrix products in f32 have in common, for all members of a population at once:
 *
 *   affine    C = A·B + bias    the forward pass;                 A [rows, inner],   B [inner, columns]
 *   transfer  C = G·Bᵀ          gradient to below;                G [rows, columns], B [inner, columns]
 *   update    B -= rate · Aᵀ·G  weight gradient and SGD in one
 *
 * A is f32 activations [members, rows, pad4(inner)], or u8 images read as x / 255 and gathered by batch order.
 * B is the parameters [members, pad4(inner) + 1, pad4(columns)], the last row the bias. Padding is zero everywhere.
 *
 * An invocation, or a quad of four (quad.ts), computes a tile in registers, without barriers; every sum runs in index order
 * whatever the tile, so a tile changes speed and never a bit of the result.
 */
import { entriesTogether, placeOf } from "./active";
import { parameterRows } from "./initialise";
import { type Bindings, pad4, read, unroll } from "./kernel";

/** Register tiles: outputs of one invocation. A quad is four neighbouring columns, a word four neighbouring rows of B. */
export interface Tiles {
  affineRows: number;
  transferRows: number;
  updateWords: number;
  updateQuads: number;
  /** Invocations of a workgroup. */
  workgroup: number;
  /** Invocations that share the sum over the inputs of a tile of `affine`, each its own part (of the list of active words, where there is one); fixes the order of the sum. */
  splits: number;
  /** Whether four invocations compute a tile together and share what they load (quad.ts): 4, or 0. Needs subgroups of four, and no splits. */
  share: 0 | 4;
}

export interface Pixels {
  /** The ring `batches` [slots, rows], and, where A is not all images, how many it is: image i lies at i mod slice. */
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
   * WGSL of a loop over `index`, all or the list `list` of `lists` per step, each of at most `limit`; or over every so many, from
   * `part` on. The body is written out for entries that are taken together.
   */
  loop: (index: string, limit: number, list: string, perSlot: number, body: string, splits?: number) => string;
}

/** WGSL of a loop over n from `from` on below `to`, with the body, which calls `at(n)` `index`, written out `times` over. */
export const unrolledLoop = (index: string, from: string, to: string, step: number, times: number, at: (n: string) => string, body: string): string =>
  `for (var n = ${from}; n < ${to}; n += ${step * times}u) {
  ${unroll(times, (i) => `{ let ${index} = ${at(`n + ${step * i}u`)};\n${body} }`)}
}`;

/** How an invocation reads A, called `a`; the ring's place is `step` mod slots. */
export function input({ rows, inner, input, places = NOWHERE }: MatmulShape, step: string): Input {
  const words = pad4(inner) / 4;
  const first = (splits: number, from = 0) => (splits > 1 ? `${from}u + part` : `${from}u`);
  const times = (limit: number, splits: number) => (splits > 1 ? 1 : entriesTogether(limit));
  const all: Input["loop"] = (index, limit, _list, _perSlot, body, splits = 1) =>
    unrolledLoop(index, first(splits), `${limit}u`, splits, times(limit, splits), (n) => n, body);
  if (input === "activations") {
    return {
      bindings: { a: read("array<vec4f>") },
      begin: "",
      row: (i) => `${places.inputs}u + (member * ${rows}u + ${i}) * ${words}u`,
      load: (at) => `a[${at}]`,
      loop: all,
    };
  }
  return {
    bindings: { a: read("array<u32>"), batches: read("array<vec2u>"), ...(input.active ? { lists: read("array<u32>") } : {}) },
    begin: `let slot = ${step} % ${input.slots}u;`,
    row: (i) => `${placeOf(`batches[slot * ${rows}u + ${i}].x`, input.slice)} * ${words}u`,
    load: (at) => `unpack4x8unorm(a[${at}])`,
    loop: input.active
      ? (index, limit, list, perSlot, body, splits = 1) => `let list = (slot * ${perSlot}u + ${list}) * ${limit + 1}u;
  let end = list + lists[list] + 1u;
  ${unrolledLoop(index, `list + ${first(splits, 1)}`, "end", splits, times(limit, splits), (n) => `lists[${n}]`, body)}`
      : all,
  };
}

/** vec4s of one member's parameters, and where among them the bias begins. */
export const parameterQuads = (inner: number, columns: number): number => (parameterRows(inner) * pad4(columns)) / 4;
