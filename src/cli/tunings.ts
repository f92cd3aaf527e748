/**
 * Tunings that `train --tune` found, kept in the user's cache folder: without them, training is as
 * correct and a little slower.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { parseTunings, tune, tuningKey } from "../bench/index";
import type { Dataset, Device, TrainOptions, Tuning } from "../index";

const file = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "stairstep", "tunings.json");

const all = async (): Promise<Record<string, Tuning>> =>
  parseTunings(await readFile(file(), "utf8").catch(() => undefined));

/** What was found for this network on this adapter before. */
export const rememberedTuning = async (
  device: Device,
  data: Dataset,
  options: TrainOptions,
): Promise<Tuning | undefined> => (await all())[tuningKey(device, data, options)];

/**
 * Tunes, says what each trial took, and remembers the result where the cache folder can be written.
 */
export async function tuneAndRemember(
  device: Device,
  data: Dataset,
  options: TrainOptions,
  say: (line: string) => void,
): Promise<Tuning> {
  const found = await tune(device, data, options, ({ choice, value, msPerStep, refused }) => {
    const values = Object.entries(value).map(([name, v]) => `${name} ${v}`);
    say(
      `Tuning      ${choice.padEnd(18)}${values.join(", ").padEnd(36)}${refused ? `refused: ${refused.split("\n")[0]}` : `${msPerStep.toFixed(3)} ms a step`}`,
    );
  });
  const text = JSON.stringify(
    { ...(await all()), [tuningKey(device, data, options)]: found },
    undefined,
    1,
  );
  await mkdir(dirname(file()), { recursive: true })
    .then(() => writeFile(file(), text))
    .catch((error) =>
      say(`Tuning      not remembered: ${file()} cannot be written (${error.code})`),
    );
  return found;
}
