/**
 * What one invocation, or the four of a quad, computes of a product: a tile, held in registers.
 * Tiles change the speed and never a bit: a sum runs in index order, or, split, in parts that are
 * fixed by the index alone (source.ts).
 *
 * GPUs have many invocations and hide little of the latency of loads, so their tiles are small.
 * Software adapters have few invocations and pay for loads: a load costs as much as thirty
 * multiply-adds, an exchange between lanes as much as one (bench/NOTES.md). So there tiles are
 * large, and the four lanes of a quad compute one together: each lane loads every fourth row, and
 * the rows go round.
 *
 *   lane l has, in sum[r][i], row 4r + (l ^ i) of the tile
 */
import { type Constants, ceilDiv, pad4 } from "../kernel";

/** Register tiles, as model/tuning/defaults.ts chooses them. A word is four neighbouring inputs. */
export interface Tiles {
  /** Rows of a tile of the forward product, and of the input gradient. */
  forwardRows: number;
  gradientRows: number;
  /** Words of inputs, and vec4s of outputs, of a tile of the weight update, without quads. */
  updateWords: number;
  updateParts: number;
  /** Invocations of a workgroup. */
  workgroup: number;
  /** Invocations that split a tile's sum over inputs. Changing it changes the order of the sum. */
  splits: number;
  /** Lanes that share their loads: 4, which needs subgroups of four and no splits; or 0. */
  share: 0 | 4;
}

/** Software adapters run four invocations in step: work that loops alike is laid out in fours. */
export const inFours = (n: number): number => pad4(n);

/**
 * A tile of at most `limit`: the largest that divides `count`, or, where none above half of `limit`
 * does, the one that wastes least.
 */
export function goodTile(count: number, limit: number): number {
  const waste = (t: number) => ceilDiv(count, t) * t - count;
  const most = Math.min(count, limit);
  let best = most;
  for (let t = most; 2 * t >= most; t--) if (waste(t) < waste(best)) best = t;
  return best;
}

/** Places that even the last tile has: those need no condition. */
export const sure = (count: number, tile: number): number =>
  count - (ceilDiv(count, tile) - 1) * tile;

/**
 * Rows of a quad's tile: what costs least in all. A tile takes its rows in fours, and its other
 * loads cost about as much as twelve rows.
 */
export function quadTile(rows: number, limit: number): number {
  const cost = (tile: number) => ceilDiv(rows, tile) * (inFours(tile) + 12);
  const tiles = Array.from({ length: Math.min(rows, limit) }, (_, i) => i + 1);
  return tiles.reduce((best, tile) => (cost(tile) <= cost(best) ? tile : best));
}

/** Rows of a tile of the forward product: what lists of words are made for (blank/lists.ts). */
export const rowsOfTile = (rows: number, { forwardRows, share }: Tiles): number =>
  (share ? quadTile : goodTile)(rows, forwardRows);

/** Outputs that are cut into runs, those of `together` members side by side. */
export interface Width {
  outputs: number;
  together: number;
  /** Where the layer begins in each buffer that is cut, in numbers. */
  starts: readonly number[];
}

/** From so many outputs on, runs may be long; they take long to compile. */
const WIDE = 800;

/**
 * Neighbouring outputs of an invocation: the run that costs least, in fours of invocations, and
 * cuts all rows of all buffers whole. Without quads it is four, a vec4.
 */
export function runLength(widths: readonly Width[], { share }: Pick<Tiles, "share">): number {
  if (!share) return 4;
  const fits = (run: number) =>
    widths.every(({ outputs, starts }) =>
      [pad4(outputs), ...starts].every((length) => length % run === 0),
    );
  const width = ({ outputs, together }: Width) => together * pad4(outputs);
  /** A run's own work (addresses, the other operand) costs as much as one and a half outputs. */
  const cost = (run: number) =>
    widths.reduce((sum, layer) => sum + inFours(width(layer) / run) * (run + 1.5), 0);
  const runs = Math.max(...widths.map(width)) < WIDE ? [4, 3, 5, 6] : [4, 5, 8, 10];
  return runs.filter(fits).reduce((best, run) => (cost(run) < cost(best) ? run : best));
}

/** Workgroup memory that the parts of split sums take in the forward product. */
export const partsBytes = ({ splits, forwardRows, workgroup }: Tiles): number =>
  splits > 1 ? 16 * forwardRows * workgroup : 0;

/** The WGSL type of a run: what weights, z and dz are arrays of. */
export const runType = (run: number): string => (run === 4 ? "vec4f" : `array<f32, ${run}>`);

/**
 * `alias Run`, and the lanes' exchange: `fn around(x) -> [x of lane l, of l ^ 1, l ^ 2, l ^ 3]`.
 */
export const tileCode = (run: number, share: number): string => `
alias Run = ${runType(run)};
fn around(x: vec4f) -> array<vec4f, LANES> {
  return array(${share ? "x, quadSwapX(x), quadSwapY(x), quadSwapDiagonal(x)" : "x"});
}`;

/** The parameter of `main` with an invocation's place in its quad. */
export const laneOf = (share: number): string =>
  share ? "\n  @builtin(subgroup_invocation_id) lane: u32," : "";

/** Of tiles of `tile` rows: how many, and the rows that an invocation loads, or surely stores. */
export function rowConstants(rows: number, tile: number, { share }: Pick<Tiles, "share">) {
  const lanes = share || 1;
  return {
    ...{ ROWS: rows, TILE_ROWS: tile, TILES: ceilDiv(rows, tile) },
    ...{ LANES: lanes, OWN_ROWS: ceilDiv(tile, lanes) },
    SURE_OWN: Math.floor(sure(rows, tile) / lanes),
  } satisfies Constants;
}

/** `fn row_inside(row)`: a row that the last tile may lack stands for the last there is. */
const rowInside = (rows: number, tile: number, { share }: Pick<Tiles, "share">): string =>
  sure(rows, tile) === tile && tile % (share || 1) === 0
    ? "fn row_inside(row: u32) -> u32 { return row; }"
    : "fn row_inside(row: u32) -> u32 { return min(row, ROWS - 1u); }";

/** What the WGSL of a tile is written with. */
export const tileShared = (run: number, rows: number, tile: number, tiles: Tiles): string =>
  `${tileCode(run, tiles.share)}\n${rowInside(rows, tile, tiles)}`;
