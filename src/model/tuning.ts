/**
 * Tile sizes by kind of adapter, and what the tuner may put in their place. A software adapter has few invocations at
 * once and pays for loads, stores and conditions, so its tiles are large; a GPU needs many, so its tiles are small.
 * Tiles never change a result; `splits` and the head's workgroup fix the order of a sum, so results are per adapter kind.
 */
import type { Device } from "../runtime/device";
import { goodTile, pad4 } from "../shaders/kernel";
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
  tiles: { affineRows: 25, transferRows: 8, updateWords: 2, updateQuads: 7, workgroup: 4, splits: 1, share: 4 },
  headWorkgroup: 4,
  headSums: 24,
  active: true,
  mergeUpdates: false,
};
export const HARDWARE: Tuning = {
  tiles: { affineRows: 2, transferRows: 1, updateWords: 1, updateQuads: 1, workgroup: 64, splits: 8, share: 0 },
  headWorkgroup: 64,
  headSums: 1,
  active: true,
  mergeUpdates: true,
};

/** What the tuner tries instead, one choice at a time; none changes a result. */
export interface Choice {
  name: string;
  /** Whether it says nothing where invocations share their loads. */
  alone?: boolean;
  values: readonly Partial<Omit<Tuning, "tiles" | "headWorkgroup"> & Omit<Tiles, "splits">>[];
}

const software: readonly Choice[] = [
  { name: "rows of affine", values: [{ affineRows: 8 }, { affineRows: 13 }, { affineRows: 17 }, { affineRows: 25 }, { affineRows: 50 }] },
  { name: "loads", values: [{ share: 0 }, { share: 4 }] },
  {
    name: "tile of update",
    alone: true,
    values: [
      { updateWords: 1, updateQuads: 4 },
      { updateWords: 1, updateQuads: 7 },
      { updateWords: 2, updateQuads: 4 },
      { updateWords: 2, updateQuads: 7 },
      { updateWords: 4, updateQuads: 3 },
    ],
  },
  { name: "rows of transfer", values: [{ transferRows: 4 }, { transferRows: 8 }, { transferRows: 16 }, { transferRows: 25 }] },
  { name: "sums of the head", values: [{ headSums: 12 }, { headSums: 24 }, { headSums: 39 }, { headSums: 75 }] },
  { name: "workgroup", values: [{ workgroup: 4 }, { workgroup: 8 }, { workgroup: 16 }] },
  { name: "blank words", values: [{ active: true }, { active: false }] },
];
/** Without `active`: the parts that sums are split in follow the lists. */
const hardware: readonly Choice[] = [
  { name: "rows of affine", values: [{ affineRows: 1 }, { affineRows: 2 }, { affineRows: 4 }, { affineRows: 8 }] },
  {
    name: "tile of update",
    values: [
      { updateWords: 1, updateQuads: 1 },
      { updateWords: 1, updateQuads: 2 },
      { updateWords: 2, updateQuads: 1 },
      { updateWords: 2, updateQuads: 2 },
    ],
  },
  { name: "rows of transfer", values: [{ transferRows: 1 }, { transferRows: 2 }, { transferRows: 4 }] },
  { name: "sums of the head", values: [{ headSums: 1 }, { headSums: 3 }, { headSums: 6 }, { headSums: 12 }] },
  { name: "workgroup", values: [{ workgroup: 32 }, { workgroup: 64 }, { workgroup: 128 }, { workgroup: 256 }] },
  { name: "updates", values: [{ mergeUpdates: true }, { mergeUpdates: false }] },
];
export const CHOICES = { software, hardware };

/** `tune` with one value of a choice in its place. */
export const withValue = (tune: Tuning, { active, mergeUpdates, headSums, ...tiles }: Choice["values"][number]): Tuning => ({
  ...tune,
  active: active ?? tune.active,
  mergeUpdates: mergeUpdates ?? tune.mergeUpdates,
  headSums: headSums ?? tune.headSums,
  tiles: { ...tune.tiles, ...tiles },
});

/** The built-in tuning of an adapter's kind, without what its device lacks. */
export function tuning({ adapter }: Device): Tuning {
  if (!adapter.software) return HARDWARE;
  return adapter.subgroup === SOFTWARE.tiles.share ? SOFTWARE : withValue(SOFTWARE, { share: 0 });
}

/** Rows of the head's tile. */
export const headTile = ({ headSums }: Tuning, rows: number, classes: number): number =>
  goodTile(rows, Math.max(1, Math.floor(headSums / (pad4(classes) / 4))));
