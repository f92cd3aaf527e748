/**
 * One training step of a population: its buffers and its kernels.
 *
 *   affine · forward… · head · backward… · update        3 dispatches (4 where the first layer's update is apart), and 2 a further layer
 */
import type { Dataset } from "../data/dataset";
import type { Device } from "../runtime/device";
import { type Call, call } from "../runtime/program";
import {
  activeTilesKernel,
  activeTilesLength,
  activeWordsKernel,
  activeWordsLength,
} from "../shaders/active";
import { affineKernel, affineTile } from "../shaders/affine";
import { backwardKernel, forwardKernel } from "../shaders/between";
import { controlBytes } from "../shaders/control";
import { type HeadShape, headKernel } from "../shaders/head";
import { parameterRows } from "../shaders/initialise";
import { pad4, startsOf } from "../shaders/kernel";
import { layerWidth, type NeuronLayer } from "../shaders/layer";
import type { MatmulShape, Pixels, Places } from "../shaders/matmul";
import { orderKernel } from "../shaders/order";
import { REPORT_BYTES } from "../shaders/report";
import { updateGroup, updateKernel } from "../shaders/update";
import type { Spec } from "./spec";
import { headTile, type Tuning } from "./tuning";

export interface Sizes {
  inputs: number;
  outputs: number;
}

/** Inputs and outputs of every layer, the head last. */
export function layerSizes(
  hidden: readonly NeuronLayer[],
  inputs: number,
  classes: number,
): Sizes[] {
  const widths = [inputs, ...hidden.map(layerWidth), classes];
  return widths.slice(1).map((outputs, i) => ({ inputs: widths[i] as number, outputs }));
}

/** Bytes of one member's parameters of a layer, padded. */
export const parameterBytes = ({ inputs, outputs }: Sizes): number =>
  4 * parameterRows(inputs) * pad4(outputs);

/**
 * Where each layer lies in the buffers that all layers share: parameters, and z, y, dz for batches
 * of `rows`.
 */
export function layerPlaces(sizes: readonly Sizes[], members: number, rows: number): Places[] {
  const parameters = startsOf(sizes.map((size) => (members * parameterBytes(size)) / 16));
  const outputs = startsOf(sizes.map((size) => (members * rows * pad4(size.outputs)) / 4));
  return sizes.map((_, i) => ({
    parameters: parameters[i] as number,
    inputs: outputs[i - 1] ?? 0,
    outputs: outputs[i] as number,
  }));
}

export interface Buffers {
  control: GPUBuffer;
  /**
   * (image, label) of the coming steps [slots, batch], a ring; and the lists of active.ts for them.
   */
  batches: GPUBuffer;
  activeTiles: GPUBuffer;
  activeWords: GPUBuffer;
  /** (loss, correct) of the rows since the last report [members, reportEvery, batch]. */
  metrics: GPUBuffer;
  reports: GPUBuffer;
  /** Of all layers, the head last: [members, pad4(inputs) + 1, pad4(outputs)] each. */
  parameters: GPUBuffer;
  /**
   * Of all hidden layers, [members, batch, pad4(width)] each: pre-activations, then what `back`
   * needs; outputs.
   */
  z: GPUBuffer;
  y: GPUBuffer;
  /** Gradients by z, those by the logits last. */
  dz: GPUBuffer;
}

/** Activations of an evaluation stay near this many bytes. */
const SLICE_BYTES = 32e6;
/**
 * Rows that are evaluated at a time. Test images visit the GPU for that, beside the resident
 * training file.
 */
const SLICE_ROWS = 1024;

/** Rows that an evaluation takes at a time at the most, and the bytes of their z, or of their y. */
export function evaluationSize(
  { members }: Spec,
  sizes: readonly Sizes[],
): { most: number; bytes: number } {
  const rowBytes =
    members.length * sizes.slice(0, -1).reduce((sum, { outputs }) => sum + 4 * pad4(outputs), 0);
  const most = Math.max(16, Math.min(SLICE_ROWS, Math.floor(SLICE_BYTES / (2 * rowBytes))));
  return { most, bytes: most * rowBytes };
}

/** Throws, before the first is made, when one is over the adapter's limit. */
export function allocateBuffers(
  device: Device,
  { spec, data, sizes, tune, slots }: Omit<StepParts, "buffers" | "hidden">,
): Buffers {
  const { batch, reportEvery } = spec;
  const members = spec.members.length;
  const input = inputShape({ data, spec, sizes, tune, slots });
  const sum = (bytes: (size: Sizes) => number, of: readonly Sizes[]) =>
    of.reduce((total, size) => total + members * bytes(size), 0);
  const activation = ({ outputs }: Sizes) => 4 * batch * pad4(outputs);
  const hidden = sizes.slice(0, -1);
  const shape = `${[...hidden.map(({ inputs }) => inputs), ...sizes.slice(-1).flatMap(({ inputs, outputs }) => [inputs, outputs])].join(" – ")}${members > 1 ? `, ${members} members` : ""}`;
  const plan = {
    control: ["the control buffer", controlBytes(members)],
    batches: ["the coming batches", 8 * slots * batch],
    activeTiles: ["the active words of tiles", 4 * activeTilesLength(input.active, input.tile)],
    activeWords: ["the active rows of words", 4 * activeWordsLength(input.active, input.group)],
    metrics: ["the metrics between reports", 8 * members * reportEvery * batch],
    reports: ["the reports", REPORT_BYTES * members],
    parameters: [`the buffer of the weights of ${shape}`, sum(parameterBytes, sizes)],
    z: [`the pre-activations of ${shape}`, sum(activation, hidden)],
    y: [`the outputs of ${shape}`, sum(activation, hidden)],
    dz: [`the gradients of ${shape}`, sum(activation, sizes)],
  } as const;
  for (const [name, bytes] of Object.values(plan)) device.fits(name, bytes);
  device.fits(`the buffer of an evaluation of ${shape}`, evaluationSize(spec, sizes).bytes);
  return Object.fromEntries(
    Object.entries(plan).map(([key, [name, bytes]]) => [key, device.allocate(name, bytes)]),
  ) as unknown as Buffers;
}

