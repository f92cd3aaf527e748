/**
 * Matrix products in f32, for all members of a population at once (member = workgroup y):
 *
 *   affine    C = A·B + bias           the forward pass;     A [rows, inner],   B [inner, columns]
 *   transfer  C = G·Bᵀ                 gradient to below;    G [rows, columns], B [inner, columns]
 *   update    B -= rate · Aᵀ·G         weight gradient and SGD in one; bias -= rate · Σ over rows of G
 *
 * A is f32 activations [members, rows, pad4(inner)], or u8 images read as x / 255 and gathered by batch order.
 * B is the parameters [members, pad4(inner) + 1, pad4(columns)], the last row the bias. Padding is zero everywhere.
 *
 * An invocation computes a tile in registers, without barriers; every sum runs in index order whatever the tile,
 * so a tile changes speed and never a bit of the result.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupCount, wordOfGroup } from "./active";
import { controlTypes } from "./control";
import { parameterRows } from "./initialise";
import { type Bindings, ceilDiv, type Kernel, leastWaste, pad4, read, readWrite, unroll, WORKGROUP } from "./kernel";

export interface MatmulShape {
  /** Appended to the kernel's name. */
  label: string;
  rows: number;
  inner: number;
  columns: number;
  members: number;
  /** Activations, or pixels: how many images the buffer holds (image i lies at i mod images), and the ring `batches` [slots, rows]. */
  input: "activations" | Pixels;
  tiles: Tiles;
}

export interface Pixels {
  slots: number;
  images: number;
  /** Words of a row of pixels; see active.ts. */
  rowWords: number;
  /** Whether to loop over the lists of active.ts, made for `affineTile` and `updateGroup`. */
  active: boolean;
}

/** Register tiles: outputs of one invocation. A quad is four neighbouring columns, a word four neighbouring rows of B. */
export interface Tiles {
  affineRows: number;
  updateWords: number;
  updateQuads: number;
  /** Invocations of a workgroup. */
  workgroup: number;
}

interface Input {
  bindings: Bindings;
  /** WGSL of a row's offset in words. */
  row: (i: string) => string;
  /** WGSL of four neighbouring values. */
  load: (at: string) => string;
  /** WGSL of a loop over \`index\`, all or the list \`list\` of \`lists\` per step, each of at most \`limit\`. */
  loop: (index: string, limit: number, list: string, perSlot: number, body: string) => string;
}

/** How an invocation reads A. */
function input({ rows, inner, input }: MatmulShape): Input {
  const words = pad4(inner) / 4;
  const all: Input["loop"] = (index, limit, _list, _perSlot, body) => `for (var ${index} = 0u; ${index} < ${limit}u; ${index}++) {\n${body}\n}`;
  if (input === "activations") {
    return {
      bindings: { a: read("array<vec4f>") },
      row: (i) => `(member * ${rows}u + ${i}) * ${words}u`,
      load: (at) => `a[${at}]`,
      loop: all,
    };
  }
  const slot = `control.step % ${input.slots}u`;
  return {
    bindings: { a: read("array<u32>"), batches: read("array<vec2u>"), ...(input.active ? { lists: read("array<u32>") } : {}) },
    row: (i) => `batches[${slot} * ${rows}u + ${i}].x % ${input.images}u * ${words}u`,
    load: (at) => `unpack4x8unorm(a[${at}])`,
    loop: input.active
      ? (index, limit, list, perSlot, body) => `let list = (${slot} * ${perSlot}u + ${list}) * ${limit + 1}u;
  let end = list + lists[list];
  for (var n = list + 1u; n <= end; n++) {
    let ${index} = lists[n];
    ${body}
  }`
      : all,
  };
}

const sizes = ({ rows, inner, columns }: MatmulShape): string => wgsl`
${controlTypes}
const ROWS = ${rows}u;
const WORDS = ${pad4(inner) / 4}u; // of four inputs
const QUADS = ${pad4(columns) / 4}u; // of four outputs
const PARAMETERS = ${parameterRows(inner)}u * QUADS;
const BIAS = ${pad4(inner)}u * QUADS;
`;

