/**
 * Finds the fastest tiles for a network on an adapter, by training it with each: one choice after
 * the other, each value timed as whole submits of many steps, on the network's own shapes and data.
 * None of them changes a result, so a tuned run has the same bits as one with the built-in tuning.
 */
import * as v from "valibot";
import type { Dataset } from "../data/dataset";
import { neuronName } from "../format";
import { Network } from "../model/network";
import { resolve, type Spec, type TrainOptions } from "../model/spec";
import { type PartialTuning, type Tuning, tuning, withValue } from "../model/tuning";
import type { Device } from "../runtime/device";
import { CHOICES } from "./choices";
import { median } from "./measure";

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
const ROUNDS = 3;
const ROUND_MS = 150;

/**
 * What a tuning depends on, as one line: a remembered one may be used again where this is the same.
 */
export function tuningKey(device: Device, data: Dataset, options: TrainOptions): string {
  const { hidden, batch, members } = resolve(options);
  const layers = hidden
    .map(
      ({ neuron, size, estimator, units }) => `${units} ${neuronName(neuron, size)} ${estimator}`,
    )
    .join(", ");
  return `${device.description}, subgroup ${device.adapter.subgroup ?? "none"}: ${data.inputs} - ${layers} - ${data.classes}, batch ${batch}, members ${members.length}`;
}

/** The same run, so long and with reports so rare that none falls into a measurement. */
export function withoutReports(options: TrainOptions): Spec {
  const { batch, members } = resolve(options);
  const reportEvery = Math.max(
    1,
    Math.min(100_000, Math.floor(64e6 / (8 * batch * members.length))),
  );
  return resolve({ ...options, epochs: 1000, stepsPerEpoch: 1000, reportEvery });
}

/** Milliseconds of a step, the median of three rounds. Throws when the device is lost. */
async function timed(
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
    const round = async (steps: number) => {
      const begun = performance.now();
      await network.train(steps);
      return (performance.now() - begun) / steps;
    };
    await round(1);
    const steps = Math.max(2, Math.ceil(ROUND_MS / (await round(4))));
    const rounds: number[] = [];
    while (rounds.length < ROUNDS) rounds.push(await round(steps));
    return { msPerStep: median(rounds) };
  } finally {
    network.destroy();
  }
}

/**
 * Trains the network of `options` with each value of each choice, and returns the fastest together.
 * Seconds on a GPU, some ten on a software adapter.
 */
export async function tune(
  device: Device,
  data: Dataset,
  options: TrainOptions,
  onTrial: (trial: Trial) => void = () => {},
): Promise<Tuning> {
  const spec = withoutReports(options);
  let best = tuning(device);
  let { msPerStep: bestMs } = await timed(device, data, spec, best);
  for (const { name, values, alone } of CHOICES[device.kernels]) {
    if (alone && best.tiles.share) continue;
    for (const value of values) {
      const candidate = withValue(best, value);
      const unlike = JSON.stringify(candidate) !== JSON.stringify(best);
      if (!unlike || (candidate.tiles.share && candidate.tiles.share !== device.adapter.subgroup))
        continue;
      const trial = { choice: name, value, ...(await timed(device, data, spec, candidate)) };
      onTrial(trial);
      if (trial.msPerStep < GAIN * bestMs) [best, bestMs] = [candidate, trial.msPerStep];
    }
  }
  return best;
}

const whole = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(256));
const tuningSchema = v.strictObject({
  tiles: v.pipe(
    v.strictObject({
      affineRows: whole,
      transferRows: whole,
      updateWords: whole,
      updateQuads: whole,
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
  active: v.boolean(),
  mergeUpdates: v.boolean(),
});
const remembered = v.record(v.string(), tuningSchema);

/** Tunings by key as text, to keep between runs; what is not such a text counts as none. */
export function parseTunings(text: string | undefined): Record<string, Tuning> {
  try {
    return v.parse(remembered, JSON.parse(text ?? "{}"));
  } catch {
    return {};
  }
}
