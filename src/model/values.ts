/**
 * Tasks whose outputs are compared with values: reconstruct, an image with itself, and complete,
 * its lower half with what is put out for its upper half. Loaded only where a run has one.
 */
import type { Dataset } from "../data/dataset";
import type { Pixels } from "../data/idx";
import { padRows } from "../data/rows";
import type { Device } from "../runtime/device";
import { StairstepError } from "../runtime/errors";
import { call, Program } from "../runtime/program";
import { cropKernel } from "../shaders/crop";
import { ceilDiv, type Kernel, pad4 } from "../shaders/kernel";
import { layerPlaces, type Places, type Sizes } from "../shaders/layout";
import type { ValueLossName } from "../shaders/losses/catalogue";
import type { ValueLoss } from "../shaders/losses/loss";
import { valueLosses } from "../shaders/losses/values";
import type { HiddenShape } from "../shaders/network/hidden";
import {
  type ValueHeadShape,
  valueHeadKernel,
  valueScoreKernel,
  type Wanted,
} from "../shaders/network/value-head";
import { sumKernel } from "../shaders/network/value-sum";
import { type Counted, divergence } from "../shaders/neurons/divergence";
import type { NeuronLayer } from "../shaders/neurons/layer";
import type { Dtype } from "../shaders/products/source";
import { upperPixels } from "./halves";
import { isOneHot, type Spec } from "./spec";
import { type View, viewWith } from "./view";

export { valueReport } from "./value-report";

/** The loss of a task; whoever made the spec has checked it. */
const lossOf = ({ loss }: Pick<Spec, "loss">): ValueLoss => valueLosses[loss as ValueLossName];

/** Throws `StairstepError` for data that the task cannot take, and a `kl` that weighs nothing. */
export function checkTask(spec: Spec, dtype: Dtype): void {
  const kl = spec.members.find((member) => member.kl > 0)?.kl;
  if (kl && !(spec.task === "reconstruct" && spec.hidden.some(isOneHot)))
    throw new StairstepError(
      `kl weighs the choices of one-hot layers in reconstruct, got ${kl}: use task reconstruct ` +
        "with a one-hot layer, or leave kl out",
    );
  if (dtype !== "u8" && (lossOf(spec).unit || spec.task === "complete"))
    throw new StairstepError(
      `${spec.task} with the loss ${spec.loss} takes images of bytes, and the data has floats: ` +
        "use task reconstruct with loss mse",
    );
}

/** The data as the task sees them. Throws as `checkTask`. */
export async function valueView(device: Device, data: Dataset, spec: Spec): Promise<View> {
  checkTask(spec, data.dtype);
  return spec.task === "complete" ? halves(device, data) : viewWith(data, { outputs: data.inputs });
}

/** Pixels [count, inputs] from `first` to `end` of each image. */
function crop(pixels: Uint8Array, inputs: number, first: number, end: number) {
  const count = pixels.length / inputs;
  const cropped = new Uint8Array(count * (end - first));
  for (let i = 0; i < count; i++)
    cropped.set(pixels.subarray(i * inputs + first, i * inputs + end), i * (end - first));
  return cropped;
}

/** Data whose images are upper halves, and lower ones what is wanted. */
async function halves(device: Device, data: Dataset): Promise<View> {
  const { inputs, images, words } = data;
  const upper = upperPixels(data);
  if (upper === 0)
    throw new StairstepError(
      `complete needs images of two rows or more, got 1 row of ${inputs} pixels: use reconstruct`,
    );
  const count = images.size / (4 * words);
  const half = async (name: string, first: number, end: number): Promise<GPUBuffer> => {
    const cropped = device.allocate(name, 4 * count * ceilDiv(end - first, 4));
    const kernel = cropKernel({ count, words, first, end });
    (await Program.create(device, [call(kernel, { images, cropped })])).run(device);
    return cropped;
  };
  const [above, below] = [
    await half("the upper halves", 0, upper),
    await half("the lower halves", upper, inputs),
  ];
  let test: View["test"] | undefined;
  return viewWith(data, {
    ...{ inputs: upper, outputs: inputs - upper, words: ceilDiv(upper, 4), rowWords: 1 },
    ...{ images: above, unmasked: true, wanted: { images: below } },
    get test() {
      const { labels, pixels } = data.test as { labels: Uint32Array; pixels: Uint8Array };
      test ??= {
        labels,
        pixels: crop(pixels, inputs, 0, upper),
        wanted: crop(pixels, inputs, upper, inputs),
      };
      return test;
    },
    destroy: () => {
      above.destroy();
      below.destroy();
    },
  });
}