/** Rows of a tile of `affine`, and words of a group of `update`: what the lists of active.ts are made for. */
export const affineTile = ({ rows, tiles }: Pick<MatmulShape, "rows" | "tiles">): number => leastWaste(rows, tiles.affineRows);
export const updateGroup = ({ inner, input, tiles }: Pick<MatmulShape, "inner" | "input" | "tiles">): number =>
  Math.min(tiles.updateWords, ceilDiv(pad4(inner) / 4, rowWordsOf(input)));
const rowWordsOf = (input: MatmulShape["input"]): number => (input === "activations" ? 1 : input.rowWords);

/** Quads of a tile of `update`: software adapters run four invocations in step, so up to four tiles cover a row at best. */
function updateQuads({ columns, tiles }: MatmulShape): number {
  const quads = pad4(columns) / 4;
  if (quads <= 4) return Math.min(quads, tiles.updateQuads);
  return ceilDiv(quads, 4) <= tiles.updateQuads ? ceilDiv(quads, 4) : leastWaste(quads, tiles.updateQuads);
}

const launch = (invocations: number, members: number, workgroup: number): [number, number, number] => [ceilDiv(invocations, workgroup), members, 1];

const main = (workgroup: number): string => `@compute @workgroup_size(${workgroup})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u)`;

/** c [members, rows, pad4(columns)] = A·B + bias. A tile is `affineRows` rows by one quad. */
export function affineKernel(shape: MatmulShape) {
  const { rows, inner, columns, members, tiles } = shape;
  const a = input(shape);
  const tile = affineTile(shape);
  const quads = pad4(columns) / 4;
  return {
    name: `affine ${shape.label}`,
    bindings: { ...a.bindings, control: read("Control"), b: read("array<vec4f>"), c: readWrite("array<vec4f>") },
    wgsl: wgsl`
${sizes(shape)}
${main(tiles.workgroup)} {
  let member = group.y;
  let quad = id.x % QUADS;
  let first = id.x / QUADS * ${tile}u;
  if (first >= ROWS) { return; }
  let base = member * PARAMETERS + quad;
  ${unroll(tile, (t) => `let row${t} = ${a.row(`min(first + ${t}u, ROWS - 1u)`)};`)}
  ${unroll(tile, (t) => `var sum${t} = vec4f();`)}
  ${a.loop(
    "k",
    pad4(inner) / 4,
    `id.x / QUADS`,
    ceilDiv(rows, tile),
    `${unroll(4, (e) => `let b${e} = b[base + (4u * k + ${e}u) * QUADS];`)}
    ${unroll(tile, (t) => `{ let x = ${a.load(`row${t} + k`)}; sum${t} += x.x * b0 + x.y * b1 + x.z * b2 + x.w * b3; }`)}`,
  )}
  let bias = b[base + BIAS];
  let c0 = (member * ROWS + first) * QUADS + quad;
  ${unroll(tile, (t) => `if (first + ${t}u < ROWS) { c[c0 + ${t}u * QUADS] = sum${t} + bias; }`)}
}`,
    workgroups: launch(quads * ceilDiv(rows, tile), members, tiles.workgroup),
  } satisfies Kernel;
}

/** c [members, rows, pad4(inner)] = G·Bᵀ, g [members, rows, pad4(columns)]. One invocation, four neighbouring inputs of a row. */
export function transferKernel(shape: Omit<MatmulShape, "input" | "tiles">) {
  const words = pad4(shape.inner) / 4;
  return {
    name: `transfer ${shape.label}`,
    bindings: { g: read("array<vec4f>"), b: read("array<vec4f>"), c: readWrite("array<vec4f>") },
    wgsl: wgsl`
${sizes({ ...shape, input: "activations", tiles: { affineRows: 1, updateWords: 1, updateQuads: 1, workgroup: WORKGROUP } })}
${main(WORKGROUP)} {
  let member = group.y;
  let word = id.x % WORDS;
  let row = id.x / WORDS;
  if (row >= ROWS) { return; }
  let gradients = (member * ROWS + row) * QUADS;
  let base = member * PARAMETERS + 4u * word * QUADS;
  var sum = vec4f();
  for (var j = 0u; j < QUADS; j++) {
    let g4 = g[gradients + j];
    sum += vec4f(dot(g4, b[base + j]), dot(g4, b[base + QUADS + j]), dot(g4, b[base + 2u * QUADS + j]), dot(g4, b[base + 3u * QUADS + j]));
  }
  c[(member * ROWS + row) * WORDS + word] = sum;
}`,
    workgroups: launch(words * shape.rows, shape.members, WORKGROUP),
  } satisfies Kernel;
}

