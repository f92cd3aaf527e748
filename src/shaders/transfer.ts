/**
 * The backward product C = G·Bᵀ, as matmul.ts has it: c [members, rows, pad4(inner)], g [members, rows, pad4(columns)].
 * A tile is `transferRows` rows by four inputs, a word.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { entriesTogether } from "./active";
import { ceilDiv, goodTile, ifRow, inFours, type Kernel, pad4, read, readWrite, unroll } from "./kernel";
import { loopOver, type MatmulShape, NOWHERE, parameterQuads } from "./matmul";
import { aroundQuad, ifOwnRow, ownRows, quadTile } from "./quad";

export type TransferShape = Omit<MatmulShape, "input">;

/** WGSL of one tile, for the rows from `first` on and the inputs of `word`. */
export interface TransferTile {
  rows: number;
  /** Adds up in `sum0` …. */
  code: string;
  /** WGSL of `write` for each row of the tile: its number from `first` on, and the name of its sum, a vec4f. */
  store: (write: (row: string, sum: string) => string) => string;
}

/** `g` is read by WGSL of `at`. */
export function transferTileCode({ rows, inner, columns, tiles, places = NOWHERE }: TransferShape, g: (at: string) => string): TransferTile {
  const tile = (tiles.share ? quadTile : goodTile)(rows, tiles.transferRows);
  const quads = pad4(columns) / 4;
  const loads = unroll(4, (e) => `let b${e} = b[base + ${e * quads}u + j];`);
  const row = (t: number, at: string) => `let row${t} = ${places.outputs}u + (member * ${rows}u + min(${at}, ${rows - 1}u)) * ${quads}u;`;
  const add = (t: number, x: string) => `sum${t} += vec4f(dot(${x}, b0), dot(${x}, b1), dot(${x}, b2), dot(${x}, b3));`;
  const code = (sums: number, offsets: string, body: string) => `
  let base = ${places.parameters}u + member * ${parameterQuads(inner, columns)}u + ${4 * quads}u * word;
  ${offsets}
  ${unroll(sums, (t) => `var sum${t} = vec4f();`)}
  ${loopOver("0u", `${quads}u`, 1, entriesTogether(quads), (n) => `let j = ${n};\n${loads}\n${body}`)}`;
  if (!tiles.share) {
    return {
      rows: tile,
      code: code(
        tile,
        unroll(tile, (t) => row(t, `first + ${t}u`)),
        unroll(tile, (t) => `{ let x = ${g(`row${t} + j`)}; ${add(t, "x")} }`),
      ),
      store: (write) => unroll(tile, (t) => ifRow(rows, tile, t, write(`${t}u`, `sum${t}`))),
    };
  }
  const own = ownRows(tile);
  return {
    rows: tile,
    code: code(
      4 * own,
      unroll(own, (r) => row(r, `first + ${4 * r}u + lane`)),
      unroll(own, (r) => `{ let x0 = ${g(`row${r} + j`)}; ${aroundQuad("x")} ${unroll(4, (k) => add(4 * r + k, `x${k}`))} }`),
    ),
    store: (write) => unroll(4 * own, (t) => ifOwnRow(rows, tile, t, write("row", `sum${t}`))),
  };
}

export function transferKernel(shape: TransferShape) {
  const { rows, inner, members, tiles, places = NOWHERE } = shape;
  const words = pad4(inner) / 4;
  const tile = transferTileCode(shape, (at) => `g[${at}]`);
  const across = tiles.share ? inFours(words) : words;
  const down = ceilDiv(rows, tile.rows);
  return {
    name: `transfer ${shape.label}`,
    subgroups: tiles.share > 0,
    bindings: { g: read("array<vec4f>"), b: read("array<vec4f>"), c: readWrite("array<vec4f>") },
    wgsl: wgsl`
@compute @workgroup_size(${tiles.workgroup})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u ${tiles.share ? ", @builtin(subgroup_invocation_id) lane: u32" : ""}) {
  let member = group.y;
  let word = min(id.x % ${across}u, ${words - 1}u);
  let first = min(id.x / ${across}u, ${down - 1}u) * ${tile.rows}u;
  ${tile.code}
  if (id.x >= ${across * down}u || id.x % ${across}u >= ${words}u) { return; }
  let to = ${places.inputs}u + (member * ${rows}u + first) * ${words}u + word;
  ${tile.store((row, sum) => `c[to + ${row} * ${words}u] = ${sum};`)}
}`,
    workgroups: [ceilDiv(across * down, tiles.workgroup), members, 1] as const,
  } satisfies Kernel;
}
