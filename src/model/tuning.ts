/**
 * Tile sizes by kind of adapter. A software adapter is bound by loads, so its tiles are large (measured on SwiftShader,
 * 50 × 784 × 500: 25 rows reach 5 GFLOP/s where 5 reach 3); a GPU needs many invocations, so its tiles are small.
 * Tiles never change a result; the head's workgroup fixes the order of one sum, so results are per adapter kind.
 */
import type { Device } from "../runtime/device";
import type { Tiles } from "../shaders/matmul";

export interface Tuning {
  tiles: Tiles;
  headWorkgroup: number;
}

export const SOFTWARE: Tuning = { tiles: { affineRows: 25, updateWords: 4, updateQuads: 5 }, headWorkgroup: 4 };
export const HARDWARE: Tuning = { tiles: { affineRows: 2, updateWords: 1, updateQuads: 1 }, headWorkgroup: 64 };

export const tuning = (device: Device): Tuning => (device.adapter.software ? SOFTWARE : HARDWARE);
