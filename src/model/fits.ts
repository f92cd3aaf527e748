/** Whether a run can go on from a checkpoint. Loaded only where one does. */
import type { Dataset } from "../data/dataset";
import { StairstepError } from "../runtime/errors";
import { mistaken } from "../runtime/mistaken";
import { upperPixels } from "./halves";
import { otherData } from "./other-data";
import { checkOwn } from "./own";
import { copyOf } from "./read-checkpoint";
import type { Spec, TrainOptions } from "./spec";
import { type Checkpoint, type MemberOptions, SETTINGS } from "./state";

/** A run may go on for longer than it was to. */
const KEPT = SETTINGS.filter((key) => key !== "epochs");

const KINDS = { u8: "bytes", f32: "floats" } as const;

const sameScaling = (from: Checkpoint, data: Dataset): boolean =>
  (["mean", "scale"] as const).every((key) => {
    const [theirs, ours] = [from.scaling?.[key], data.scaling?.[key]];
    return theirs?.length === ours?.length && (theirs ?? []).every((x, k) => x === ours?.[k]);
  });

interface Difference {
  /** Such as `members[1].learningRate`. */
  setting: string;
  theirs: unknown;
  ours: unknown;
}

/** Where two settings first differ, apart from the neurons themselves. */
function difference(setting: string, theirs: unknown, ours: unknown): Difference | undefined {
  if (!(theirs instanceof Object && ours instanceof Object))
    return theirs === ours ? undefined : { setting, theirs, ours };
  const [a, b] = [theirs, ours] as Record<string, unknown>[];
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length)
    return { setting: `number of ${setting}`, theirs: a.length, ours: b.length };
  for (const key of new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])) {
    if (key === "own") continue;
    const path = Array.isArray(a) ? `${setting}[${key}]` : `${setting}.${key}`;
    const found = difference(path, a?.[key], b?.[key]);
    if (found) return found;
  }
  return undefined;
}

const textOf = (value: unknown): string => JSON.stringify(value) ?? "not set";

/** Throws for an option beside `members` that all of them have of their own, and differently. */
function checkMembers({ members, ...given }: TrainOptions): void {
  if (!Array.isArray(members)) return;
  for (const [key, value] of Object.entries(given)) {
    const own = members.map((member) => member[key as keyof MemberOptions]);
    if (value === undefined || own.some((one) => one === undefined || one === value)) continue;
    throw new StairstepError(
      `${key} is ${textOf(value)}, and each of members has its own, ` +
        `${own.map(textOf).join(", ")}: give it there, or not at all`,
    );
  }
}

/**
 * Throws for options that contradict each other, and unless the checkpoint, where there is one, is
 * sound, of this run and of this data.
 */
export function checkFits(
  from: Checkpoint | undefined,
  spec: Spec,
  data: Dataset,
  options: TrainOptions,
): void {
  checkMembers(options);
  if (!from) return;
  if (!from.weights) throw mistaken("the checkpoint", from, "what decodeCheckpoint reads");
  copyOf(from);
  const inputs = spec.task === "complete" ? upperPixels(data) : data.inputs;
  if (from.inputs !== inputs || from.classes !== data.classes) {
    throw new StairstepError(
      `the model reads ${from.inputs} pixels and knows ${from.classes} classes, and the data ` +
        `has ${inputs} and ${data.classes}: use the data it was trained on`,
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
    const found = difference(key, from[key], spec[key]);
    if (found)
      throw new StairstepError(
        `the checkpoint's ${found.setting} is ${textOf(found.theirs)}, and this run's ` +
          `${textOf(found.ours)}: go on with the settings it was made with`,
      );
  }
  checkOwn(from.hidden, spec.hidden);
}
