/** Counts correct answers on a split, in slices of rows that fit a modest buffer. */
import type { Dataset, Split } from "../data/dataset";
import type { Device } from "../runtime/device";
import { type Call, call, Program } from "../runtime/program";
import { activeTilesKernel, activeTilesLength, maskImages, maskLength } from "../shaders/active";
import { affineKernel, affineTile } from "../shaders/affine";
import { forwardKernel } from "../shaders/between";
import { scoreKernel } from "../shaders/head";
import { ceilDiv, pad4 } from "../shaders/kernel";
import type { MatmulShape, Places } from "../shaders/matmul";
import { REPORT_BYTES } from "../shaders/report";
import { neuronLayer, type Spec } from "./spec";
import { evaluationSize, headShape, layerPlaces, type Sizes } from "./step";
import type { Tuning } from "./tuning";

/** A label that no logit has: rows that only fill up a slice. */
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
 * Labelled images: `pixels` [count, 4 · words], or those of the training file from `begin` on,
 * which are on the GPU.
 */
interface Source {
  labels: Uint32Array;
  pixels?: Uint8Array<ArrayBuffer>;
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

const sliceRows = (count: number, most: number): number => ceilDiv(count, ceilDiv(count, most));

export class Evaluator {
  private constructor(
    private readonly parts: Parts,
    private readonly most: number,
    private readonly validation: readonly Program[],
    private readonly buffers: GPUBuffer[],
    private readonly activations: { z: GPUBuffer; y: GPUBuffer },
  ) {}

  static async create(parts: Parts): Promise<Evaluator> {
    const { device, data, sizes, spec } = parts;
    const { most, bytes } = evaluationSize(spec, sizes);
    const allocate = (name: string) => device.allocate(`${name} in evaluation`, bytes);
    const activations = { z: allocate("z"), y: allocate("y") };
    const buffers = [activations.z, activations.y];
    const evaluator = new Evaluator(parts, most, [], buffers, activations);
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
    return new Evaluator(parts, most, await Promise.all(programs), buffers, evaluator.activations);
  }

  private active({ rows, slice }: Pick<Slice, "rows" | "slice">) {
    const { data, tune } = this.parts;
    return {
      shape: { rows, words: data.words, rowWords: data.rowWords, slots: 1, slice },
      tile: affineTile({ rows, tiles: tune.tiles }),
    };
  }

  private allocateLists(rows: number): GPUBuffer {
    const { shape, tile } = this.active({ rows });
    return this.parts.device.allocate(
      "active words in evaluation",
      4 * activeTilesLength(shape, tile),
    );
  }

  /** The lists that a slice's `calls` loop over; once, for rows that do not change. */
  private listCalls(slice: Slice): Call[] {
    const { masks, batches, lists } = slice;
    const { shape, tile } = this.active(slice);
    return this.parts.tune.active
      ? [call(activeTilesKernel(shape, tile), { masks, batches, list: lists })]
      : [];
  }

  /** Forward and score; right answers are counted in `reports`. */
  private calls({ rows, images, batches, slice, lists }: Slice, reports: GPUBuffer): Call[] {
    const { data, spec, sizes, control, parameters, tune } = this.parts;
    const { z, y } = this.activations;
    const members = spec.members.length;
    const layers = spec.hidden.map((layer) => neuronLayer(layer, "evaluation"));
    const places = layerPlaces(sizes, members, rows);
    const shape = (i: number): MatmulShape => {
      const { inputs, outputs } = sizes[i] as Sizes;
      const input =
        i === 0
          ? { slots: 1, slice, rowWords: data.rowWords, active: tune.active }
          : ("activations" as const);
      return {
        label: `layer ${i + 1} in evaluation`,
        rows,
        inner: inputs,
        columns: outputs,
        members,
        input,
        tiles: tune.tiles,
        places: places[i] as Places,
      };
    };
    const affine = call(affineKernel(shape(0)), {
      a: images,
      batches,
      lists,
      control,
      b: parameters,
      c: z,
    });
    const forward = layers.slice(0, -1).map((layer, index) => {
      const kernel = forwardKernel(
        { ...shape(index + 1), layer, index, workgroup: tune.headWorkgroup },
        "evaluation",
      );
      return call(kernel, { control, b: parameters, z, y, batches });
    });
    const score = scoreKernel(
      headShape(
        layers,
        { rows, classes: data.classes, members, places: places.at(-1) as Places },
        tune,
      ),
    );
    return [affine, ...forward, call(score, { control, batches, w: parameters, z, y, reports })];
  }

