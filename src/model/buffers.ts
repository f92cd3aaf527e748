/** A population's buffers on the GPU, and how long they are. */

import type { Device } from "../runtime/device";
import { type ListShape, rowListsLength, wordListsLength } from "../shaders/blank/lists";
import { controlBytes, packControl } from "../shaders/control";
import { pad4 } from "../shaders/kernel";
import { parameterCount, type Sizes } from "../shaders/layout";
import { layerWidth, type NeuronLayer } from "../shaders/neurons/layer";
import { findOptimizer } from "../shaders/optimizers/catalogue";
import { rowsOfTile } from "../shaders/products/tiles";
import { updateGroup } from "../shaders/products/weight-update";
import { REPORT_BYTES } from "../shaders/report-type";
import type { Spec } from "./spec";
import type { Tuning } from "./tuning";
import type { View } from "./view";

/** Inputs and outputs of every layer, the head last. */
export function layerSizes(
  hidden: readonly NeuronLayer[],
  inputs: number,
  outputs: number,
): Sizes[] {
  const widths = [inputs, ...hidden.map(layerWidth), outputs];
  return widths.slice(1).map((outputs, i) => ({ inputs: widths[i] as number, outputs }));
}

/** What the control buffer holds once `step` steps are done. */
export const controlOf = ({ members, stepsPerEpoch, dataSeed }: Spec, step: number): ArrayBuffer =>
  packControl(
    step,
    stepsPerEpoch,
    dataSeed,
    members.map(({ learningRate: rate, slopeCap: cap, ...m }) => ({ ...m, rate, cap })),
  );

/** How many times z holds its numbers: with room for KL (shaders/neurons/divergence.ts). */
export const zParts = ({ task }: Pick<Spec, "task">): number => (task === "classify" ? 1 : 3);

export interface Buffers {
  control: GPUBuffer;
  /** A ring of the coming steps: (image, label) [slots, batch]. */
  batches: GPUBuffer;
  /** What is not blank in them (blank/lists.ts). */
  wordLists: GPUBuffer;
  rowLists: GPUBuffer;
  /** (loss, correct) of the rows since the last report [members, reportEvery, batch]. */
  metrics: GPUBuffer;
  reports: GPUBuffer;
  /** Of all layers, the head last: [members, pad4(inputs) + 1, pad4(outputs)] each. */
  parameters: GPUBuffer;
  /** What the optimizer keeps: [its state, parameters]; 16 bytes where it keeps nothing. */
  state: GPUBuffer;
  /**
   * Of all hidden layers, [members, batch, pad4(width)] each: pre-activations, then what `back`
   * needs; outputs.
   */
  z: GPUBuffer;
  y: GPUBuffer;
  /** Gradients by z, those by the network's outputs last. */
  dz: GPUBuffer;
}

/** What a network's buffers depend on. */
export interface Extent {
  data: Omit<View, "outputs">;
  spec: Spec;
  sizes: readonly Sizes[];
  tune: Tuning;
}

/** Activations of an evaluation stay near this many bytes. */
const SLICE_BYTES = 32e6;
/** Rows of an evaluation's slice: test images visit the GPU in slices. */
const SLICE_ROWS = 1024;

/** The most rows of a slice, and the bytes of their z, of their y, and of their outputs. */
export function evaluationSize(spec: Spec, sizes: readonly Sizes[]) {
  const { members } = spec;
  const bytes = (of: readonly Sizes[]) =>
    members.length * of.reduce((sum, { outputs }) => sum + 4 * pad4(outputs), 0);
  const [hidden, outputs] = [bytes(sizes.slice(0, -1)), bytes(sizes.slice(-1))];
  const fitting = Math.floor(SLICE_BYTES / (2 * hidden + outputs));
  const most = Math.max(16, Math.min(SLICE_ROWS, fitting));
  return {
    most,
    zBytes: zParts(spec) * most * hidden,
    bytes: most * hidden,
    outputBytes: most * outputs,
  };
}

