/** Counts correct answers on a split, in slices of rows that fit a modest buffer. */
import type { Dataset, Split } from "../data/dataset";
import type { Pixels } from "../data/idx";
import { padRows } from "../data/rows";
import type { Device } from "../runtime/device";
import { type Call, call, Program } from "../runtime/program";
import { wordListsKernel, wordListsLength } from "../shaders/blank/lists";
import { maskImages, maskLength } from "../shaders/blank/masks";
import { ceilDiv } from "../shaders/kernel";
import type { Sizes } from "../shaders/layout";
import { scoreKernel } from "../shaders/network/head";
import { rowsOfTile } from "../shaders/products/tiles";
import { REPORT_BYTES } from "../shaders/report";
import { evaluationSize, skipsBlank } from "./buffers";
import { type Between, forwardCalls, headShape, type Pass } from "./forward";
import type { Spec } from "./spec";
import type { Tuning } from "./tuning";

/** Label of padding rows. No class has it, so they never count as correct. */
const NO_LABEL = 0xffffffff;

interface Parts {
  device: Device;
  data: Dataset;
  spec: Spec;
  sizes: readonly Sizes[];
  control: GPUBuffer;
  parameters: GPUBuffer;
  reports: GPUBuffer;
  tune: Tuning;
  between: Between;
}

interface Slice {
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
}

/**
 * Labelled images: `pixels` [count, inputs], or those of the training file from `begin` on,
 * which are on the GPU.
 */
export interface Source {
  labels: Uint32Array;
  pixels?: Pixels;
  begin?: number;
}

/**
 * (image, label) of `rows` rows from `first` on, sorted by label: images that look alike leave more
 * words blank together.
 */
