/**
 * Tiles that the four invocations of a quad compute together: each loads rows of its own, and a run of neighbouring columns
 * of its own; then the rows go round the quad, so that every load serves four invocations.
 *
 *   sum t = 4r + k of invocation l:   row 4r + (l xor k), the columns of l
 *
 * A software adapter pays as much for loading one number as for some thirty multiply-adds, and for a swap as for one
 * (bench/NOTES.md). Every sum still runs in index order, so the result is the same to the bit as without.
 */
import { ceilDiv, inFours, pad4, sure } from "./kernel";

/** WGSL of `x1`, `x2`, `x3` of a quad's other invocations, from `x0`: those of lane xor 1, 2, 3. */
export const aroundQuad = (x: string): string =>
  ["quadSwapX", "quadSwapY", "quadSwapDiagonal"].map((swap, i) => `let ${x}${i + 1} = ${swap}(${x}0);`).join(" ");

/** A tile of at most `limit` rows that costs the least in all: quads take rows in fours, and other loads cost a tile about as much as twelve. */
export function quadTile(rows: number, limit: number): number {
  const cost = (tile: number) => ceilDiv(rows, tile) * (inFours(tile) + 12);
  const tiles = Array.from({ length: Math.min(rows, limit) }, (_, i) => i + 1);
  return tiles.reduce((best, tile) => (cost(tile) <= cost(best) ? tile : best));
}

/** Rows that an invocation loads, for a tile of `tile` rows. */
export const ownRows = (tile: number): number => inFours(tile) / 4;

/** WGSL of `body` for the row of sum `t`, called `row` and counted from the tile's first, `first`; conditional where it may not exist. */
export function ifOwnRow(rows: number, tile: number, t: number, body: string): string {
  const row = `let row = ${t - (t % 4)}u + (lane ^ ${t % 4}u);`;
  const surely = 4 * Math.floor(t / 4) + 4 <= Math.min(tile, sure(rows, tile));
  return `{ ${row} ${surely ? body : `if (row < ${tile}u && first + row < ${rows}u) { ${body} }`} }`;
}

/** Columns that are cut in runs: those of `together` members lie side by side. Where their buffers' layers begin, in vec4s. */
export interface Columns {
  columns: number;
  together: number;
  starts: readonly number[];
}

/** From so many columns on a run may be long. */
const WIDE = 800;

/** Neighbouring columns that an invocation takes: what costs least, in fours of invocations, and cuts all rows of all buffers whole. */
export function runLength(all: readonly Columns[]): number {
  const fits = (run: number) => all.every(({ columns, starts }) => [pad4(columns), ...starts.map((start) => 4 * start)].every((length) => length % run === 0));
  const width = ({ columns, together }: Columns) => together * pad4(columns);
  /** A run's own work (addresses, the other operand) costs about as much as one and a half columns. */
  const cost = (run: number) => all.reduce((sum, layer) => sum + inFours(width(layer) / run) * (run + 1.5), 0);
  // Long runs take long to compile.
  const runs = Math.max(...all.map(width)) < WIDE ? [4, 3, 5, 6] : [4, 5, 8, 10];
  return runs.filter(fits).reduce((best, run) => (cost(run) < cost(best) ? run : best));
}

/** The WGSL type of a run. */
export const runType = (run: number): string => (run === 4 ? "vec4f" : `array<f32, ${run}>`);
