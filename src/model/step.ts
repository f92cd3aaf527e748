/**
 * One training step of a population: its buffers and its kernels.
 *
 *   affine · (fire · affine)… · head · (transfer · back)… · update…        one hidden layer: 4 dispatches
 */
import type { Dataset } from "../data/dataset";
import type { Device } from "../runtime/device";
import { type Call, call } from "../runtime/program";
import { activeTilesKernel, activeTilesLength, activeWordsKernel, activeWordsLength } from "../shaders/active";
import { controlBytes } from "../shaders/control";
import { headKernel } from "../shaders/head";
import { parameterRows } from "../shaders/initialise";
import { pad4 } from "../shaders/kernel";
import { backKernel, fireKernel, layerWidth, type NeuronLayer } from "../shaders/layer";
import { affineKernel, affineTile, type MatmulShape, transferKernel, updateGroup, updateKernel } from "../shaders/matmul";
import { orderKernel } from "../shaders/order";
import { REPORT_BYTES } from "../shaders/report";
import type { Spec } from "./spec";
import { headTile, type Tuning } from "./tuning";

export interface Sizes {
  inputs: number;
  outputs: number;
}

/** Inputs and outputs of every layer, the head last. */
export function layerSizes(hidden: readonly NeuronLayer[], inputs: number, classes: number): Sizes[] {
  const widths = [inputs, ...hidden.map(layerWidth), classes];
  return widths.slice(1).map((outputs, i) => ({ inputs: widths[i] as number, outputs }));
}

/** Bytes of one member's parameters of a layer, padded. */
export const parameterBytes = ({ inputs, outputs }: Sizes): number => 4 * parameterRows(inputs) * pad4(outputs);

export interface Buffers {
  control: GPUBuffer;
  /** (image, label) of the coming steps [slots, batch], a ring; and the lists of active.ts for them. */
  batches: GPUBuffer;
  activeTiles: GPUBuffer;
  activeWords: GPUBuffer;
  /** (loss, correct) of the rows since the last report [members, reportEvery, batch]. */
  metrics: GPUBuffer;
  reports: GPUBuffer;
  /** Per layer, the head last: [members, pad4(inputs) + 1, pad4(outputs)]. */
  parameters: GPUBuffer[];
  /** Per hidden layer [members, batch, pad4(width)]: pre-activations, then what `back` needs; outputs. */
  z: GPUBuffer[];
  y: GPUBuffer[];
  /** Gradients by z, the head's by logits last. */
  dz: GPUBuffer[];
}

/** Throws, before the first is made, when one is over the adapter's limit. */
export function allocateBuffers(device: Device, { spec, data, sizes, tune, slots }: Omit<StepParts, "buffers" | "hidden">): Buffers {
  const { batch, reportEvery } = spec;
  const members = spec.members.length;
  const input = inputShape({ data, spec, sizes, tune, slots });
  const plan: [string, number][] = [];
  const each = (what: string, layers: readonly Sizes[], bytes: (size: Sizes) => number) =>
    layers.map((size, i) => {
      const place = i === sizes.length - 1 ? "the head" : `layer ${i + 1}`;
      const population = members > 1 ? `, ${members} members` : "";
      return plan.push([`${place} (${what}, ${size.inputs} × ${size.outputs}${population})`, members * bytes(size)]) - 1;
    });
  const one = (name: string, bytes: number) => plan.push([name, bytes]) - 1;
  const activation = ({ outputs }: Sizes) => 4 * batch * pad4(outputs);
  const hidden = sizes.slice(0, -1);
  const places = {
    parameters: each("weights", sizes, parameterBytes),
    z: each("pre-activations", hidden, activation),
    y: each("outputs", hidden, activation),
    dz: each("gradients", sizes, activation),
    control: one("the control buffer", controlBytes(members)),
    batches: one("the coming batches", 8 * slots * batch),
    activeTiles: one("the active words of tiles", 4 * activeTilesLength(input.active, input.tile)),
    activeWords: one("the active rows of words", 4 * activeWordsLength(input.active, input.group)),
    metrics: one("the metrics between reports", 8 * members * reportEvery * batch),
    reports: one("the reports", REPORT_BYTES * members),
  };
  for (const [name, bytes] of plan) device.fits(name, bytes);
  const made = plan.map(([name, bytes]) => device.allocate(name, bytes));
  const at = (i: number) => made[i] as GPUBuffer;
  return {
    control: at(places.control),
    batches: at(places.batches),
    activeTiles: at(places.activeTiles),
    activeWords: at(places.activeWords),
    metrics: at(places.metrics),
    reports: at(places.reports),
    parameters: places.parameters.map(at),
    z: places.z.map(at),
    y: places.y.map(at),
    dz: places.dz.map(at),
  };
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
  const { words, rowWords, training } = data;
  const active = { rows: spec.batch, words, rowWords, slots, images: training.first + training.count };
  const shape = { rows: spec.batch, inner: (sizes[0] as Sizes).inputs, input: { ...active, active: true }, tiles: tune.tiles };
  return { active, tile: affineTile(shape), group: updateGroup(shape) };
}

