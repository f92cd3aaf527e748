/**
 * Each kernel alone, over a sweep of shapes, as a share of the roofline measured on the same
 * adapter.
 */
import type { Dataset } from "../data/dataset";
import { neuronName } from "../format";
import { headTile, type Tuning, tuning } from "../model/tuning";
import type { Device } from "../runtime/device";
import { type Call, call } from "../runtime/program";
import {
  rowListsKernel,
  rowListsLength,
  wordListsKernel,
  wordListsLength,
} from "../shaders/blank/lists";
import { packControl } from "../shaders/control";
import { pad4 } from "../shaders/kernel";
import { parameterRows } from "../shaders/layout";
import { softmax } from "../shaders/losses/softmax";
import { headKernel } from "../shaders/network/head";
import { findNeuron, neurons } from "../shaders/neurons/catalogue";
import { sgd } from "../shaders/optimizers/sgd";
import { orderKernel } from "../shaders/order";
import { forwardKernel, type ProductShape } from "../shaders/products/forward";
import { rowsOfTile } from "../shaders/products/tiles";
import { updateGroup, updateKernel } from "../shaders/products/weight-update";
import { inputGradientKernel, philoxKernel } from "../shaders/standalone";
import { type Roofline, roofline, time } from "./measure";

export interface KernelResult {
  kernel: string;
  shape: string;
  ms: number;
  /** Arithmetic of the dense product; none for kernels that are not products. */
  gflops?: number;
  /** Bytes that must move at least once. */
  gbs: number;
  /** Per row of the batch. */
  nsPerSample: number;
  /**
   * Share of the roofline, of whichever of the two bounds is nearer. Above 1 where zeros are
   * skipped.
   */
  share: number;
}

export interface KernelReport {
  adapter: string;
  roofline: Roofline;
  kernels: KernelResult[];
}

const BATCH = 50;
const SLOTS = 20;

interface Job {
  kernel: string;
  shape: string;
  rows: number;
  flop?: number;
  bytes: number;
  call: Call;
}

class Bench {
  private readonly made: GPUBuffer[] = [];
  readonly control: GPUBuffer;
  constructor(
    readonly device: Device,
    readonly tune: Tuning,
  ) {
    this.control = this.buffer(
      "control",
      packControl(0, 1000, 1, [{ seed: 1, rate: 1e-9, slope: 1, tau: 1, anneal: 1, cap: 1 }]),
    );
  }

  buffer(name: string, from: number | ArrayBuffer): GPUBuffer {
    const buffer =
      typeof from === "number" ? this.device.allocate(name, from) : this.device.upload(name, from);
    this.made.push(buffer);
    return buffer;
  }

  /** Small random numbers, so that no product overflows or is denormal. */
  floats(name: string, length: number): GPUBuffer {
    return this.buffer(name, Float32Array.from({ length }, () => Math.random() - 0.5).buffer);
  }

  destroy(): void {
    for (const buffer of this.made.splice(0)) buffer.destroy();
  }

  private update(shape: ProductShape) {
    return updateKernel({ ...shape, layers: [shape], optimizer: sgd, stateLength: 0, last: false });
  }

  /** The three products of f32 matrices. */
  products(rows: number, inputs: number, outputs: number): Job[] {
    const { control } = this;
    const shape: ProductShape = {
      ...{ label: "", rows, inputs, outputs, members: 1 },
      source: "activations",
      tiles: this.tune.tiles,
    };
    const x = this.floats("x", rows * pad4(inputs));
    const weights = this.floats("weights", parameterRows(inputs) * pad4(outputs));
    const dz = this.floats("dz", rows * pad4(outputs));
    const dx = this.buffer("dx", 4 * rows * pad4(inputs));
    const common = {
      shape: `${rows} × ${inputs} × ${outputs}`,
      rows,
      flop: 2 * rows * inputs * outputs,
      bytes: 4 * (rows * inputs + inputs * outputs + rows * outputs),
    };
    const forward = call(forwardKernel(shape), { x, control, weights, z: dz });
    const gradient = call(inputGradientKernel(shape), { dz, weights, dx });
    const update = call(this.update(shape), { y: x, dz, control, weights });
    return [
      { kernel: "forward x·w", ...common, call: forward },
      { kernel: "input gradient dz·wᵀ", ...common, call: gradient },
      { kernel: "weight update xᵀ·dz", ...common, call: update },
    ];
  }

