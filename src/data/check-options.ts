/** Whether options of a data set are any. Loaded only where some are given. */
import { StairstepError } from "../runtime/errors";
import { checkKeys } from "../runtime/keys";
import type { DataOptions } from "./options";

const KEYS: Record<keyof DataOptions, true> = {
  ...{ name: true, validation: true, seed: true, standardise: true },
};

/** Throws `StairstepError` for a key or a value that none has. `count` images are to be split. */
export function checkDataOptions(options: DataOptions, count: number): void {
  checkKeys("a data set", options, Object.keys(KEYS));
  const { validation = "first", seed = 1, standardise = false } = options;
  const ways: unknown[] = ["first", "stratified"];
  const isCount =
    Number.isInteger(validation) && Number(validation) > 0 && Number(validation) < count;
  if (!isCount && !ways.includes(validation))
    throw new StairstepError(
      `validation must be first, stratified, or a number of images from 1 to ${count - 1}, got ` +
        `${validation}`,
    );
  const floats = (list: unknown) => list instanceof Float32Array && list.every(Number.isFinite);
  if (typeof standardise !== "boolean" && ![standardise?.mean, standardise?.scale].every(floats))
    throw new StairstepError(
      `standardise must be true, false, or a model's scaling, got ${standardise}`,
    );
  if (!(Number.isSafeInteger(seed) && seed >= 0))
    throw new StairstepError(
      `the seed of a split must be a whole number of 0 or more, got ${seed}`,
    );
}
