/**
 * Tiles that the four invocations of a quad compute together: each loads rows of its own, and a run
 * of neighbouring columns of its own; then the rows go round the quad, so that every load serves
 * four invocations.
 *
 *   sum t = 4r + k of invocation l:   row 4r + (l xor k), the columns of l
 *
 * A software adapter pays as much for loading one number as for some thirty multiply-adds, and for
 * a swap as for one (bench/NOTES.md). Every sum still runs in index order, so the result is the
 * same to the bit as without.
 */
import { ceilDiv, goodTile, inFours, pad4, sure, unroll } from "./kernel";

/**
 * WGSL of the parameter of `main` that tells an invocation its place in the quad; none for those
 * that compute alone.
 */
export const laneOf = (share: number): string =>
  share ? ", @builtin(subgroup_invocation_id) lane: u32" : "";

/** WGSL of `x1`, `x2`, `x3` of a quad's other invocations, from `x0`: those of lane xor 1, 2, 3. */
export const aroundQuad = (x: string): string =>
  ["quadSwapX", "quadSwapY", "quadSwapDiagonal"]
    .map((swap, i) => `let ${x}${i + 1} = ${swap}(${x}0);`)
    .join(" ");

/**
 * A tile of at most `limit` rows that costs a quad the least in all: it takes rows in fours, and
 * other loads cost a tile about as much as twelve.
 */
function quadTile(rows: number, limit: number): number {
  const cost = (tile: number) => ceilDiv(rows, tile) * (inFours(tile) + 12);
  const tiles = Array.from({ length: Math.min(rows, limit) }, (_, i) => i + 1);
  return tiles.reduce((best, tile) => (cost(tile) <= cost(best) ? tile : best));
}

/**
 * The rows of a tile as an invocation has them: alone, it loads them all; in a quad, every fourth,
 * and the others' come round.
 */
export interface RowTile {
  rows: number;
  /** Rows that the invocation loads, and rows that it has sums of. */
  own: number;
  sums: number;
  /** WGSL of the place of its row `r`; the tile begins at `first`. */
  place: (r: number) => string;
  /**
   * WGSL that gets its row `r` by `load`, and does `use` with it, and with those that come round,
   * for the sums that they belong to.
   */
  take: (r: number, load: string, use: (t: number, x: string) => string) => string;
  /**
   * WGSL of `body` for the row of sum `t`, called `row` and counted from `first`; conditional where
   * it may not exist.
   */
  ifRow: (t: number, body: string) => string;
}

export const tileRows = (rows: number, limit: number, share: boolean): number =>
  (share ? quadTile : goodTile)(rows, limit);

export function rowTile(rows: number, limit: number, share: boolean): RowTile {
  const tile = tileRows(rows, limit, share);
  const lanes = share ? 4 : 1;
  const own = ceilDiv(tile, lanes);
  return {
    rows: tile,
    own,
    sums: lanes * own,
    place: (r) => `min(first + ${lanes * r}u${share ? " + lane" : ""}, ${rows - 1}u)`,
    take: (r, load, use) =>
      `{ let x0 = ${load}; ${share ? aroundQuad("x") : ""} ${unroll(lanes, (k) => use(lanes * r + k, `x${k}`))} }`,
    ifRow(t, body) {
      const begin = t - (t % lanes);
      const row = `let row = ${begin}u${share ? ` + (lane ^ ${t % lanes}u)` : ""};`;
      const surely = begin + lanes <= Math.min(tile, sure(rows, tile));
      return `{ ${row} ${surely ? body : `if (row < ${tile}u && first + row < ${rows}u) { ${body} }`} }`;
    },
  };
}

/**
 * Columns that are cut in runs: those of `together` members lie side by side. Where their buffers'
 * layers begin, in vec4s.
 */
export interface Columns {
  columns: number;
  together: number;
  starts: readonly number[];
}

/** From so many columns on a run may be long. */
const WIDE = 800;

/**
 * Neighbouring columns that an invocation takes: what costs least, in fours of invocations, and
 * cuts all rows of all buffers whole.
 */
export function runLength(all: readonly Columns[]): number {
  const fits = (run: number) =>
    all.every(({ columns, starts }) =>
      [pad4(columns), ...starts.map((start) => 4 * start)].every((length) => length % run === 0),
    );
  const width = ({ columns, together }: Columns) => together * pad4(columns);
  /**
   * A run's own work (addresses, the other operand) costs about as much as one and a half columns.
   */
  const cost = (run: number) =>
    all.reduce((sum, layer) => sum + inFours(width(layer) / run) * (run + 1.5), 0);
  // Long runs take long to compile.
  const runs = Math.max(...all.map(width)) < WIDE ? [4, 3, 5, 6] : [4, 5, 8, 10];
  return runs.filter(fits).reduce((best, run) => (cost(run) < cost(best) ? run : best));
}

/** The WGSL type of a run. */
export const runType = (run: number): string => (run === 4 ? "vec4f" : `array<f32, ${run}>`);

/**
 * WGSL of sums of a run: `zero` begins one; `add` adds a term to it, which is written with
 * `of(name)` for what is a run; `value` is its column c. Four are a vec4f; other runs are numbers
 * with names of their own, since only those stay in registers.
 */
export function runSums(run: number) {
  const each = (line: (c: number) => string): string => unroll(run, line);
  return run === 4
    ? {
        zero: (name: string) => `var ${name} = vec4f();`,
        add: (name: string, term: (of: (run: string) => string) => string) =>
          `${name} += ${term((b) => b)};`,
        value: (name: string, c: number) => `${name}[${c}]`,
      }
    : {
        zero: (name: string) => each((c) => `var ${name}_${c} = 0.0;`),
        add: (name: string, term: (of: (run: string) => string) => string) =>
          each((c) => `${name}_${c} += ${term((b) => `${b}[${c}]`)};`),
        value: (name: string, c: number) => `${name}_${c}`,
      };
}
