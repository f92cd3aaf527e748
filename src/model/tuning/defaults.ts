/**
 * Tile sizes by kind of adapter; choices.ts has what the tuner may put in their place. A
 * software adapter has few invocations at once and pays for loads, stores and conditions, so its
 * tiles are large; a GPU needs many, so its tiles are small. Tiles never change a result; `splits`
 * and the head's workgroup fix the order of a sum, so results are per adapter kind.
 */
import type { Device } from "../../runtime/device";
import { mostRows, sliceQuads } from "../../shaders/network/head";
import { goodTile, type Tiles } from "../../shaders/products/tiles";

export interface Tuning {
  tiles: Tiles;
  /** Workgroup size of the head. */
  headWorkgroup: number;
  /** Most vec4 accumulators of an invocation of the head: rows × vec4s of a slice of outputs. */
  headSums: number;
  /** Whether the first layer skips words of pixels that are zero (shaders/blank). */
  skipBlank: boolean;
  /**
   * Whether all layers' updates are one dispatch: software adapters run both sides of a branch,
   * GPUs one.
   */
  mergeUpdates: boolean;
}

export const SOFTWARE: Tuning = {
  tiles: {
    forwardRows: 25,
    gradientRows: 8,
    updateWords: 2,
    updateParts: 7,
    workgroup: 4,
    splits: 1,
    share: 4,
  },
  headWorkgroup: 4,
  headSums: 24,
  skipBlank: true,
  mergeUpdates: false,
};
export const HARDWARE: Tuning = {
  tiles: {
    forwardRows: 2,
    gradientRows: 1,
    updateWords: 1,
    updateParts: 1,
    workgroup: 64,
    splits: 8,
    share: 0,
  },
  headWorkgroup: 64,
  headSums: 1,
  skipBlank: true,
  mergeUpdates: true,
};

/** Some of a tuning: those parts that never change a result. */
export type PartialTuning = Partial<
  Omit<Tuning, "tiles" | "headWorkgroup"> & Omit<Tiles, "splits">
>;

/** `tune` with some of it replaced. */
export const withValue = (
  tune: Tuning,
  { skipBlank, mergeUpdates, headSums, ...tiles }: PartialTuning,
): Tuning => ({
  ...tune,
  skipBlank: skipBlank ?? tune.skipBlank,
  mergeUpdates: mergeUpdates ?? tune.mergeUpdates,
  headSums: headSums ?? tune.headSums,
  tiles: { ...tune.tiles, ...tiles },
});

/** The built-in tuning of a device's kernels, without what the device lacks. */
export function tuning({ adapter, kernels }: Pick<Device, "adapter" | "kernels">): Tuning {
  if (kernels === "gpu") return HARDWARE;
  return adapter.subgroup === SOFTWARE.tiles.share ? SOFTWARE : withValue(SOFTWARE, { share: 0 });
}

/** Rows of the head's tile. */
export const headTile = (
  { headSums, headWorkgroup }: Tuning,
  rows: number,
  classes: number,
): number =>
  goodTile(
    rows,
    Math.max(
      1,
      Math.min(mostRows(classes, headWorkgroup), Math.floor(headSums / sliceQuads(classes))),
    ),
  );