/** Fills the ring from the step that the control buffer is at: batches, then the lists of what is active in them. */
export function orderCalls(parts: Omit<StepParts, "hidden">): Call[] {
  const { data, spec, buffers, tune, slots } = parts;
  const { control, batches, activeTiles, activeWords } = buffers;
  const { first, count } = data.training;
  const { active, tile, group } = inputShape(parts);
  const calls: Call[] = [call(orderKernel({ images: count, first, batch: spec.batch, slots }), { labels: data.labels, control, batches })];
  if (!tune.active) return calls;
  calls.push(call(activeTilesKernel(active, tile), { images: data.images, batches, list: activeTiles }));
  calls.push(call(activeWordsKernel(active, group), { images: data.images, batches, list: activeWords }));
  return calls;
}

/** The kernels of one step, in order. A layer's weights change only after every gradient below it is known. */
export function stepCalls({ data, spec, hidden, sizes, buffers, tune, slots }: StepParts): Call[] {
  const { batch, reportEvery } = spec;
  const members = spec.members.length;
  const { control, batches, activeTiles, activeWords, metrics, parameters, z, y, dz } = buffers;
  const at = (list: readonly GPUBuffer[], i: number) => list[i] as GPUBuffer;
  const source = (i: number, lists: GPUBuffer): Record<string, GPUBuffer> => (i === 0 ? { a: data.images, batches, lists } : { a: at(y, i - 1) });
  const layerShape = (i: number) => ({ ...(hidden[i] as NeuronLayer), label: `layer ${i + 1}`, rows: batch, members });
  const shape = (i: number): MatmulShape => ({
    label: `layer ${i + 1}`,
    rows: batch,
    inner: (sizes[i] as Sizes).inputs,
    columns: (sizes[i] as Sizes).outputs,
    members,
    input: i === 0 ? { slots, images: data.training.first + data.training.count, rowWords: data.rowWords, active: tune.active } : "activations",
    tiles: tune.tiles,
  });
  const top = hidden.length;
  const last = top - 1;

  const calls: Call[] = [];
  for (let i = 0; i < top; i++) {
    calls.push(call(affineKernel(shape(i)), { ...source(i, activeTiles), control, b: at(parameters, i), c: at(z, i) }));
    if (i < last) calls.push(call(fireKernel(layerShape(i), { purpose: "training", layer: i }), { control, z: at(z, i), y: at(y, i) }));
  }
  const head = headKernel({
    layer: layerShape(last),
    index: last,
    rows: batch,
    classes: data.classes,
    members,
    tile: headTile(tune, batch, data.classes),
    workgroup: tune.headWorkgroup,
    slots,
    reportEvery,
  });
  calls.push(call(head, { control, batches, w: at(parameters, top), z: at(z, last), y: at(y, last), dz: at(dz, last), dlogits: at(dz, top), metrics }));
  for (let i = last; i > 0; i--) {
    calls.push(call(transferKernel(shape(i)), { g: at(dz, i), b: at(parameters, i), c: at(dz, i - 1) }));
    calls.push(call(backKernel(layerShape(i - 1)), { control, z: at(z, i - 1), y: at(y, i - 1), dz: at(dz, i - 1) }));
  }
  for (let i = 0; i <= top; i++) {
    const kernel = updateKernel({ ...shape(i), advance: i === top });
    calls.push(call(kernel, { ...source(i, activeWords), g: at(dz, i), control, b: at(parameters, i) }));
  }
  return calls;
}
