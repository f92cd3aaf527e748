/**
 * Every kernel of a run as text, without a GPU: for `stairstep kernels`, and snapshots in tests.
 */
import { source } from "../runtime/compile";
import type { Device } from "../runtime/device";
import type { Call } from "../runtime/program";
import { flatten } from "../shaders/flatten";
import { initialiseKernel } from "../shaders/initialise";
import type { Kernel } from "../shaders/kernel";
import { parameterCount } from "../shaders/layout";
import * as between from "../shaders/network/hidden";
import { scoreKernel } from "../shaders/network/score";
import type { Dtype } from "../shaders/products/source";
import { finiteKernel, reportKernel } from "../shaders/report";
import { allocateBuffers, layerSizes, ringSlots, skipsBlank } from "./buffers";
import { type Extra, headShape, upperShapes } from "./forward";
import { neuronLayer, resolve, type Spec, type TrainOptions } from "./spec";
import type { Task } from "./state";
import { orderCalls, stepCalls } from "./step";
import { type Tuning, tuning } from "./tuning";
import * as values from "./values";
import type { View } from "./view";

/** Images and labels as far as kernels depend on them. */
interface DataShape {
  dtype: Dtype;
  inputs: number;
  outputs: number;
  /** Words of an image, and of a row of its pixels. */
  words: number;
  rowWords: number;
  /** Whether no word counts as blank. */
  unmasked?: boolean;
  training: { first: number; count: number };
}

/** A buffer that is never written: kernels ask for its length alone. */
const handle = (size: number): GPUBuffer => ({ size }) as GPUBuffer;
const nowhere = { fits: () => {}, allocate: (_, bytes) => handle(bytes) } as Pick<
  Device,
  "fits" | "allocate"
>;

/** MNIST and Fashion-MNIST, as each task sees them. */
const IMAGES: Omit<DataShape, "outputs"> = {
  ...{ dtype: "u8", inputs: 784, words: 196, rowWords: 7 },
  training: { first: 5000, count: 55_000 },
};
const SHAPES: Record<Task, DataShape> = {
  classify: { ...IMAGES, outputs: 10 },
  reconstruct: { ...IMAGES, outputs: 784 },
  complete: { ...IMAGES, inputs: 392, outputs: 392, words: 98, rowWords: 1, unmasked: true },
};

/** A kernel as text: as written, and as it is compiled. */
export interface KernelText {
  name: string;
  workgroups: readonly [number, number, number];
  wgsl: string;
  flat: string;
}

/** Without the blank lines that conditions leave behind. */
const tidy = (text: string): string =>
  text
    .replace(/[ \t]+$/gm, "")
    .replace(/\{\n+/g, "{\n")
    .replace(/\n+(\n *\})/g, "$1")
    .replace(/\n{3,}/g, "\n\n")
    .trim();

/**
 * The kernels of a network on 28 × 28 images, in the order in which they run: at the start, in
 * every step, and with a report; with the built-in tuning of adapters that have subgroups of four.
 */
export function networkKernels(options: TrainOptions, kernels: "gpu" | "software"): KernelText[] {
  const adapter = { name: "", software: kernels === "software", subgroup: 4 };
  const spec = resolve(options);
  return kernelsOf(SHAPES[spec.task], spec, tuning({ adapter, kernels })).map((kernel) => ({
    name: kernel.name,
    workgroups: kernel.workgroups,
    wgsl: tidy(source(kernel)),
    flat: tidy(flatten(source(kernel))),
  }));
}

function kernelsOf(shape: DataShape, spec: Spec, tune: Tuning): Kernel[] {
  const buffer = handle(0);
  const data = { ...shape, images: buffer, labels: buffer, masks: buffer } as unknown as View;
  const members = spec.members.length;
  const hidden = spec.hidden.map((layer) => neuronLayer(layer, "training"));
  const sizes = layerSizes(hidden, data.inputs, data.outputs);
  const extent = { data, spec, sizes, tune };
  const slots = ringSlots(extent);
  const buffers = allocateBuffers(nowhere as Device, extent, slots);
  const labelled = spec.task === "classify";
  if (!labelled) values.checkTask(spec, data.dtype);
  const extra: Extra = { between, ...(labelled ? {} : { values }) };
  const parts = { ...extent, slots, buffers, extra };
  const { dtype, rowWords } = data;
  const images = { slots: 1, dtype, rowWords, listed: skipsBlank({ data, tune }) };
  const size = { rows: 1000, spec, sizes, images, tune, extra };
  const evaluation = { purpose: "evaluation" as const, ...size };
  return [
    initialiseKernel({ layers: sizes, members }),
    ...[...orderCalls(parts), ...stepCalls(parts)].map(({ kernel }: Call) => kernel),
    ...(labelled
      ? [scoreKernel(headShape(evaluation))]
      : values.scoreKernels(upperShapes(evaluation), data, spec, undefined)),
    reportKernel({ rows: spec.batch, reportEvery: spec.reportEvery, members, values: !labelled }),
    finiteKernel({ quads: sizes.map((size) => parameterCount(size) / 4), members }),
  ];
}
