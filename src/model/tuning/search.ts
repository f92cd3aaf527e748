/**
 * Finds the fastest tiles for a network on an adapter, by training it with each: one choice after
 * the other, each value timed as whole submits of many steps, on the network's own shapes and data.
 * None of them changes a result, so a tuned run has the same bits as one with the built-in tuning.
 */
import type { Dataset } from "../../data/dataset";
import type { Device } from "../../runtime/device";
import { type Rounds, timeRounds } from "../../runtime/rounds";
import { partsBytes } from "../../shaders/products/tiles";
import { Network } from "../network";
import { resolve, type Spec, type TrainOptions } from "../spec";
import { CHOICES } from "./choices";
import { type PartialTuning, type Tuning, tuning, withValue } from "./defaults";

export interface Trial {
  choice: string;
  value: PartialTuning;
  /** Infinite where the adapter refuses the tiles. */
  msPerStep: number;
  /** Why it does. */
  refused?: string;
}

/** A value must be this much faster than what it replaces: less is noise. */
const GAIN = 0.97;
const ROUNDS: Rounds = { rounds: 3, ms: 150 };
/** Steps of a round, at the most. */
const MOST_STEPS = 2000;

/** The same run, with reports so far apart that none lands in a measurement. */
export function withoutReports(options: TrainOptions): Spec {
  const { batch, members } = resolve(options);
  const reportEvery = Math.max(
    1,
    Math.min(100_000, Math.floor(64e6 / (8 * batch * members.length))),
  );
  return resolve({ ...options, epochs: 1000, stepsPerEpoch: 1000, reportEvery });
}

/** Milliseconds of a step of a network that `withoutReports` describes. */
export function timeSteps(network: Network, { rounds, ms }: Rounds): Promise<number> {
  // Finding the length of a round takes the steps of two more.
  const beforeReport = Math.floor(network.spec.reportEvery / (rounds + 2));
  const most = Math.max(1, Math.min(MOST_STEPS, beforeReport));
  return timeRounds(async (steps) => void (await network.train(steps)), { rounds, ms, most });
}

/** Times steps with a tuning. Throws when the device is lost. */
async function timeTuning(
  device: Device,
  data: Dataset,
  spec: Spec,
  tune: Tuning,
): Promise<Pick<Trial, "msPerStep" | "refused">> {
  const network = await Network.create(device, data, spec, tune).catch((error: Error) => {
    device.check();
    return error;
  });
  if (network instanceof Error)
    return { msPerStep: Number.POSITIVE_INFINITY, refused: network.message };
  try {
    return { msPerStep: await timeSteps(network, ROUNDS) };
  } finally {
    network.destroy();
  }
}

/** Whether the device can run tiles at all: its subgroups, and their parts in workgroup memory. */
const runs = ({ adapter, limits }: Device, { tiles }: Tuning): boolean =>
  (!tiles.share || tiles.share === adapter.subgroup) &&
  partsBytes(tiles) <= limits.maxComputeWorkgroupStorageSize;

/**
 * Trains the network of `options` with each value of each choice, and returns the fastest together.
 * Takes seconds on a GPU, tens of seconds in software.
 */
export async function tune(
  device: Device,
  data: Dataset,
  options: TrainOptions,
  onTrial: (trial: Trial) => void = () => {},
): Promise<Tuning> {
  const spec = withoutReports(options);
  let best = tuning(device);
  let { msPerStep: bestMs } = await timeTuning(device, data, spec, best);
  for (const { name, values, alone } of CHOICES[device.kernels]) {
    if (alone && best.tiles.share) continue;
    for (const value of values) {
      const candidate = withValue(best, value);
      if (JSON.stringify(candidate) === JSON.stringify(best) || !runs(device, candidate)) continue;
      const trial = { choice: name, value, ...(await timeTuning(device, data, spec, candidate)) };
      onTrial(trial);
      if (trial.msPerStep < GAIN * bestMs) [best, bestMs] = [candidate, trial.msPerStep];
    }
  }
  return best;
}
