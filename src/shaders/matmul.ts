/**
 * Matrix products in f32, for all members of a population at once (member = workgroup y):
 *
 *   affine    C = A·B + bias           the forward pass;     A [rows, inner],   B [inner, columns]
 *   transfer  C = G·Bᵀ                 gradient to below;    G [rows, columns], B [inner, columns]
 *   update    see update.ts            weight gradient and SGD in one
 *
 * A is f32 activations [members, rows, pad4(inner)], or u8 images read as x / 255 and gathered by batch order.
 * B is the parameters [members, pad4(inner) + 1, pad4(columns)], the last row the bias. Padding is zero everywhere.
 *
 * An invocation computes a tile in registers, without barriers; every sum runs in index order whatever the tile,
 * so a tile changes speed and never a bit of the result.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { controlTypes } from "./control";
import { parameterRows } from "./initialise";
import { type Bindings, ceilDiv, goodTile, ifRow, type Kernel, pad4, read, readWrite, spread, unroll } from "./kernel";

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
  /** Invocations that load A together and pass it on: the subgroup's size, or 0 where each loads for itself. */
  share: number;
}

export interface Pixels {
  /** The ring `batches` [slots, rows], and how many images the buffer holds (image i lies at i mod images). */
  slots: number;
  images: number;
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

interface Input {
  bindings: Bindings;
  /** WGSL of a row's offset in words. */
  row: (i: string) => string;
  /** WGSL of four neighbouring values, as they lie in memory, and as numbers. */
  load: (at: string) => string;
  decode: (raw: string) => string;
  /** WGSL of a loop over `index`, all or the list `list` of `lists` per step, each of at most `limit`; or over every so many, from `part` on. */
  loop: (index: string, limit: number, list: string, perSlot: number, body: string, splits?: number) => string;
}

/** How an invocation reads A, called `a`; the ring's place is `step` mod slots. */
export function input({ rows, inner, input, places = NOWHERE }: MatmulShape, step: string): Input {
  const words = pad4(inner) / 4;
  const from = (splits: number) => (splits > 1 ? "part" : "0u");
  const all: Input["loop"] = (index, limit, _list, _perSlot, body, splits = 1) =>
    `for (var ${index} = ${from(splits)}; ${index} < ${limit}u; ${index} += ${splits}u) {\n${body}\n}`;
  if (input === "activations") {
    return {
      bindings: { a: read("array<vec4f>") },
      row: (i) => `${places.inputs}u + (member * ${rows}u + ${i}) * ${words}u`,
      load: (at) => `a[${at}]`,
      decode: (raw) => raw,
      loop: all,
    };
  }
  const slot = `${step} % ${input.slots}u`;
  return {
    bindings: { a: read("array<u32>"), batches: read("array<vec2u>"), ...(input.active ? { lists: read("array<u32>") } : {}) },
    row: (i) => `batches[${slot} * ${rows}u + ${i}].x % ${input.images}u * ${words}u`,
    load: (at) => `a[${at}]`,
    decode: (raw) => `unpack4x8unorm(${raw})`,
    loop: input.active
      ? (index, limit, list, perSlot, body, splits = 1) => `let list = (${slot} * ${perSlot}u + ${list}) * ${limit + 1}u;
  let end = list + lists[list];
  for (var n = list + 1u + ${from(splits)}; n <= end; n += ${splits}u) {
    let ${index} = lists[n];
    ${body}
  }`
      : all,
  };
}

/** vec4s of one member's parameters, and where among them the bias begins. */
export const parameterQuads = (inner: number, columns: number): number => (parameterRows(inner) * pad4(columns)) / 4;
const biasQuads = (inner: number, columns: number): number => (pad4(inner) * pad4(columns)) / 4;

/** Rows of a tile of `affine`: what the lists of active.ts are made for. */
export const affineTile = ({ rows, tiles }: Pick<MatmulShape, "rows" | "tiles">): number => goodTile(rows, tiles.affineRows);

export const launch = (invocations: number, members: number, workgroup: number): [number, number, number] => [ceilDiv(invocations, workgroup), members, 1];

/**
 * WGSL of a tile of A·B: `tile` rows from `first` by one quad, added up in `sum0` …, and that quad's `bias`. Reads B from
 * `b`, whose member's parameters begin at `base`; with splits, sums the part `part` alone.
 */
export function affineTileCode({ rows, inner, columns, tiles }: MatmulShape, a: Input, tile: number, list: string): string {
  const quads = pad4(columns) / 4;
  const share = tiles.share;
  const held = share ? ceilDiv(tile, share) : tile;
  const row = (t: number) => a.row(share ? `min(first + ${t * share}u + lane, ${rows - 1}u)` : `min(first + ${t}u, ${rows - 1}u)`);
  const raw = (t: number) => (share ? `subgroupBroadcast(x${Math.floor(t / share)}, ${t % share}u)` : a.load(`row${t} + k`));
  return `
  ${unroll(held, (t) => `let row${t} = ${row(t)};`)}
  ${unroll(tile, (t) => `var sum${t} = vec4f();`)}
  ${a.loop(
    "k",
    pad4(inner) / 4,
    list,
    ceilDiv(rows, tile),
    `${unroll(4, (e) => `let b${e} = b[base + (4u * k + ${e}u) * ${quads}u];`)}
    ${share ? unroll(held, (t) => `let x${t} = ${a.load(`row${t} + k`)};`) : ""}
    ${unroll(tile, (t) => `{ let x = ${a.decode(raw(t))}; sum${t} += x.x * b0 + x.y * b1 + x.z * b2 + x.w * b3; }`)}`,
    tiles.splits,
  )}
  let bias = b[base + ${biasQuads(inner, columns)}u];`;
}

/**
 * c [members, rows, pad4(columns)] = A·B + bias. A tile is `affineRows` rows by one quad. A GPU hides little of the time that
 * loads take in a loop over hundreds of words, so there `splits` invocations share a tile's sum, and the first adds up.
 */
export function affineKernel(shape: MatmulShape) {
  const { rows, inner, columns, members, tiles, places = NOWHERE } = shape;
  const { workgroup, share, splits } = tiles;
  const a = input(shape, "control.step");
  const tile = affineTile(shape);
  const quads = pad4(columns) / 4;
  // Pixels are the same for all members, so the first layer of all of them is one matrix beside another.
  const flat = shape.input !== "activations";
  const together = flat ? members : 1;
  const across = share ? share * ceilDiv(together * quads, share) : together * quads;
  const perGroup = workgroup / splits;
  const groups = ceilDiv(across * ceilDiv(rows, tile), perGroup);
  const { workgroups, index } = spread(groups);
  const column = `min(number % ${across}u, ${together * quads - 1}u)`;
  return {
    name: `affine ${shape.label}`,
    subgroups: share > 0,
    bindings: { ...a.bindings, control: read("Control"), b: read("array<vec4f>"), c: readWrite("array<vec4f>") } as Bindings,
    wgsl: wgsl`
${controlTypes}
${splits > 1 ? `var<workgroup> parts: array<vec4f, ${tile * workgroup}>;` : ""}
@compute @workgroup_size(${workgroup})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32 ${share ? ", @builtin(subgroup_invocation_id) lane: u32" : ""}) {
  let number = ${flat ? index : "group.x"} * ${perGroup}u + local % ${perGroup}u;
  let member = ${flat ? `${column} / ${quads}u` : "group.y"};
  let quad = ${column} % ${quads}u;
  let first = min(number / ${across}u, ${ceilDiv(rows, tile) - 1}u) * ${tile}u;
  let base = ${places.parameters}u + member * ${parameterQuads(inner, columns)}u + quad;
  ${splits > 1 ? `let part = ${splits - 1}u - local / ${perGroup}u;` : ""}
  ${affineTileCode(shape, a, tile, `first / ${tile}u`)}
  #if ${splits > 1}
  ${unroll(tile, (t) => `parts[${t * workgroup}u + local] = sum${t};`)}
  workgroupBarrier();
  if (local >= ${perGroup}u) { return; }
  ${unroll(tile, (t) => `sum${t} = parts[${t * workgroup}u + local];`)}
  for (var p = local + ${perGroup}u; p < ${workgroup}u; p += ${perGroup}u) {
    ${unroll(tile, (t) => `sum${t} += parts[${t * workgroup}u + p];`)}
  }
  #endif
  if (number >= ${across * ceilDiv(rows, tile)}u || number % ${across}u >= ${together * quads}u) { return; }
  let at = ${places.outputs}u + (member * ${rows}u + first) * ${quads}u + quad;
  ${unroll(tile, (t) => ifRow(rows, tile, t, `c[at + ${t * quads}u] = sum${t} + bias;`))}
}`,
    workgroups: flat ? workgroups : [groups, members, 1],
  } satisfies Kernel;
}

export type TransferShape = Omit<MatmulShape, "input">;

/** Rows of a tile of `transfer`. */
export const transferTile = ({ rows, tiles }: Pick<MatmulShape, "rows" | "tiles">): number => goodTile(rows, tiles.transferRows);

/** WGSL of a tile of G·Bᵀ: `sum0` … for `tile` rows from `first` by the four inputs of `word`. `g` is read by WGSL of `at`. */
export function transferTileCode({ rows, inner, columns, places = NOWHERE }: TransferShape, tile: number, g: (at: string) => string): string {
  const quads = pad4(columns) / 4;
  return `
  let base = ${places.parameters}u + member * ${parameterQuads(inner, columns)}u + ${4 * quads}u * word;
  ${unroll(tile, (t) => `let row${t} = ${places.outputs}u + (member * ${rows}u + min(first + ${t}u, ${rows - 1}u)) * ${quads}u;`)}
  ${unroll(tile, (t) => `var sum${t} = vec4f();`)}
  for (var j = 0u; j < ${quads}u; j++) {
    ${unroll(4, (e) => `let b${e} = b[base + ${e * quads}u + j];`)}
    ${unroll(tile, (t) => `{ let x = ${g(`row${t} + j`)}; sum${t} += vec4f(dot(x, b0), dot(x, b1), dot(x, b2), dot(x, b3)); }`)}
  }`;
}

/** c [members, rows, pad4(inner)] = G·Bᵀ, g [members, rows, pad4(columns)]. A tile is `transferRows` rows by four inputs. */
export function transferKernel(shape: TransferShape) {
  const { rows, inner, members, tiles, places = NOWHERE } = shape;
  const words = pad4(inner) / 4;
  const tile = transferTile(shape);
  return {
    name: `transfer ${shape.label}`,
    bindings: { g: read("array<vec4f>"), b: read("array<vec4f>"), c: readWrite("array<vec4f>") },
    wgsl: wgsl`
@compute @workgroup_size(${tiles.workgroup})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  let member = group.y;
  let word = id.x % ${words}u;
  let first = id.x / ${words}u * ${tile}u;
  if (first >= ${rows}u) { return; }
  ${transferTileCode(shape, tile, (at) => `g[${at}]`)}
  let to = ${places.inputs}u + (member * ${rows}u + first) * ${words}u + word;
  ${unroll(tile, (t) => ifRow(rows, tile, t, `c[to + ${t * words}u] = sum${t};`))}
}`,
    workgroups: launch(words * ceilDiv(rows, tile), members, tiles.workgroup),
  } satisfies Kernel;
}
