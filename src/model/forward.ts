/**
 * The forward pass, assembled once for training, evaluation and looks inside:
 *
 *   forward · fire and forward (a further layer each) · then the head or the score
 */
import { type Call, call } from "../runtime/program";
import type { Kernel } from "../shaders/kernel";
import type { Sizes } from "../shaders/layout";
import { layerPlaces, type Places } from "../shaders/layout";
import { labelLosses } from "../shaders/losses/catalogue";
import type { LabelLoss } from "../shaders/losses/loss";
import type { HeadShape } from "../shaders/network/head";
import type { HiddenShape } from "../shaders/network/hidden";
import type { NeuronLayer } from "../shaders/neurons/layer";
import { forwardKernel, type ProductShape } from "../shaders/products/forward";
import type { Images } from "../shaders/products/source";
import { neuronLayer, type Spec } from "./spec";
import { headTile, type Tuning } from "./tuning";

/** Kernels that not every network needs: between hidden layers, and of outputs beside values. */
export interface Extra {
  between?: typeof import("../shaders/network/hidden") | undefined;
  values?: typeof import("./values") | undefined;
}

/** Loads those that this network needs. */
export async function loadExtra({
  hidden,
  members,
  task,
}: Pick<Spec, "hidden" | "members" | "task">): Promise<Extra> {
  const [between, values] = await Promise.all([
    hidden.length > 1 ? import("../shaders/network/hidden") : undefined,
    task !== "classify" || members.some(({ kl }) => kl > 0) ? import("./values") : undefined,
  ]);
  return { between, values };
}

export interface Pass {
  purpose: "training" | "evaluation";
  /** Rows of a batch, or of a slice of a split. */
  rows: number;
  spec: Spec;
  sizes: readonly Sizes[];
  images: Images;
  tune: Tuning;
  extra: Extra;
}

export interface PassBuffers {
  images: GPUBuffer;
  batches: GPUBuffer;
  /** The lists of words of blank/lists.ts. */
  lists: GPUBuffer;
  control: GPUBuffer;
  parameters: GPUBuffer;
  z: GPUBuffer;
  y: GPUBuffer;
}

/** The products of every layer, the head last. */
export function productShapes({ rows, spec, sizes, images, tune }: Pass): ProductShape[] {
  const members = spec.members.length;
  const places = layerPlaces(sizes, members, rows);
  return sizes.map((size, i) => ({
    ...size,
    label: i < sizes.length - 1 ? `layer ${i + 1}` : "head",
    rows,
    members,
    source: i === 0 ? images : "activations",
    tiles: tune.tiles,
    places: places[i] as Places,
  }));
}

const layersOf = ({ spec, purpose, rows, sizes, extra }: Pass): NeuronLayer[] => {
  const layers = spec.hidden.map((layer) => neuronLayer(layer, purpose));
  return extra.values?.withDivergence(layers, spec, sizes, rows) ?? layers;
};

/** The product of each layer above the first, the head last, and the layer below it. */
export function upperShapes(pass: Pass): HiddenShape[] {
  const layers = layersOf(pass);
  return productShapes(pass)
    .slice(1)
    .map((shape, index) => ({
      ...shape,
      index,
      layer: layers[index] as NeuronLayer,
      workgroup: pass.tune.headWorkgroup,
    }));
}

/** What lies between the hidden layers. */
export const hiddenShapes = (pass: Pass): HiddenShape[] => upperShapes(pass).slice(0, -1);

/** The last hidden layer and what lies above it. */
export function headShape(pass: Pass): HeadShape {
  const { rows, spec, tune } = pass;
  const layers = layersOf(pass);
  const { outputs, members, places } = productShapes(pass).at(-1) as ProductShape;
  return {
    ...{ rows, outputs, members, places: places as Places },
    layer: layers.at(-1) as NeuronLayer,
    index: layers.length - 1,
    loss: labelLosses.find(({ name }) => name === spec.loss) as LabelLoss,
    tile: headTile(tune, rows, outputs),
    workgroup: tune.headWorkgroup,
  };
}

/** As far as z of the last hidden layer. */
export function forwardCalls(pass: Pass, buffers: PassBuffers): Call[] {
  const { images, batches, lists, control, parameters: weights, z, y } = buffers;
  const [first] = productShapes(pass) as [ProductShape];
  const between = (shape: HiddenShape) =>
    pass.extra.between?.hiddenForwardKernel(shape, pass.purpose) as Kernel;
  return [
    call(forwardKernel(first), { images, batches, lists, control, weights, z }),
    ...hiddenShapes(pass).map((shape) => call(between(shape), { control, weights, z, y, batches })),
  ];
}