/**
 * b -= rate · Aᵀ·G and bias -= rate · Σ G, with each member's own rate. A tile is `updateWords` words by `updateQuads` quads;
 * the tiles past the last word do the bias. With `advance` the last update of a step also counts the step and
 * anneals the slopes, which no invocation of it reads.
 */
export function updateKernel(shape: MatmulShape & { advance: boolean }) {
  const { rows, inner, columns, members, tiles } = shape;
  const a = input(shape);
  const words = updateGroup(shape);
  const quads = updateQuads(shape);
  const rowWords = rowWordsOf(shape.input);
  const tilesDown = groupCount({ words: pad4(inner) / 4, rowWords }, words);
  const tilesAcross = ceilDiv(pad4(columns) / 4, quads);
  const each = (line: (e: number, q: number) => string) => unroll(4 * words, (e) => unroll(quads, (q) => line(e, q)));
  const element = (e: number) => `a${e >> 2}[${e & 3}]`;
  return {
    name: `update ${shape.label}`,
    bindings: { ...a.bindings, g: read("array<vec4f>"), control: shape.advance ? readWrite("Control") : read("Control"), b: readWrite("array<vec4f>") },
    wgsl: wgsl`
${sizes(shape)}
${main(tiles.workgroup)} {
  let member = group.y;
  let rate = control.members[member].rate;
  let quad = id.x % ${tilesAcross}u * ${quads}u;
  let place = id.x / ${tilesAcross}u;
  let base = member * PARAMETERS + quad;
  let gradients = member * ROWS * QUADS + quad;
  if (id.x >= ${tilesDown * tilesAcross}u) {
    if (id.x < ${(tilesDown + 1) * tilesAcross}u) {
      for (var q = 0u; q < ${quads}u && quad + q < QUADS; q++) {
        var sum = vec4f();
        for (var i = 0u; i < ROWS; i++) { sum += g[gradients + i * QUADS + q]; }
        b[base + BIAS + q] -= rate * sum;
      }
    }
    return;
  }
  ${unroll(words, (w) => `let word${w} = ${wordOfGroup(rowWords, words, "place", `${w}u`)};`)}
  ${each((e, q) => `var sum${e}_${q} = vec4f();`)}
  ${a.loop(
    "i",
    rows,
    "place",
    tilesDown,
    `let row = ${a.row("i")};
    ${unroll(quads, (q) => `let g${q} = g[gradients + i * QUADS + min(${q}u, QUADS - 1u - quad)];`)}
    ${unroll(words, (w) => `let a${w} = ${a.load(`row + min(word${w}, WORDS - 1u)`)};`)}
    ${each((e, q) => `sum${e}_${q} += ${element(e)} * g${q};`)}`,
  )}
  ${each((e, q) => `if (word${e >> 2} < WORDS && quad + ${q}u < QUADS) { b[base + (4u * word${e >> 2} + ${e & 3}u) * QUADS + ${q}u] -= rate * sum${e}_${q}; }`)}
  #if ${shape.advance}
  if (id.x == 0u && member == 0u) {
    control.step++;
    if (control.step % control.epoch_steps == 0u) {
      for (var m = 0u; m < arrayLength(&control.members); m++) {
        control.members[m].slope = min(control.members[m].slope * control.members[m].anneal, control.members[m].cap);
      }
    }
  }
  #endif
}`,
    workgroups: launch((tilesDown + 1) * tilesAcross, members, tiles.workgroup),
  } satisfies Kernel;
}
