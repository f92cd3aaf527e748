/**
 * Tile sizes by kind of adapter. A software adapter is bound by loads, so its tiles are large (measured on SwiftShader,
 * 50 × 784 × 500: 25 rows reach 5 GFLOP/s where 5 reach 3); a GPU needs many invocations, so its tiles are small.
 * Tiles never change a result; the head's workgroup fixes the order of one sum, so results are per adapter kind.
 */
import type { Device } from "../runtime/device";
import { leastWaste, pad4 } from "../shaders/kernel";
import type { Tiles } from "../shaders/matmul";

export interface Tuning {
  tiles: Tiles;
  /** Invocations of the head's workgroup, and the sums of four that each may hold: rows of a tile times quads of classes. */
  headWorkgroup: number;
  headSums: number;
  /** Whether the first layer skips words of pixels that are zero (active.ts). */
  active: boolean;
  /** Whether all layers' updates are one dispatch: software adapters run both sides of a branch, GPUs one. */
  mergeUpdates: boolean;
}

export const SOFTWARE: Tuning = {
  tiles: { affineRows: 25, transferRows: 8, updateWords: 2, updateQuads: 7, workgroup: 8, share: 4 },
  headWorkgroup: 4,
  headSums: 24,
  active: true,
  mergeUpdates: false,
};
export const HARDWARE: Tuning = {
  tiles: { affineRows: 2, transferRows: 1, updateWords: 1, updateQuads: 1, workgroup: 64, share: 0 },
  headWorkgroup: 64,
  headSums: 1,
  active: true,
  mergeUpdates: true,
};

export function tuning({ adapter }: Device): Tuning {
  if (!adapter.software) return HARDWARE;
  return adapter.subgroup === SOFTWARE.tiles.share ? SOFTWARE : { ...SOFTWARE, tiles: { ...SOFTWARE.tiles, share: 0 } };
}

/** Rows of the head's tile. */
export const headTile = ({ headSums }: Tuning, rows: number, classes: number): number =>
  leastWaste(rows, Math.max(1, Math.floor(headSums / (pad4(classes) / 4))));