interface StepParts {
  data: Dataset;
  spec: Spec;
  hidden: readonly NeuronLayer[];
  sizes: readonly Sizes[];
  buffers: Buffers;
  tune: Tuning;
  /** Steps whose batches and lists are made at once. */
  slots: number;
}

/** Lists stay below this many bytes. */
const LIST_BYTES = 64e6;

/** Most slots of the ring: no more than lie between reports. */
export function ringSlots(parts: Omit<StepParts, "buffers" | "hidden" | "slots">): number {
  const { active, group, tile } = inputShape({ ...parts, slots: 1 });
  const bytes = 4 * (activeTilesLength(active, tile) + activeWordsLength(active, group));
  return Math.max(1, Math.min(parts.spec.reportEvery, 100, Math.floor(LIST_BYTES / bytes)));
}

/** What the lists of active.ts are made for, and their tile and group. */
function inputShape({ data, spec, sizes, tune, slots }: Omit<StepParts, "buffers" | "hidden">) {
  const { words, rowWords } = data;
  const active = { rows: spec.batch, words, rowWords, slots };
  const shape = {
    rows: spec.batch,
    inner: (sizes[0] as Sizes).inputs,
    input: { ...active, active: true },
    tiles: tune.tiles,
  };
  return { active, tile: affineTile(shape), group: updateGroup(shape) };
}

/**
 * Fills the ring from the step that the control buffer is at: batches, then the lists of what is
 * active in them.
 */
export function orderCalls(parts: Omit<StepParts, "hidden">): Call[] {
  const { data, spec, buffers, tune, slots } = parts;
  const { control, batches, activeTiles, activeWords } = buffers;
  const { first, count } = data.training;
  const { active, tile, group } = inputShape(parts);
  const calls: Call[] = [
    call(orderKernel({ images: count, first, batch: spec.batch, slots }), {
      labels: data.labels,
      control,
      batches,
    }),
  ];
  if (!tune.active) return calls;
  calls.push(
    call(activeTilesKernel(active, tile), { masks: data.masks, batches, list: activeTiles }),
  );
  calls.push(
    call(activeWordsKernel(active, group), { masks: data.masks, batches, list: activeWords }),
  );
  return calls;
}

/** The head over the last hidden layer, in training and in evaluation. */
export const headShape = (
  hidden: readonly NeuronLayer[],
  size: Pick<HeadShape, "rows" | "classes" | "members" | "places">,
  tune: Tuning,
): HeadShape => ({
  layer: hidden.at(-1) as NeuronLayer,
  index: hidden.length - 1,
  tile: headTile(tune, size.rows, size.classes),
  workgroup: tune.headWorkgroup,
  ...size,
});

/**
 * The kernels of one step, in order. A layer's weights change only after every gradient below it is
 * known.
 */
export function stepCalls({ data, spec, hidden, sizes, buffers, tune, slots }: StepParts): Call[] {
  const { batch: rows, reportEvery } = spec;
  const members = spec.members.length;
  const { control, batches, activeTiles, activeWords, metrics, parameters, z, y, dz } = buffers;
  const places = layerPlaces(sizes, members, rows);
  const pixels: Pixels = { slots, rowWords: data.rowWords, active: tune.active };
  const shapes = sizes.map(
    ({ inputs, outputs }, i): MatmulShape => ({
      label: i < hidden.length ? `layer ${i + 1}` : "head",
      rows,
      inner: inputs,
      columns: outputs,
      members,
      input: i === 0 ? pixels : "activations",
      tiles: tune.tiles,
      places: places[i] as Places,
    }),
  );
  const [first, ...upper] = shapes as [MatmulShape, ...MatmulShape[]];
  const between = upper.slice(0, -1).map((shape, i) => ({
    ...shape,
    layer: hidden[i] as NeuronLayer,
    index: i,
    workgroup: tune.headWorkgroup,
  }));
  const head = headKernel({
    ...headShape(
      hidden,
      { rows, classes: data.classes, members, places: places.at(-1) as Places },
      tune,
    ),
    slots,
    reportEvery,
  });
  const update = (label: string, layers: MatmulShape[], advance: boolean) =>
    call(updateKernel({ label, rows, members, tiles: tune.tiles, layers, advance }), {
      a: data.images,
      batches,
      lists: activeWords,
      y,
      g: dz,
      control,
      b: parameters,
    });
  return [
    call(affineKernel(first), {
      a: data.images,
      batches,
      lists: activeTiles,
      control,
      b: parameters,
      c: z,
    }),
    ...between.map((shape) =>
      call(forwardKernel(shape, "training"), { control, b: parameters, z, y }),
    ),
    call(head, { control, batches, w: parameters, z, y, dz, metrics }),
    ...between
      .toReversed()
      .map((shape) => call(backwardKernel(shape), { control, b: parameters, z, y, dz })),
    ...(tune.mergeUpdates
      ? [update("all layers", shapes, true)]
      : [update("layer 1", [first], false), update("layers above", upper, true)]),
  ];
}
