/** Forwards and scores images, in slices of rows that fit a modest buffer. */
import type { Pixels } from "../data/idx";
import { padRows } from "../data/rows";
import type { Device } from "../runtime/device";
import { type Call, call, Program } from "../runtime/program";
import { wordListsKernel, wordListsLength } from "../shaders/blank/lists";
import { maskImages, maskLength } from "../shaders/blank/masks";
import { ceilDiv } from "../shaders/kernel";
import type { Sizes } from "../shaders/layout";
import { scoreKernel } from "../shaders/network/score";
import { rowsOfTile } from "../shaders/products/tiles";
import { evaluationSize, skipsBlank } from "./buffers";
import { type Extra, forwardCalls, headShape, type Pass, upperShapes } from "./forward";
import type { Spec } from "./spec";
import type { Tuning } from "./tuning";
import type { View } from "./view";

/** Label of padding rows. No class has it, so they never count as correct. */
const NO_LABEL = 0xffffffff;

export interface Parts {
  device: Device;
  data: View;
  spec: Spec;
  sizes: readonly Sizes[];
  control: GPUBuffer;
  parameters: GPUBuffer;
  tune: Tuning;
  extra: Extra;
}

export interface Slice {
  rows: number;
  images: GPUBuffer;
  masks: GPUBuffer;
  /**
   * (image, label) [rows]; where images and masks are no more than the slice's, image i lies at i
   * mod slice.
   */
  batches: GPUBuffer;
  slice?: number;
  lists: GPUBuffer;
  /** What outputs are compared with, as `images` are; for no task that classifies. */
  wanted: GPUBuffer;
}

/**
 * Labelled images: `pixels` [count, inputs], or those of the training file from `begin` on,
 * which are on the GPU.
 */
export interface Source {
  labels: Uint32Array;
  pixels?: Pixels;
  /** What `complete` is to put out [count, outputs], beside `pixels`; else unknown. */
  wanted?: Pixels;
  begin?: number;
}

/**
 * (image, label) of `rows` rows from `first` on, sorted by label: images that look alike leave more
 * words blank together.
 */
export function entries(
  { labels, begin = 0 }: Source,
  first: number,
  rows: number,
): Uint32Array<ArrayBuffer> {
  const list = Array.from({ length: rows }, (_, i) =>
    first + i < labels.length
      ? ([begin + first + i, labels[first + i] as number] as const)
      : ([0, NO_LABEL] as const),
  );
  return Uint32Array.from(list.sort((a, b) => a[1] - b[1]).flat());
}

/** What makes rows for the GPU of images or features as they came. */
async function rowsOf({ dtype, inputs, scaling }: View): Promise<(pixels: Pixels) => Pixels> {
  if (dtype === "u8") return (pixels) => padRows(pixels as Uint8Array<ArrayBuffer>, inputs);
  const { featureRows } = await import("../data/features");
  return (features) => featureRows(features as Float32Array<ArrayBuffer>, inputs, scaling);
}

export class Evaluator {
  private constructor(
    readonly parts: Parts,
    private readonly most: number,
    readonly activations: Record<"z" | "y" | "outputs" | "scores", GPUBuffer>,
    /** Rows of `Source.pixels`, as they lie on the GPU. */
    private readonly toRows: (pixels: Pixels) => Pixels,
  ) {}

  static async create(parts: Parts): Promise<Evaluator> {
    const { device, data, sizes, spec, extra } = parts;
    const { most, zBytes, bytes, outputBytes } = evaluationSize(spec, sizes);
    const activations = {
      z: device.allocate("z in evaluation", zBytes),
      y: device.allocate("y in evaluation", bytes),
      outputs: device.allocate("outputs in evaluation", outputBytes),
      scores: device.allocate("scores of rows", extra.values ? 8 * spec.members.length * most : 0),
    };
    return new Evaluator(parts, most, activations, await rowsOf(data));
  }

  /**
   * Rows of each slice of `count`. Whole tiles of rows, where there are several: a software adapter
   * compiles each row that a tile may lack on its own, for seconds.
   */
  sliceRows(count: number): number {
    const tile = Math.min(this.parts.tune.tiles.forwardRows, this.most);
    const most = this.most - (this.most % tile);
    const rows = ceilDiv(count, ceilDiv(count, most));
    return rows > tile ? ceilDiv(rows, tile) * tile : rows;
  }

