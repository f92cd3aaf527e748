/** Whether a run can go on from a checkpoint. Loaded only where one does. */
import type { Dataset } from "../data/dataset";
import { StairstepError } from "../runtime/errors";
import { otherData } from "./other-data";
import { checkOwn } from "./own";
import type { Spec } from "./spec";
import { type Checkpoint, SETTINGS } from "./state";

/** A run may go on for longer than it was to. */
const KEPT = SETTINGS.filter((key) => key !== "epochs");

const KINDS = { u8: "bytes", f32: "floats" } as const;

const sameScaling = (from: Checkpoint, data: Dataset): boolean =>
  (["mean", "scale"] as const).every((key) => {
    const [theirs, ours] = [from.scaling?.[key], data.scaling?.[key]];
    return theirs?.length === ours?.length && (theirs ?? []).every((x, k) => x === ours?.[k]);
  });

/** Settings as text, without the neurons themselves. */
const textOf = (settings: unknown): string =>
  JSON.stringify(settings, (key, value) => (key === "own" ? undefined : value));

/** Throws unless a checkpoint is of this run and this data. */
export function checkFits(from: Checkpoint, spec: Spec, data: Dataset): void {
  if (from.inputs !== data.inputs || from.classes !== data.classes) {
    throw new StairstepError(
      `the model reads ${from.inputs} pixels and knows ${from.classes} classes, and the data ` +
        `has ${data.inputs} and ${data.classes}: use the data it was trained on`,
    );
  }
  const { dtype = "u8" } = from;
  if (dtype !== data.dtype)
    throw new StairstepError(
      `the model was trained on ${KINDS[dtype]}, and the data has ${KINDS[data.dtype]}: use the ` +
        "data it was trained on",
    );
  if (!sameScaling(from, data))
    throw new StairstepError(
      "the model was trained on features of another scaling: load the data with standardise, the " +
        "checkpoint's scaling (standardise: checkpoint.scaling ?? false)",
    );
  const other = otherData(from, data);
  if (other) throw new StairstepError(`${other}: use the data it was trained on`);
  for (const key of KEPT) {
    const [theirs, ours] = [textOf(from[key]), textOf(spec[key])];
    if (theirs !== ours)
      throw new StairstepError(
        `the checkpoint's ${key} is ${theirs}, and this run's ${ours}: go on with the ` +
          "settings it was made with",
      );
  }
  checkOwn(from.hidden, spec.hidden);
}
