/**
 * One training step of a population: its buffers and its kernels.
 *
 *   affine · (fire · affine)… · head · (transfer · back)… · update…        one hidden layer: 4 dispatches
 */
import type { Dataset } from "../data/dataset";
import type { Device } from "../runtime/device";
import { type Call, call } from "../runtime/program";
import { controlBytes } from "../shaders/control";
import { headKernel } from "../shaders/head";
import { parameterRows } from "../shaders/initialise";
import { pad4 } from "../shaders/kernel";
import { backKernel, fireKernel, layerWidth, type NeuronLayer } from "../shaders/layer";
import { affineKernel, type MatmulShape, transferKernel, updateKernel } from "../shaders/matmul";
import { REPORT_BYTES } from "../shaders/report";
import type { Spec } from "./spec";
import type { Tuning } from "./tuning";

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
  /** (image, label) of the steps since the last submit [slots, batch], a ring. */
  batches: GPUBuffer;
  /** (loss, correct) of the same rows [members, slots, batch]. */
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
export function allocateBuffers(device: Device, { batch, reportEvery: slots, members: { length: members } }: Spec, sizes: readonly Sizes[]): Buffers {
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
    batches: one("the batches between reports", 8 * slots * batch),
    metrics: one("the metrics between reports", 8 * members * slots * batch),
    reports: one("the reports", REPORT_BYTES * members),
  };
  for (const [name, bytes] of plan) device.fits(name, bytes);
  const made = plan.map(([name, bytes]) => device.allocate(name, bytes));
  const at = (i: number) => made[i] as GPUBuffer;
  return {
    control: at(places.control),
    batches: at(places.batches),
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
}

/** The kernels of one step, in order. A layer's weights change only after every gradient below it is known. */
export function stepCalls({ data, spec, hidden, sizes, buffers, tune }: StepParts): Call[] {
  const { batch, reportEvery: slots } = spec;
  const members = spec.members.length;
  const { control, batches, metrics, parameters, z, y, dz } = buffers;
  const at = (list: readonly GPUBuffer[], i: number) => list[i] as GPUBuffer;
  const source = (i: number): Record<string, GPUBuffer> => (i === 0 ? { a: data.images, batches } : { a: at(y, i - 1) });
  const layerShape = (i: number) => ({ ...(hidden[i] as NeuronLayer), label: `layer ${i + 1}`, rows: batch, members });
  const shape = (i: number): MatmulShape => ({
    label: `layer ${i + 1}`,
    rows: batch,
    inner: (sizes[i] as Sizes).inputs,
    columns: (sizes[i] as Sizes).outputs,
    members,
    input: i === 0 ? { slots, images: data.training.first + data.training.count } : "activations",
    tiles: tune.tiles,
  });
  const top = hidden.length;
  const last = top - 1;

  const calls: Call[] = [];
  for (let i = 0; i < top; i++) {
    calls.push(call(affineKernel(shape(i)), { ...source(i), control, b: at(parameters, i), c: at(z, i) }));
    if (i < last) calls.push(call(fireKernel(layerShape(i), { purpose: "training", layer: i }), { control, z: at(z, i), y: at(y, i) }));
  }
  const head = headKernel({ layer: layerShape(last), index: last, rows: batch, classes: data.classes, members, workgroup: tune.headWorkgroup, slots });
  calls.push(call(head, { control, batches, w: at(parameters, top), z: at(z, last), y: at(y, last), dz: at(dz, last), dlogits: at(dz, top), metrics }));
  for (let i = last; i > 0; i--) {
    calls.push(call(transferKernel(shape(i)), { g: at(dz, i), b: at(parameters, i), c: at(dz, i - 1) }));
    calls.push(call(backKernel(layerShape(i - 1)), { control, z: at(z, i - 1), y: at(y, i - 1), dz: at(dz, i - 1) }));
  }
  for (let i = 0; i <= top; i++) {
    const kernel = updateKernel({ ...shape(i), advance: i === top });
    calls.push(call(kernel, { ...source(i), g: at(dz, i), control, b: at(parameters, i) }));
  }
  return calls;
}
