/**
 * What networks whose outputs are compared with values came to: losses with choices sampled or
 * rounded, symbols that no image uses, and the likelihood of completions. Loaded only where asked.
 */

import type { Split } from "../data/dataset";
import { StairstepError } from "../runtime/errors";
import { pad4 } from "../shaders/kernel";
import { layerPlaces, type Places, type Sizes } from "../shaders/layout";
import { findNeuron } from "../shaders/neurons/catalogue";
import { REPORT_BYTES } from "../shaders/report-type";
import { controlOf } from "./buffers";
import { Evaluator, type Source, sliceRows } from "./evaluator";
import type { Network } from "./network";
import { numbersOf } from "./numbers";
import { evaluateSplit } from "./reporting";
import { isOneHot, type Spec } from "./spec";
import type { Training } from "./training";
import { type Losses, lossesOf } from "./value-report";

/** A run, of whatever reports. */
export type Run = Pick<Training<never>, "ready">;

/** How choices are made: `sampled` as in training, `rounded` to the likeliest. */
export type Choices = "sampled" | "rounded";

/** The network as its evaluation is to be: sampled, with hard choices where `hard`. */
function choosing(spec: Spec, choices: Choices, hard: boolean): Spec {
  const hidden = spec.hidden.map((layer) => ({
    ...layer,
    stochasticEvaluation: choices === "sampled",
    ...(hard && isOneHot(layer)
      ? { estimator: (layer.own ?? findNeuron(layer.neuron))?.estimators[0]?.name ?? "" }
      : {}),
  }));
  return { ...spec, hidden };
}

/** Calls `use` with an evaluator of the network that chooses so, on a control buffer of its own. */
async function withEvaluator<T>(
  training: Run,
  choices: Choices,
  hard: boolean,
  use: (given: { network: Network; evaluator: Evaluator; control: GPUBuffer }) => Promise<T>,
): Promise<T> {
  const network = await training.ready();
  if (network.spec.task === "classify")
    throw new StairstepError("a network that classifies has an accuracy: use evaluate");
  const { device, data, sizes, tune, extra, buffers } = network;
  const spec = choosing(network.spec, choices, hard);
  const control = device.upload("control of a measure", controlOf(spec, network.step));
  const parts = { device, data, spec, sizes, control, tune, extra };
  try {
    const evaluator = await Evaluator.create({ ...parts, parameters: buffers.parameters });
    try {
      return await use({ network, evaluator, control });
    } finally {
      evaluator.destroy();
    }
  } finally {
    control.destroy();
  }
}

/** Mean loss and KL of each member over a split. */
export const measure = (training: Run, split: Split, choices: Choices): Promise<Losses[]> =>
  withEvaluator(training, choices, false, async ({ evaluator, network }) => {
    const { data, spec } = network;
    const count = data[split].labels.length;
    return numbersOf(await evaluateSplit(evaluator, split)).map(({ evaluatedLoss, evaluatedKl }) =>
      lossesOf(spec, evaluatedLoss, evaluatedKl, count),
    );
  });

/**
 * Place of the layer whose choices are the code: of one-hot layers that with the fewest neurons, of
 * equals the lowest. Throws `StairstepError` where there is none.
 */
export function codeLayer({ hidden }: Pick<Spec, "hidden">): number {
  const found = hidden.reduce(
    (best, layer, i) =>
      isOneHot(layer) && (best < 0 || layer.units < (hidden[best] as typeof layer).units)
        ? i
        : best,
    -1,
  );
  if (found < 0)
    throw new StairstepError("a code needs a one-hot layer: add one, such as 20 neurons onehot:10");
  return found;
}

/**
 * The symbols [count, neurons] that a member's code layer chooses for images: which category, as
 * `evaluator` chooses. Categories beyond 255 do not fit: throws `StairstepError`.
 */