function entries(
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
async function rowsOf({ dtype, inputs, scaling }: Dataset): Promise<(pixels: Pixels) => Pixels> {
  if (dtype === "u8") return (pixels) => padRows(pixels as Uint8Array<ArrayBuffer>, inputs);
  const { featureRows } = await import("../data/features");
  return (features) => featureRows(features as Float32Array<ArrayBuffer>, inputs, scaling);
}

export const sliceRows = (count: number, most: number): number =>
  ceilDiv(count, ceilDiv(count, most));

export class Evaluator {
  private constructor(
    readonly parts: Parts,
    readonly most: number,
    private readonly validation: readonly Program[],
    private readonly buffers: GPUBuffer[],
    readonly activations: { z: GPUBuffer; y: GPUBuffer; outputs: GPUBuffer },
    /** Rows of `Source.pixels`, as they lie on the GPU. */
    private readonly toRows: (pixels: Pixels) => Pixels,
  ) {}

  static async create(parts: Parts): Promise<Evaluator> {
    const { device, data, sizes, spec } = parts;
    const { most, bytes, outputBytes } = evaluationSize(spec, sizes);
    const activations = {
      z: device.allocate("z in evaluation", bytes),
      y: device.allocate("y in evaluation", bytes),
      outputs: device.allocate("outputs in evaluation", outputBytes),
    };
    const buffers = Object.values(activations);
    const toRows = await rowsOf(data);
    const evaluator = new Evaluator(parts, most, [], buffers, activations, toRows);
    const { labels } = data.validation;
    const rows = sliceRows(labels.length, most);
    const programs: Promise<Program>[] = [];
    for (let first = 0; first < labels.length; first += rows) {
      const batches = device.upload("validation rows", entries(data.validation, first, rows));
      const slice = {
        rows,
        images: data.images,
        masks: data.masks,
        batches,
        lists: evaluator.allocateLists(rows),
      };
      buffers.push(batches, slice.lists);
      const program = Program.create(device, evaluator.calls(slice, parts.reports));
      program.catch(() => {}); // thrown again when all are awaited
      programs.push(program);
      (await Program.create(device, evaluator.listCalls(slice))).run(device);
    }
    return new Evaluator(parts, most, await Promise.all(programs), buffers, activations, toRows);
  }

  private lists({ rows, slice }: Pick<Slice, "rows" | "slice">) {
    const { data, tune } = this.parts;
    const shape = { rows, words: data.words, rowWords: data.rowWords, slots: 1, slice };
    return { shape, tile: rowsOfTile(rows, tune.tiles), splits: tune.tiles.splits };
  }

  private allocateLists(rows: number): GPUBuffer {
    const { shape, tile, splits } = this.lists({ rows });
    const length = wordListsLength(shape, tile, splits);
    return this.parts.device.allocate("lists in evaluation", 4 * length);
  }

  /** The lists that a slice's `calls` loop over; once, for rows that do not change. */
  private listCalls(slice: Slice): Call[] {
    const { masks, batches, lists } = slice;
    const { shape, tile, splits } = this.lists(slice);
    return skipsBlank(this.parts)
      ? [call(wordListsKernel(shape, tile, splits), { masks, batches, list: lists })]
      : [];
  }

  /** Forward and score; right answers are counted in `reports`. */
  private calls({ rows, images, batches, slice, lists }: Slice, reports: GPUBuffer): Call[] {
    const { data, spec, sizes, control, parameters, tune, between } = this.parts;
    const { z, y, outputs } = this.activations;
    const { dtype, rowWords } = data;
    const pass: Pass = {
      purpose: "evaluation",
      images: { slots: 1, slice, dtype, rowWords, listed: skipsBlank(this.parts) },
      ...{ rows, spec, sizes, tune, between },
    };
    const score = scoreKernel(headShape(pass));
    return [
      ...forwardCalls(pass, { images, batches, lists, control, parameters, z, y }),
      call(score, { control, batches, weights: parameters, z, y, outputs, reports }),
    ];
  }

  /** Adds the validation split's correct answers to the reports. */
  encodeValidation(pass: GPUComputePassEncoder): void {
    for (const program of this.validation) program.encode(pass);
  }

  /**
   * Evaluates a whole split; the reports [members] hold the counts. Atomic with
   * respect to other users of these buffers: everything is submitted without awaiting.
   */
  async run(split: Split): Promise<ArrayBuffer> {
    const { device, data, reports, spec } = this.parts;
    const bytes = REPORT_BYTES * spec.members.length;
    if (split === "validation") {
      device.submit((encoder) => encoder.clearBuffer(reports));
      for (const program of this.validation) program.run(device);
      return device.read(reports, bytes);
    }
    const scores = device.allocate("scores", bytes);
    try {
      const source =
        split === "test" ? data.test : { labels: data.training.labels, begin: data.training.first };
      await this.overSlices(source, scores, (program) => program.run(device));
      return await device.read(scores, bytes);
    } finally {
      scores.destroy();
    }
  }

  /**
   * Runs `work` with a Program that forwards and scores, for each slice of a source, once the slice
   * is in place.
   */
  async overSlices(
    source: Source,
    scores: GPUBuffer,
    work: (program: Program, first: number) => Promise<void> | void,
  ): Promise<void> {
    const { device, data } = this.parts;
    const { labels, pixels } = source;
    const { inputs, words, dtype } = data;
    const rows = sliceRows(labels.length, this.most);
    const batches = device.allocate("a slice of rows", rows * 8);
    const lists = this.allocateLists(rows);
    const own = pixels && {
      pixels,
      images: device.allocate("a slice of images", rows * words * (dtype === "u8" ? 4 : 16)),
      masks: device.allocate("a slice of masks", rows * maskLength(data) * 4),
      slice: rows,
    };
    try {
      const slice = { rows, images: data.images, masks: data.masks, batches, lists, ...own };
      const program = await Program.create(device, [
        ...this.listCalls(slice),
        ...this.calls(slice, scores),
      ]);
      for (let first = 0; first < labels.length; first += rows) {
        if (own) {
          const shown = this.toRows(own.pixels.subarray(first * inputs, (first + rows) * inputs));
          device.write(own.images, shown);
          if (shown instanceof Uint8Array) device.write(own.masks, maskImages(shown, data));
        }
        device.write(batches, entries(source, first, rows));
        await work(program, first);
      }
      await device.done();
    } finally {
      for (const buffer of [batches, lists, ...(own ? [own.images, own.masks] : [])])
        buffer.destroy();
    }
  }

  destroy(): void {
    for (const buffer of this.buffers) buffer.destroy();
  }
}