/** Whether the first layer loops over lists of what is not blank: features seldom are. */
export const skipsBlank = ({ data, tune }: Pick<Extent, "data" | "tune">): boolean =>
  tune.skipBlank && data.dtype === "u8" && !data.unmasked;

/** Lists stay below this many bytes. */
const LIST_BYTES = 64e6;

/** What lists are made for: the ring, tiles of rows and parts of their sums, groups of words. */
export function listShape({ data, spec, sizes, tune }: Extent, slots: number) {
  const { words, rowWords } = data;
  const shape: ListShape = { rows: spec.batch, words, rowWords, slots };
  const source = { dtype: data.dtype, slots, rowWords, listed: true };
  const { inputs } = sizes[0] as Sizes;
  const tile = rowsOfTile(spec.batch, tune.tiles);
  const group = updateGroup({ inputs, source }, tune.tiles);
  return { shape, tile, splits: tune.tiles.splits, group };
}

/** Length of the ring: at most one report interval, 100 steps, and 64 MB of lists. */
export function ringSlots(extent: Extent): number {
  const { shape, tile, splits, group } = listShape(extent, 1);
  const bytes = 4 * (wordListsLength(shape, tile, splits) + rowListsLength(shape, group));
  return Math.max(1, Math.min(extent.spec.reportEvery, 100, Math.floor(LIST_BYTES / bytes)));
}

/** "784 – 100 – 10, 8 members". */
const architecture = (sizes: readonly Sizes[], members: number): string =>
  [sizes[0]?.inputs, ...sizes.map(({ outputs }) => outputs)].join(" – ") +
  (members > 1 ? `, ${members} members` : "");

/** Throws, before the first is made, when one is over the adapter's limit. */
export function allocateBuffers(device: Device, extent: Extent, slots: number): Buffers {
  const { spec, sizes } = extent;
  const { batch, reportEvery } = spec;
  const members = spec.members.length;
  const { shape, tile, splits, group } = listShape(extent, slots);
  const lists = skipsBlank(extent) ? 4 : 0;
  const network = architecture(sizes, members);
  const sum = (count: (size: Sizes) => number, of: readonly Sizes[]) =>
    4 * members * of.reduce((total, size) => total + count(size), 0);
  const activation = ({ outputs }: Sizes) => batch * pad4(outputs);
  const hidden = sizes.slice(0, -1);
  const parameters = sum(parameterCount, sizes);
  const plan = {
    control: ["the control buffer", controlBytes(members)],
    batches: ["the coming batches", 8 * slots * batch],
    wordLists: ["the lists of words", lists * wordListsLength(shape, tile, splits)],
    rowLists: ["the lists of rows", lists * rowListsLength(shape, group)],
    metrics: ["the metrics between reports", 8 * members * reportEvery * batch],
    reports: ["the reports", REPORT_BYTES * members],
    parameters: [`the buffer of the weights of ${network}`, parameters],
    state: [
      `the state of ${spec.optimizer} for ${network}`,
      (findOptimizer(spec.optimizer)?.state ?? 0) * parameters,
    ],
    z: [`the pre-activations of ${network}`, zParts(spec) * sum(activation, hidden)],
    y: [`the outputs of ${network}`, sum(activation, hidden)],
    dz: [`the gradients of ${network}`, sum(activation, sizes)],
  } as const;
  for (const [name, bytes] of Object.values(plan)) device.fits(name, bytes);
  const { zBytes, outputBytes } = evaluationSize(spec, sizes);
  device.fits(`the buffer of an evaluation of ${network}`, Math.max(zBytes, outputBytes));
  return Object.fromEntries(
    Object.entries(plan).map(([key, [name, bytes]]) => [key, device.allocate(name, bytes)]),
  ) as unknown as Buffers;
}

export const destroyBuffers = (buffers: Buffers): void => {
  for (const buffer of Object.values(buffers)) buffer.destroy();
};
