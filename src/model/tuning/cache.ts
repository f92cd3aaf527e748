/** Tunings as text, to be kept between runs and used again for the same network and adapter. */
import * as v from "valibot";
import type { Dataset } from "../../data/dataset";
import { neuronName } from "../../format";
import type { Device } from "../../runtime/device";
import { resolve, type TrainOptions } from "../spec";
import type { Tuning } from "./defaults";

/**
 * What a tuning depends on, as one line: a cached one may be used again where this is the same.
 */
export function tuningKey(device: Device, data: Dataset, options: TrainOptions): string {
  const { hidden, batch, members } = resolve(options);
  const layers = hidden
    .map(
      ({ neuron, size, estimator, units }) => `${units} ${neuronName(neuron, size)} ${estimator}`,
    )
    .join(", ");
  const adapter = `${device.description}, subgroup ${device.adapter.subgroup ?? "none"}`;
  const network = `${data.inputs} - ${layers} - ${data.classes}`;
  return `${adapter}: ${network}, batch ${batch}, members ${members.length}`;
}

const whole = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(256));
const tuningSchema = v.strictObject({
  tiles: v.pipe(
    v.strictObject({
      forwardRows: whole,
      gradientRows: whole,
      updateWords: whole,
      updateParts: whole,
      workgroup: whole,
      splits: v.picklist([1, 8]),
      share: v.picklist([0, 4]),
    }),
    v.check(
      ({ workgroup, splits, share }) => share === 0 || (workgroup % share === 0 && splits === 1),
      "whole quads, and no splits",
    ),
  ),
  headWorkgroup: v.picklist([4, 64]),
  headSums: whole,
  skipBlank: v.boolean(),
  mergeUpdates: v.boolean(),
});
const cacheSchema = v.record(v.string(), tuningSchema);

/** The text of a cache with one tuning more, or another for its key. */
export const withTuning = (text: string | undefined, key: string, tuning: Tuning): string =>
  JSON.stringify({ ...parseTunings(text), [key]: tuning }, undefined, 1);

/** Tunings by key, of a cache's text; of any other text, none. */
export function parseTunings(text: string | undefined): Record<string, Tuning> {
  try {
    return v.parse(cacheSchema, JSON.parse(text ?? "{}"));
  } catch {
    return {};
  }
}