export async function codesOf(
  evaluator: Evaluator,
  source: Source,
  member: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { device, spec, sizes } = evaluator.parts;
  const layer = codeLayer(spec);
  const { units } = spec.hidden[layer] as Spec["hidden"][number];
  const width = (sizes[layer] as Sizes).outputs;
  const categories = width / units;
  if (categories > 256)
    throw new StairstepError(
      `symbols are bytes, and this code has ${categories} categories: use 256 or fewer`,
    );
  const count = source.labels.length;
  const members = spec.members.length;
  const rows = sliceRows(count, evaluator.most);
  const { outputs: place } = layerPlaces(sizes, members, rows)[layer] as Places;
  const begin = place + member * rows * pad4(width);
  const codes = new Uint8Array(count * units);
  const scores = device.allocate("scores", REPORT_BYTES * members);
  // All of one label, so that rows keep their order.
  const plain = { ...source, labels: new Uint32Array(count) };
  try {
    await evaluator.overSlices(plain, scores, async (program, first) => {
      program.run(device);
      const end = 4 * (begin + rows * pad4(width));
      const y = new Float32Array(await device.read(evaluator.activations.y, end));
      for (let row = 0; row < Math.min(rows, count - first); row++)
        for (let n = 0; n < units; n++) {
          const at = begin + row * pad4(width) + n * categories;
          const one = y.subarray(at, at + categories);
          codes[(first + row) * units + n] = one.indexOf(Math.max(...one));
        }
    });
  } finally {
    scores.destroy();
  }
  return codes;
}

/**
 * How many symbols of each member's code no test image uses, each image's likeliest; undefined for
 * a network without a code.
 */
export const unusedSymbols = async (training: Run): Promise<number[] | undefined> =>
  (await training.ready()).spec.hidden.some(isOneHot) ? unusedOf(training) : undefined;

const unusedOf = (training: Run): Promise<number[]> =>
  withEvaluator(training, "rounded", false, async ({ network, evaluator }) => {
    const { spec, sizes, data } = network;
    const layer = codeLayer(spec);
    const { units } = spec.hidden[layer] as Spec["hidden"][number];
    const unused: number[] = [];
    for (const m of spec.members.keys()) {
      const codes = await codesOf(evaluator, data.test, m);
      const used = new Set(Array.from(codes, (symbol, i) => (i % units) + units * symbol));
      unused.push((sizes[layer] as Sizes).outputs - used.size);
    }
    return unused;
  });

/**
 * -log of the mean likelihood of `draws` draws of the choices, in nats an image, for each member;
 * draws are one-hot whatever the estimator. Source: the importance-free estimate of Raiko et al.
 * 2015, section 4.
 */
export const completionLoss = (
  training: Run,
  split: Exclude<Split, "training">,
  draws: number,
): Promise<number[]> =>
  withEvaluator(training, "sampled", true, async ({ network, evaluator, control }) => {
    const { device, data, spec } = network;
    const members = spec.members.length;
    const source: Source = data[split];
    const count = source.labels.length;
    const rows = sliceRows(count, evaluator.most);
    const { scores } = evaluator.activations;
    const bytes = 8 * members * rows;
    const kept = device.allocate("scores of draws", bytes * draws);
    const reports = device.allocate("scores", REPORT_BYTES * members);
    const steps = new Uint32Array(controlOf(spec, network.step));
    const totals = new Float64Array(members);
    try {
      await evaluator.overSlices(source, reports, async (program, first) => {
        for (let draw = 0; draw < draws; draw++) {
          steps[0] = draw; // keys the noise
          device.write(control, steps);
          program.run(device);
          device.submit((encoder) =>
            encoder.copyBufferToBuffer(scores, 0, kept, draw * bytes, bytes),
          );
        }
        const losses = new Float32Array(await device.read(kept));
        const filled = Math.min(rows, count - first);
        for (let m = 0; m < members; m++)
          for (let row = 0; row < filled; row++) {
            const own = Array.from(
              { length: draws },
              (_, d) => -(losses[2 * (d * members * rows + m * rows + row)] as number),
            );
            const top = Math.max(...own);
            const mean = own.reduce((sum, one) => sum + Math.exp(one - top), 0) / draws;
            (totals[m] as number) -= top + Math.log(mean);
          }
      });
    } finally {
      kept.destroy();
      reports.destroy();
    }
    return Array.from(totals, (total) => total / count);
  });