/** A buffer for what rows of `pixels` are to put out, where that is not what they read. */
export function wantedOf(device: Device, { wanted: apart, outputs }: View, rows: number) {
  if (!apart) return undefined;
  const wanted = device.allocate("a slice of what is wanted", 4 * rows * ceilDiv(outputs, 4));
  const showWanted = (all: Pixels | undefined, first: number): void => {
    const shown = all?.subarray(first * outputs, (first + rows) * outputs);
    if (shown) device.write(wanted, padRows(shown as Uint8Array<ArrayBuffer>, outputs));
  };
  return { wanted, showWanted };
}

/** Numbers of the hidden layers' pre-activations, in batches of `rows`. */
const lengthOf = (places: readonly Places[]): number => places.at(-1)?.outputs ?? 0;

/** The layers, those whose choices count towards KL with it. */
export function withDivergence(
  layers: readonly NeuronLayer[],
  spec: Pick<Spec, "task" | "hidden" | "members">,
  sizes: readonly Sizes[],
  rows: number,
): NeuronLayer[] {
  const length = lengthOf(layerPlaces(sizes, spec.members.length, rows));
  return layers.map((layer, i) =>
    counts(spec, i)
      ? { ...layer, beside: divergence(length, rows, layer.options.normalise) }
      : layer,
  );
}

const counts = ({ task, hidden }: Pick<Spec, "task" | "hidden">, layer: number): boolean =>
  task === "reconstruct" && isOneHot(hidden[layer] as Spec["hidden"][number]);

/** Those layers, as the head adds them up. */
function counted(upper: readonly HiddenShape[], spec: Spec): Counted[] {
  return upper.flatMap(({ layer, inputs, places }, i) =>
    counts(spec, i)
      ? [
          {
            at: places?.inputs ?? 0,
            stride: pad4(inputs),
            units: layer.units,
            group: inputs / layer.units,
          },
        ]
      : [],
  );
}

function shapeOf(
  upper: readonly HiddenShape[],
  { dtype }: Pick<View, "dtype">,
  spec: Spec,
  of: Pick<Wanted, "slots" | "slice">,
): ValueHeadShape {
  const top = upper.at(-1) as HiddenShape;
  return {
    ...top,
    loss: lossOf(spec),
    wanted: { dtype, binary: spec.task === "complete", ...of },
    length: top.places?.outputs ?? 0,
    counted: counted(upper, spec),
  };
}

/** The top of a training step, of every layer above the first. */
export const headKernel = (
  upper: readonly HiddenShape[],
  view: Pick<View, "dtype">,
  spec: Spec,
  slots: number,
): Kernel =>
  valueHeadKernel({ ...shapeOf(upper, view, spec, { slots }), reportEvery: spec.reportEvery });

/** The top of an evaluation, and what adds its rows to the reports. */
export function scoreKernels(
  upper: readonly HiddenShape[],
  view: Pick<View, "dtype">,
  spec: Spec,
  slice: number | undefined,
): Kernel[] {
  const shape = shapeOf(upper, view, spec, { slots: 1, slice });
  const { rows, members } = shape;
  return [valueScoreKernel(shape), sumKernel({ rows, members })];
}
