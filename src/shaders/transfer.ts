/**
 * The backward product C = G·Bᵀ, as matmul.ts has it: c [members, rows, pad4(inner)], g [members,
 * rows, pad4(columns)]. A tile is `transferRows` rows by four inputs, a word.
 */
import { pad4, unroll } from "./kernel";
import { type MatmulShape, NOWHERE, parameterQuads } from "./matmul";
import { rowTile } from "./quad";

export type TransferShape = Omit<MatmulShape, "input">;

/** WGSL of one tile, for the rows from `first` on and the inputs of `word`. */
export interface TransferTile {
  rows: number;
  /** Adds up in `sum0` …. */
  code: string;
  /**
   * WGSL of `write` for each row of the tile: `row`, counted from `first`, with the name of its
   * sum, a vec4f.
   */
  store: (write: (sum: string) => string) => string;
}

/** `g` is read by WGSL of `at`. */
export function transferTileCode(
  { rows, inner, columns, tiles, places = NOWHERE }: TransferShape,
  g: (at: string) => string,
): TransferTile {
  const tile = rowTile(rows, tiles.transferRows, tiles.share > 0);
  const quads = pad4(columns) / 4;
  const loads = unroll(4, (e) => `let b${e} = b[base + ${e * quads}u + j];`);
  const products = unroll(tile.own, (r) =>
    tile.take(
      r,
      g(`row${r} + j`),
      (t, x) => `sum${t} += vec4f(dot(${x}, b0), dot(${x}, b1), dot(${x}, b2), dot(${x}, b3));`,
    ),
  );
  return {
    rows: tile.rows,
    code: `
  let base = ${places.parameters}u + member * ${parameterQuads(inner, columns)}u + ${4 * quads}u * word;
  ${unroll(tile.own, (r) => `let row${r} = ${places.outputs}u + (member * ${rows}u + ${tile.place(r)}) * ${quads}u;`)}
  ${unroll(tile.sums, (t) => `var sum${t} = vec4f();`)}
  for (var j = 0u; j < ${quads}u; j++) {
    ${loads}
    ${products}
  }`,
    store: (write) => unroll(tile.sums, (t) => tile.ifRow(t, write(`sum${t}`))),
  };
}
