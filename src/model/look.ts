/** What a network makes of images that come without labels. Loaded only where someone looks. */

import type { Pixels } from "../data/idx";
import { type AnyPixels, pixelsOf } from "../data/pixels";
import { pad4 } from "../shaders/kernel";
import { layerPlaces, type Places, type Sizes } from "../shaders/layout";
import type { Dtype } from "../shaders/products/source";
import { REPORT_BYTES } from "../shaders/report-type";
import type { Evaluator } from "./evaluator";
import { memberAt } from "./spec";

type Numbers = Float32Array<ArrayBuffer>;

export interface Look {
  /** Of each hidden layer: [count, width]. */
  outputs: Numbers[];
  /** [count, classes] */
  probabilities: Numbers;
}

/**
 * Images or features [count, inputs] as the data came, as an array of ours. Throws
 * `StairstepError` for pixels that are no bytes, features that are no floats, and what makes no
 * whole images.
 */
export async function imagesOf(
  given: AnyPixels,
  { inputs, dtype }: { inputs: number; dtype: Dtype },
): Promise<Pixels> {
  const pixels = pixelsOf(given)?.slice(); // what is read later, the caller may write to
  const sound = pixels && (dtype === "u8") === pixels instanceof Uint8Array;
  if (!sound || pixels.length % inputs || !pixels.length)
    throw (await import("../runtime/mistaken")).noImages(given, dtype, sound && pixels, inputs);
  if (dtype === "f32") (await import("../data/features")).checkFinite("", pixels, inputs);
  return pixels;
}

/**
 * What a member makes of images or features [count, inputs], as the data came. Throws
 * `StairstepError` for a network that does not classify, for no member, and as `imagesOf`.
 */
export async function lookAt(
  evaluator: Evaluator,
  pixels: AnyPixels,
  member: number,
): Promise<Look> {
  const { data, spec } = evaluator.parts;
  memberAt(spec.members, member);
  if (spec.task !== "classify")
    throw (await import("../runtime/mistaken")).noProbabilities(spec.task);
  const found = await outputsOf(evaluator, await imagesOf(pixels, data), member);
  return {
    outputs: found.slice(0, -1),
    probabilities: probabilitiesOf(found.at(-1) as Numbers, data.outputs),
  };
}

/**
 * What each hidden layer puts out for images or features [count, inputs], as in evaluation, for one
 * member: [count, width] a layer, and the logits [count, classes] last.
 */
export async function outputsOf(
  evaluator: Evaluator,
  pixels: Pixels,
  member: number,
): Promise<Numbers[]> {
  const { device, data, spec, sizes } = evaluator.parts;
  const { y, outputs } = evaluator.activations;
  const count = pixels.length / data.inputs;
  const members = spec.members.length;
  const found = sizes.map((size) => new Float32Array(count * size.outputs));
  const scores = device.allocate("scores", REPORT_BYTES * members);
  const rows = evaluator.sliceRows(count);
  const places = layerPlaces(sizes, members, rows);
  const ends = places
    .slice(0, -1)
    .map(({ outputs }, l) => outputs + members * rows * pad4((sizes[l] as Sizes).outputs));
  // The buffers are as large as the largest evaluation's: an image takes a fraction of them.
  const bytes = [Math.max(...ends), members * rows * pad4(data.outputs)].map((n) => 4 * n);
  const copy = (from: Float32Array, at: number, layer: number, first: number) => {
    const width = (sizes[layer] as Sizes).outputs;
    const begin = at + member * rows * pad4(width);
    for (let row = 0; row < Math.min(rows, count - first); row++) {
      const start = begin + row * pad4(width);
      found[layer]?.set(from.subarray(start, start + width), (first + row) * width);
    }
  };
  // All of one label, so that rows keep their order.
  const source = { labels: new Uint32Array(count), pixels };
  await evaluator.overSlices(source, evaluator.scoring(scores), async (program, first) => {
    program.run(device);
    const read = await Promise.all([device.read(y, bytes[0]), device.read(outputs, bytes[1])]);
    const [hidden, last] = read.map((bytes) => new Float32Array(bytes)) as [
      Float32Array,
      Float32Array,
    ];
    for (let layer = 0; layer < sizes.length - 1; layer++)
      copy(hidden, (places[layer] as Places).outputs, layer, first);
    copy(last, 0, sizes.length - 1, first);
  });
  scores.destroy();
  return found;
}

/** Each row of `classes` logits as probabilities. */
function probabilitiesOf(logits: Numbers, classes: number): Numbers {
  for (let at = 0; at < logits.length; at += classes) {
    const row = logits.subarray(at, at + classes);
    const top = Math.max(...row);
    const sum = row.reduce((total, x) => total + Math.exp(x - top), 0);
    row.forEach((x, i) => {
      row[i] = Math.exp(x - top) / sum;
    });
  }
  return logits;
}