  /** The first layer on real images, all of them and what is not blank. */
  async pixels(data: Dataset, outputs: number): Promise<Job[]> {
    const { control, device, tune } = this;
    const { inputs, words, rowWords, labels, masks, images, training } = data;
    const list = { rows: BATCH, words, rowWords, slots: SLOTS };
    const shape = (listed: boolean): ProductShape => ({
      ...{ label: "", rows: BATCH, inputs, outputs, members: 1 },
      source: { dtype: "u8", slots: SLOTS, rowWords, listed },
      tiles: tune.tiles,
    });
    const tile = rowsOfTile(BATCH, tune.tiles);
    const parts = tune.tiles.splits;
    const group = updateGroup(shape(true), tune.tiles);
    const batches = this.buffer("batches", 8 * SLOTS * BATCH);
    const wordLists = this.buffer("word lists", 4 * wordListsLength(list, tile, parts));
    const rowLists = this.buffer("row lists", 4 * rowListsLength(list, group));
    const { first, count } = training;
    const order = orderKernel({ images: count, first, batch: BATCH, slots: SLOTS });
    const making: [string, number, Call][] = [
      ["order", batches.size, call(order, { labels, control, batches })],
      [
        "lists of words",
        wordLists.size,
        call(wordListsKernel(list, tile, parts), { masks, batches, list: wordLists }),
      ],
      [
        "lists of rows",
        rowLists.size,
        call(rowListsKernel(list, group), { masks, batches, list: rowLists }),
      ],
    ];
    const made = making.map(([kernel, bytes, work]): Job => {
      const rows = SLOTS * BATCH;
      return { kernel, shape: `${SLOTS} steps of ${BATCH}`, rows, bytes, call: work };
    });
    for (const { call: work } of made) await time(device, [work]);
    const weights = this.floats("weights", parameterRows(inputs) * pad4(outputs));
    const z = this.floats("z", BATCH * pad4(outputs));
    const given = { images, batches, control, weights };
    const jobs = [false, true].flatMap((listed): Job[] => {
      const common = {
        shape: `${BATCH} × ${inputs} × ${outputs} u8, ${listed ? "not blank" : "dense"}`,
        rows: BATCH,
        flop: 2 * BATCH * inputs * outputs,
        bytes: BATCH * inputs + 4 * outputs * (inputs + BATCH),
      };
      const forward = call(forwardKernel(shape(listed)), { ...given, lists: wordLists, z });
      const update = call(this.update(shape(listed)), { ...given, lists: rowLists, dz: z });
      return [
        { kernel: "forward x·w", ...common, call: forward },
        { kernel: "weight update xᵀ·dz", ...common, call: update },
      ];
    });
    return outputs === 100 ? [...made, ...jobs] : jobs;
  }

  /** The head over one layer of 100 neurons of each kind. */
  heads(data: Dataset): Job[] {
    const batches = this.buffer("batches", 8 * BATCH);
    return neurons.map((neuron) => {
      const size = neuron.size?.initial ?? 1;
      const width = 100 * neuron.group(size);
      const estimator = findNeuron(neuron.name)?.estimators[0]?.name ?? "";
      const layer = {
        neuron,
        units: 100,
        options: { size, estimator, stochastic: true, normalise: false },
      };
      const { classes } = data;
      const floats = BATCH * pad4(width);
      const kernel = headKernel({
        layer,
        index: 0,
        rows: BATCH,
        outputs: classes,
        loss: softmax,
        members: 1,
        slots: 1,
        reportEvery: 1,
        tile: headTile(this.tune, BATCH, classes),
        workgroup: this.tune.headWorkgroup,
        places: { weights: 0, inputs: 0, outputs: floats },
      });
      const work = call(kernel, {
        control: this.control,
        batches,
        weights: this.floats("weights", parameterRows(width) * pad4(classes)),
        z: this.floats("z", floats),
        y: this.buffer("y", 4 * floats),
        dz: this.buffer("dz", 4 * (floats + BATCH * pad4(classes))),
        metrics: this.buffer("metrics", 8 * BATCH),
      });
      const name = neuronName(neuron.name, size);
      return {
        kernel: "head",
        shape: `${BATCH} × 100 ${name}`,
        rows: BATCH,
        flop: 4 * BATCH * width * classes,
        bytes: 4 * (4 * floats + width * classes),
        call: work,
      };
    });
  }

  philox(): Job {
    const count = 1 << 16;
    const work = call(philoxKernel(count), {
      counters: this.buffer("counters", 16 * count),
      keys: this.buffer("keys", 8 * count),
      words: this.buffer("words", 16 * count),
    });
    return {
      kernel: "philox",
      shape: `${count} blocks`,
      rows: count,
      bytes: 40 * count,
      call: work,
    };
  }
}

/** Milliseconds of the product of two n × n matrices, as the forward pass makes it. */
export async function benchMatmul(device: Device, n: number): Promise<number> {
  const bench = new Bench(device, tuning(device));
  const [forward] = bench.products(n, n, n) as [Job, Job, Job];
  const ms = await time(device, [forward.call]);
  bench.destroy();
  return ms;
}

/** Times every kernel; calls `onResult` with each as it is done. */
export async function benchKernels(
  device: Device,
  data: Dataset,
  onResult: (result: KernelResult) => void = () => {},
): Promise<KernelReport> {
  const report: KernelReport = {
    adapter: device.description,
    roofline: await roofline(device),
    kernels: [],
  };
  const bench = new Bench(device, tuning(device));
  const groups: (() => Job[] | Promise<Job[]>)[] = [
    ...[256, 512, 1024].map((n) => () => bench.products(n, n, n)),
    () => bench.products(BATCH, 500, 500),
    ...[100, 500].map((columns) => () => bench.pixels(data, columns)),
    () => bench.heads(data),
    () => [bench.philox()],
  ];
  for (const group of groups) {
    for (const { kernel, shape, rows, flop, bytes, call: work } of await group()) {
      const ms = await time(device, [work]);
      const gflops = flop === undefined ? undefined : flop / ms / 1e6;
      const gbs = bytes / ms / 1e6;
      const share = Math.max((gflops ?? 0) / report.roofline.gflops, gbs / report.roofline.gbs);
      const result = {
        kernel,
        shape,
        ms,
        ...(gflops === undefined ? {} : { gflops }),
        gbs,
        nsPerSample: (1e6 * ms) / rows,
        share,
      };
      report.kernels.push(result);
      onResult(result);
    }
  }
  bench.destroy();
  return report;
}