  private lists({ rows, slice }: Pick<Slice, "rows" | "slice">) {
    const { data, tune } = this.parts;
    const shape = { rows, words: data.words, rowWords: data.rowWords, slots: 1, slice };
    return { shape, tile: rowsOfTile(rows, tune.tiles), splits: tune.tiles.splits };
  }

  allocateLists(rows: number): GPUBuffer {
    const { shape, tile, splits } = this.lists({ rows });
    const length = wordListsLength(shape, tile, splits);
    return this.parts.device.allocate("lists in evaluation", 4 * length);
  }

  /** The lists that a slice's `calls` loop over; once, for rows that do not change. */
  listCalls(slice: Slice): Call[] {
    const { masks, batches, lists } = slice;
    const { shape, tile, splits } = this.lists(slice);
    return skipsBlank(this.parts)
      ? [call(wordListsKernel(shape, tile, splits), { masks, batches, list: lists })]
      : [];
  }

  private pass({ rows, slice }: Slice): Pass {
    const { data, spec, sizes, tune, extra } = this.parts;
    const { dtype, rowWords } = data;
    return {
      purpose: "evaluation",
      images: { slots: 1, slice, dtype, rowWords, listed: skipsBlank(this.parts) },
      ...{ rows, spec, sizes, tune, extra },
    };
  }

  /** As far as z of the last hidden layer: a call for each. */
  forward(slice: Slice): Call[] {
    const { images, batches, lists } = slice;
    const { control, parameters } = this.parts;
    const { z, y } = this.activations;
    const bound = { images, batches, lists, control, parameters, z, y };
    return forwardCalls(this.pass(slice), bound);
  }

  /** What comes after: outputs, and what they came to, added to `reports`. */
  score(given: Slice, reports: GPUBuffer): Call[] {
    const { data, spec, control, parameters: weights, extra } = this.parts;
    const { batches, slice, wanted } = given;
    const pass = this.pass(given);
    const bound = { control, batches, weights, ...this.activations, reports, wanted };
    const kernels = extra.values?.scoreKernels(upperShapes(pass), data, spec, slice) ?? [
      scoreKernel(headShape(pass)),
    ];
    return kernels.map((kernel) => call(kernel, bound));
  }

  /** Forward and score; right answers are counted in `reports`. */
  calls(slice: Slice, reports: GPUBuffer): Call[] {
    return [...this.forward(slice), ...this.score(slice, reports)];
  }

  /** What `overSlices` does to see all of a source. */
  scoring =
    (reports: GPUBuffer) =>
    (slice: Slice): Call[] => [...this.listCalls(slice), ...this.calls(slice, reports)];

  /** Runs `work` with a Program of `calls`, for each slice of a source, once it is in place. */
  async overSlices(
    source: Source,
    calls: (slice: Slice) => Call[],
    work: (program: Program, first: number) => Promise<void> | void,
  ): Promise<void> {
    const { device, data, extra } = this.parts;
    const { labels, pixels, wanted } = source;
    const { inputs, words, dtype } = data;
    const rows = this.sliceRows(labels.length);
    const batches = device.allocate("a slice of rows", rows * 8);
    const lists = this.allocateLists(rows);
    const own = pixels && {
      pixels,
      images: device.allocate("a slice of images", rows * words * (dtype === "u8" ? 4 : 16)),
      masks: device.allocate("a slice of masks", rows * maskLength(data) * 4),
      slice: rows,
      ...extra.values?.wantedOf(device, data, rows),
    };
    try {
      const slice = {
        ...{ rows, images: data.images, masks: data.masks, batches, lists },
        wanted: data.wanted?.images ?? own?.images ?? data.images,
        ...own,
      };
      const program = await Program.create(device, calls(slice));
      for (let first = 0; first < labels.length; first += rows) {
        if (own) {
          const shown = this.toRows(own.pixels.subarray(first * inputs, (first + rows) * inputs));
          device.write(own.images, shown);
          if (shown instanceof Uint8Array) device.write(own.masks, maskImages(shown, data));
          own.showWanted?.(wanted, first);
        }
        device.write(batches, entries(source, first, rows));
        await work(program, first);
      }
      await device.done();
    } finally {
      for (const buffer of [batches, lists, own?.images, own?.masks, own?.wanted])
        buffer?.destroy();
    }
  }

  destroy(): void {
    for (const buffer of Object.values(this.activations)) buffer.destroy();
  }
}
