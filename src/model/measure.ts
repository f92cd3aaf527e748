/**
 * What networks whose outputs are compared with values came to: losses with choices sampled or
 * rounded, symbols that no image uses, and the likelihood of completions. Loaded only where asked.
 */

import type { Split } from "../data/dataset";
import { StairstepError } from "../runtime/errors";
import { type Call, Program } from "../runtime/program";
import { pad4 } from "../shaders/kernel";
import type { Sizes } from "../shaders/layout";
import { REPORT_BYTES } from "../shaders/report-type";
import { controlOf } from "./buffers";
import { type Code, runCode } from "./code";
import { choosing } from "./code-layer";
import { Evaluator, type Slice } from "./evaluator";
import { LinearProbe } from "./linear-probe";
import type { Network } from "./network";
import { numbersOf } from "./numbers";
import { evaluateSplit, sourceOf } from "./reporting";
import type { Run } from "./run";
import { isOneHot } from "./spec";
import { type Losses, lossesOf } from "./value-report";
import { indexWords } from "./word-index";

/** How choices are made: `sampled` as in training, `rounded` to the likeliest. */
export type Choices = "sampled" | "rounded";

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
  const spec = choosing(network.spec, choices === "sampled", hard);
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
    const reports = await evaluateSplit(evaluator, split);
    const count = data[split].labels.length;
    return numbersOf(reports).map(({ evaluatedLoss, evaluatedKl }) =>
      lossesOf(spec, evaluatedLoss, evaluatedKl, count),
    );
  });

/**
 * How many symbols of each member's code no test image uses, each image's likeliest; undefined for
 * a network without a code.
 */
export const unusedSymbols = async (training: Run): Promise<number[] | undefined> =>
  (await training.ready()).spec.hidden.some(isOneHot) ? unusedOf(training) : undefined;

const unusedOf = (training: Run): Promise<number[]> =>
  ofEachCode(training, async (code, words) => {
    const { counts } = indexWords(await words("test"), code);
    return counts.filter((count) => count === 0).length;
  });

/**
 * The share of test images whose label a linear classifier of their words tells, fitted to the
 * training images' words, of each member; undefined for a network without a code.
 */
export const probeAccuracy = async (training: Run): Promise<number[] | undefined> => {
  const { data, spec } = await training.ready();
  const { classes, training: fitted, test } = data;
  if (!spec.hidden.some(isOneHot)) return undefined;
  return ofEachCode(training, async ({ neurons, choices }, words) => {
    const shape = { neurons, choices, classes };
    const probe = new LinearProbe(await words("training"), fitted.labels, shape);
    return probe.accuracy(await words("test"), test.labels);
  });
};

/** What `use` makes of each member's code and words. */
async function ofEachCode<T>(
  training: Run,
  use: (code: Code, words: (split: Split) => Promise<Uint8Array>) => Promise<T>,
): Promise<T[]> {
  const { data, spec } = await training.ready();
  const code = await runCode(training);
  try {
    const all: T[] = [];
    for (const m of spec.members.keys())
      all.push(await use(code, (split) => code.encodeSplit(data, split, m)));
    return all;
  } finally {
    code.destroy();
  }
}

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
    if (!(Number.isSafeInteger(draws) && draws > 0))
      throw new StairstepError(`draws must be a whole number of 1 or more, got ${draws}`);
    const { device, data, spec, sizes } = network;
    const members = spec.members.length;
    const source = sourceOf(data, split);
    const count = source.labels.length;
    const rows = evaluator.sliceRows(count);
    const { scores } = evaluator.activations;
    const bytes = 8 * members * rows;
    const kept = device.allocate("scores of draws", bytes * draws);
    const reports = device.allocate("scores", REPORT_BYTES * members);
    const steps = new Uint32Array(controlOf(spec, network.step));
    const totals = new Float64Array(members);
    // What no draw changes: z of the first layer, which firing overwrites.
    const { z } = evaluator.activations;
    const lowest = 4 * members * rows * pad4((sizes[0] as Sizes).outputs);
    const undrawn = device.allocate("z of the first layer", lowest);
    let lower: Promise<Program> | undefined;
    const calls = (slice: Slice) => {
      const [forward, ...drawn] = evaluator.forward(slice) as [Call, ...Call[]];
      lower = Program.create(device, [...evaluator.listCalls(slice), forward]);
      return [...drawn, ...evaluator.score(slice, reports)];
    };
    try {
      await evaluator.overSlices(source, calls, async (program, first) => {
        (await lower)?.run(device);
        device.submit((encoder) => encoder.copyBufferToBuffer(z, 0, undrawn, 0, lowest));
        for (let draw = 0; draw < draws; draw++) {
          steps[0] = draw; // keys the noise
          device.write(control, steps);
          device.submit((encoder) => encoder.copyBufferToBuffer(undrawn, 0, z, 0, lowest));
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
      undrawn.destroy();
      kept.destroy();
      reports.destroy();
    }
    return Array.from(totals, (total) => total / count);
  });
