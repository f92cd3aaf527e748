/**
 * Tunings that `train --tune` found, in the user's cache folder: without them, training is as
 * correct and a little slower.
 */
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import envPaths from "env-paths";
import { parseTunings, type Trial, tune, tuningKey, withTuning } from "../bench/index";
import type { Dataset, Device, TrainOptions, Tuning } from "../index";
import { writeWhole } from "./files";

const file = (): string => join(envPaths("stairstep", { suffix: "" }).cache, "tunings.json");

const readCache = (): Promise<string | undefined> =>
  readFile(file(), "utf8").catch(() => undefined);

/** The tuning of this network on this adapter, where there is one. */
export const cachedTuning = async (
  device: Device,
  data: Dataset,
  options: TrainOptions,
): Promise<Tuning | undefined> => parseTunings(await readCache())[tuningKey(device, data, options)];

function trialLine({ choice, value, msPerStep, refused }: Trial): string {
  const values = Object.entries(value).map(([name, v]) => `${name} ${v}`);
  const outcome = refused
    ? `refused: ${refused.split("\n")[0]}`
    : `${msPerStep.toFixed(3)} ms a step`;
  return `Tuning      ${choice.padEnd(18)}${values.join(", ").padEnd(36)}${outcome}`;
}

/** Tunes with a line for each trial, and caches the result where the folder can be written. */
export async function tuneAndCache(
  device: Device,
  data: Dataset,
  options: TrainOptions,
  say: (line: string) => void,
): Promise<Tuning> {
  const fastest = await tune(device, data, options, (trial) => say(trialLine(trial)));
  const text = withTuning(await readCache(), tuningKey(device, data, options), fastest);
  await mkdir(dirname(file()), { recursive: true })
    .then(() => writeWhole(file(), text, "the next run is tuned anew"))
    .catch((error: Error) => say(`Tuning      not remembered: ${error.message}`));
  return fastest;
}