  /** Adds the validation split's correct answers to the reports. */
  encodeValidation(pass: GPUComputePassEncoder): void {
    for (const program of this.validation) program.encode(pass);
  }

  /**
   * Evaluates a whole split; the reports [members] hold the counts. Whatever else uses this
   * network's buffers comes before or after: all is submitted without a pause in between.
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
  private async overSlices(
    source: Source,
    scores: GPUBuffer,
    work: (program: Program, first: number) => Promise<void> | void,
  ): Promise<void> {
    const { device, data } = this.parts;
    const { labels, pixels } = source;
    const rows = sliceRows(labels.length, this.most);
    const batches = device.allocate("a slice of rows", rows * 8);
    const lists = this.allocateLists(rows);
    const own = pixels && {
      pixels,
      images: device.allocate("a slice of images", rows * data.words * 4),
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
          const shown = own.pixels.subarray(
            first * data.words * 4,
            (first + rows) * data.words * 4,
          );
          device.write(own.images, shown);
          device.write(own.masks, maskImages(shown, data));
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

  /**
   * What each hidden layer puts out for u8 images [count, 4 · words], as in evaluation, for one
   * member: [count, width] a layer, and the logits [count, classes] last.
   */
  async outputs(
    pixels: Uint8Array<ArrayBuffer>,
    member: number,
  ): Promise<Float32Array<ArrayBuffer>[]> {
    const { device, data, spec, sizes, control, parameters, tune } = this.parts;
    const count = pixels.length / (4 * data.words);
    const members = spec.members.length;
    const found = sizes.map(({ outputs }) => new Float32Array(count * outputs));
    const { y } = this.activations;
    const { inputs, outputs: classes } = sizes.at(-1) as Sizes;
    const scores = device.allocate("scores", REPORT_BYTES * members);
    const rows = sliceRows(count, this.most);
    const places = layerPlaces(sizes, members, rows);
    const shape = {
      label: "logits",
      rows,
      inner: inputs,
      columns: classes,
      members,
      input: "activations",
      tiles: tune.tiles,
    } as const;
    const head = affineKernel({ ...shape, places: { ...(places.at(-1) as Places), outputs: 0 } });
    const c = device.allocate("logits", members * rows * pad4(classes) * 4);
    const logitsProgram = await Program.create(device, [
      call(head, { a: y, control, b: parameters, c }),
    ]);
    // All of one label, so that rows keep their order.
    await this.overSlices(
      { labels: new Uint32Array(count), pixels },
      scores,
      async (program, first) => {
        program.run(device);
        logitsProgram.run(device);
        const [hidden, logits] = (await Promise.all([device.read(y), device.read(c)])).map(
          (bytes) => new Float32Array(bytes),
        ) as [Float32Array, Float32Array];
        sizes.forEach(({ outputs }, i) => {
          const last = i === sizes.length - 1;
          const from =
            (last ? 0 : 4 * (places[i] as Places).outputs) + member * rows * pad4(outputs);
          for (let row = 0; row < Math.min(rows, count - first); row++) {
            const at = from + row * pad4(outputs);
            (found[i] as Float32Array).set(
              (last ? logits : hidden).subarray(at, at + outputs),
              (first + row) * outputs,
            );
          }
        });
      },
    );
    for (const buffer of [scores, c]) buffer.destroy();
    return found;
  }

  destroy(): void {
    for (const buffer of this.buffers) buffer.destroy();
  }
}
