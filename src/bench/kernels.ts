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
  activeTilesKernel,
  activeTilesLength,
  activeWordsKernel,
  activeWordsLength,
} from "../shaders/active";
import { affineKernel, affineTile } from "../shaders/affine";
import { philoxKernel, transferKernel } from "../shaders/alone";
import { packControl } from "../shaders/control";
import { headKernel } from "../shaders/head";
import { parameterRows } from "../shaders/initialise";
import { pad4 } from "../shaders/kernel";
import type { MatmulShape } from "../shaders/matmul";
import { findNeuron, neurons } from "../shaders/neurons/catalogue";
import { orderKernel } from "../shaders/order";
import { updateGroup, updateKernel } from "../shaders/update";
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

  /** The three products of f32 matrices. */
  products(rows: number, inner: number, columns: number): Job[] {
    const shape: MatmulShape = {
      label: "",
      rows,
      inner,
      columns,
      members: 1,
      input: "activations",
      tiles: this.tune.tiles,
    };
    const a = this.floats("a", rows * pad4(inner));
    const b = this.floats("b", parameterRows(inner) * pad4(columns));
    const g = this.floats("g", rows * pad4(columns));
    const below = this.buffer("c", 4 * rows * pad4(inner));
    const { control } = this;
    const common = {
      shape: `${rows} × ${inner} × ${columns}`,
      rows,
      flop: 2 * rows * inner * columns,
      bytes: 4 * (rows * inner + inner * columns + rows * columns),
    };
    return [
      { kernel: "affine A·B", ...common, call: call(affineKernel(shape), { a, control, b, c: g }) },
      { kernel: "transfer G·Bᵀ", ...common, call: call(transferKernel(shape), { g, b, c: below }) },
      {
        kernel: "update Aᵀ·G",
        ...common,
        call: call(updateKernel({ ...shape, layers: [shape], advance: false }), {
          y: a,
          g,
          control,
          b,
        }),
      },
    ];
  }

  /** The first layer on real images, all of them and what is active. */
  async pixels(data: Dataset, columns: number): Promise<Job[]> {
    const { control, device, tune } = this;
    const list = { rows: BATCH, words: data.words, rowWords: data.rowWords, slots: SLOTS };
    const base: Omit<MatmulShape, "input"> = {
      label: "",
      rows: BATCH,
      inner: data.inputs,
      columns,
      members: 1,
      tiles: tune.tiles,
    };
    const shape = (active: boolean): MatmulShape => ({ ...base, input: { ...list, active } });
    const [tile, group] = [affineTile(shape(true)), updateGroup(shape(true))];
    const batches = this.buffer("batches", 8 * SLOTS * BATCH);
    const tiles = this.buffer("tiles", 4 * activeTilesLength(list, tile));
    const words = this.buffer("words", 4 * activeWordsLength(list, group));
    const order: Job[] = [
      [
        "order",
        8 * SLOTS * BATCH,
        call(
          orderKernel({
            images: data.training.count,
            first: data.training.first,
            batch: BATCH,
            slots: SLOTS,
          }),
          {
            labels: data.labels,
            control,
            batches,
          },
        ),
      ] as const,
      [
        "active words of tiles",
        4 * activeTilesLength(list, tile),
        call(activeTilesKernel(list, tile), { masks: data.masks, batches, list: tiles }),
      ] as const,
      [
        "active rows of words",
        4 * activeWordsLength(list, group),
        call(activeWordsKernel(list, group), { masks: data.masks, batches, list: words }),
      ] as const,
    ].map(([kernel, bytes, work]) => ({
      kernel,
      shape: `${SLOTS} steps of ${BATCH}`,
      rows: SLOTS * BATCH,
      bytes,
      call: work,
    }));
    for (const { call: work } of order) await time(device, [work]);
    const b = this.floats("b", parameterRows(data.inputs) * pad4(columns));
    const c = this.floats("c", BATCH * pad4(columns));
    const common = {
      rows: BATCH,
      flop: 2 * BATCH * data.inputs * columns,
      bytes: BATCH * data.inputs + 4 * columns * (data.inputs + BATCH),
    };
    const jobs = [false, true].flatMap((active) => {
      const name = `${BATCH} × ${data.inputs} × ${columns} u8, ${active ? "active words" : "dense"}`;
      const source = { a: data.images, batches, control, b };
      return [
        {
          kernel: "affine A·B",
          shape: name,
          ...common,
          call: call(affineKernel(shape(active)), { ...source, lists: tiles, c }),
        },
        {
          kernel: "update Aᵀ·G",
          shape: name,
          ...common,
          call: call(updateKernel({ ...shape(active), layers: [shape(active)], advance: false }), {
            ...source,
            lists: words,
            g: c,
          }),
        },
      ];
    });
    return columns === 100 ? [...order, ...jobs] : jobs;
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
        classes,
        members: 1,
        slots: 1,
        reportEvery: 1,
        tile: headTile(this.tune, BATCH, classes),
        workgroup: this.tune.headWorkgroup,
        places: { parameters: 0, inputs: 0, outputs: floats / 4 },
      });
      const work = call(kernel, {
        control: this.control,
        batches,
        w: this.floats("w", parameterRows(width) * pad4(classes)),
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
  const [affine] = bench.products(n, n, n) as [Job, Job, Job];
  const ms = await time(device, [affine.call]);
  bench.destroy();
  return ms;
}

/** Times every kernel; `onResult` hears of each as it is done. */
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
