/**
 * The kernels of one training step of a population.
 *
 *   forward · fire and forward… · head · backward… · update
 *
 * 3 dispatches (4 where the first layer's update is apart), and 2 a further layer.
 */
import { type Call, call } from "../runtime/program";
import { rowListsKernel, wordListsKernel } from "../shaders/blank/lists";
import type { Kernel } from "../shaders/kernel";
import { headKernel } from "../shaders/network/head";
import { findOptimizer } from "../shaders/optimizers/catalogue";
import type { Optimizer } from "../shaders/optimizers/optimizer";
import { orderKernel } from "../shaders/order";
import type { ProductShape } from "../shaders/products/forward";
import { updateKernel } from "../shaders/products/weight-update";
import { type Buffers, type Extent, listShape, skipsBlank } from "./buffers";
import {
  type Extra,
  forwardCalls,
  headShape,
  hiddenShapes,
  type Pass,
  productShapes,
  upperShapes,
} from "./forward";

export interface StepParts extends Extent {
  buffers: Buffers;
  /** Steps whose batches and lists are made at once: the ring's length. */
  slots: number;
  extra: Extra;
}

/** Fills the ring from the step that the control buffer is at: batches, then their lists. */
export function orderCalls(parts: StepParts): Call[] {
  const { data, spec, buffers, slots } = parts;
  const { control, batches, wordLists, rowLists } = buffers;
  const { first, count } = data.training;
  const { masks, labels } = data;
  const { shape, tile, splits, group } = listShape(parts, slots);
  const order = orderKernel({ images: count, first, batch: spec.batch, slots });
  return [
    call(order, { labels, control, batches }),
    ...(skipsBlank(parts)
      ? [
          call(wordListsKernel(shape, tile, splits), { masks, batches, list: wordLists }),
          call(rowListsKernel(shape, group), { masks, batches, list: rowLists }),
        ]
      : []),
  ];
}

/** In order: a layer's weights change only after every gradient below it is known. */
export function stepCalls(parts: StepParts): Call[] {
  const { data, spec, sizes, buffers, tune, slots, extra } = parts;
  const { control, batches, wordLists, rowLists, metrics, parameters, state, z, y, dz } = buffers;
  const pass: Pass = {
    purpose: "training",
    rows: spec.batch,
    images: { slots, dtype: data.dtype, rowWords: data.rowWords, listed: skipsBlank(parts) },
    ...{ spec, sizes, tune, extra },
  };
  const given = { images: data.images, batches, control };
  const [first, ...above] = productShapes(pass) as [ProductShape, ...ProductShape[]];
  const { reportEvery } = spec;
  const head = extra.values
    ? extra.values.headKernel(upperShapes(pass), data, spec, slots)
    : headKernel({ ...headShape(pass), slots, reportEvery });
  const wanted = data.wanted?.images ?? data.images;
  const update = (label: string, layers: ProductShape[], last: boolean) => {
    const optimizer = findOptimizer(spec.optimizer) as Optimizer;
    const kernel = updateKernel({
      ...{ label, layers, optimizer, last },
      rows: spec.batch,
      members: spec.members.length,
      tiles: tune.tiles,
      stateLength: parameters.size / 4,
    });
    return call(kernel, { ...given, lists: rowLists, y, dz, weights: parameters, state });
  };
  return [
    ...forwardCalls(pass, { ...given, lists: wordLists, parameters, z, y }),
    call(head, { control, batches, weights: parameters, z, y, dz, metrics, wanted }),
    ...hiddenShapes(pass)
      .toReversed()
      .map((shape) =>
        call(extra.between?.hiddenBackwardKernel(shape) as Kernel, {
          ...{ control, weights: parameters, z, y, dz },
        }),
      ),
    ...(tune.mergeUpdates
      ? [update("all layers", [first, ...above], true)]
      : [update("layer 1", [first], false), update("layers above", above, true)]),
  ];
}
