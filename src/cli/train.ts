/** `stairstep train`: trains, shows how it goes, ends with validation and test accuracy. */
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { SingleBar } from "cli-progress";
import type { Command } from "commander";
import { duration, neuronName, percent, thousands } from "../format";
import {
  type Checkpoint,
  DeviceLostError,
  encodeCheckpoint,
  layer,
  losses,
  neuronNames,
  neurons,
  optimizers,
  optionsOf,
  type Report,
  StairstepError,
  type Training,
  type TrainOptions,
  train,
  warning,
} from "../index";
import { openDevice } from "./adapter";
import { DATA_HELP, openData } from "./data";
import { checkWritable, writeWhole } from "./files";
import {
  catalogueOption,
  type KernelFlags,
  kernelsOption,
  neuron,
  positive,
  readModel,
  units,
  whole,
} from "./options";
import { accuracies, summarise } from "./results";
import { cachedTuning, tuneAndCache } from "./tunings";

interface TrainFlags extends KernelFlags {
  neuron: string;
  hidden: number[];
  estimator?: string;
  tau: number;
  deterministic?: boolean;
  sampledEvaluation?: boolean;
  normalise?: boolean;
  seed: number;
  members: number;
  dataSeed: number;
  lr: number;
  slope?: number;
  anneal: number;
  slopeCap: number;
  annealEvaluationOnly?: boolean;
  epochs?: number;
  steps?: number;
  batch: number;
  loss: string;
  optimizer: string;
  data?: string;
  save?: string;
  checkpoint?: string;
  checkpointEvery?: number;
  resume?: string;
  json?: boolean;
  tune?: boolean;
}

const estimatorNames = [...new Set(neurons.flatMap((n) => n.estimators.map((e) => e.name)))].join(
  ", ",
);

export function addTrain(program: Command): void {
  program
    .command("train")
    .description("Train on MNIST, on another data set by name, or on any folder of four IDX files.")
    .option("--neuron <name>", `hidden neuron: ${neuronNames()}`, neuron, "onehot:5")
    .option(
      "--hidden <units>",
      "units of each hidden layer, as 200,100 or repeated (default: 100)",
      units,
    )
    .option(
      "--estimator <name>",
      `gradient estimator: ${estimatorNames} (default: the neuron's first)`,
    )
    .option("--tau <number>", "temperature of gumbel, concrete and reinmax", positive, 1)
    .option("--deterministic", "round or take the largest while training, instead of sampling")
    .option(
      "--sampled-evaluation",
      "sample while evaluating, instead of rounding or taking the largest",
    )
    .option("--normalise", "divide the slope out of the backward pass")
    .option("--seed <number>", "seed of the first member", whole(0), 1)
    .option(
      "--members <number>",
      "members trained together, with seeds seed, seed + 1, …",
      whole(1),
      1,
    )
    .option("--data-seed <number>", "seed of the batch order", whole(0), 1)
    .option(
      "--lr <number>",
      "learning rate for mean cross-entropy (the article's 0.1 is 0.5 here)",
      positive,
      0.5,
    )
    .option(
      "--slope <number>",
      "multiplies pre-activations; temperature is its inverse (default: 2 for staircase, else 1)",
      positive,
    )
    .option("--anneal <rate>", "multiply the slope by this after each epoch", positive, 1)
    .option("--slope-cap <number>", "largest slope that annealing reaches", positive, 1e9)
    .option(
      "--anneal-evaluation-only",
      "keep the first slope in training, as the article's code did",
    )
    .option(
      "--epochs <number>",
      "epochs of 1,000 steps (default: 20 on a GPU, 2 on a software adapter)",
      whole(1),
    )
    .option("--steps <number>", "steps, instead of whole epochs", whole(1))
    .option("--batch <number>", "images of a step", whole(1), 50)
    .addOption(catalogueOption("loss", losses))
    .addOption(catalogueOption("optimizer", optimizers))
    .option("--data <set>", DATA_HELP)
    .option("--tune", "first find the fastest kernels for this network here, and remember them")
    .option("--save <file>", "save the trained members as a safetensors file")
    .option(
      "--checkpoint <file>",
      "keep in this file what the run can go on from, written anew after each epoch",
    )
    .option("--checkpoint-every <steps>", "steps between checkpoints, a multiple of 100", whole(1))
    .option(
      "--resume <file>",
      "go on with the run of a checkpoint, with its network, seeds and schedule",
    )
    .addOption(kernelsOption())
    .option("--json", "print reports and the result as JSON lines")
    .addHelpText(
      "after",
      `
Examples:
  $ stairstep train                                        100 one-hot neurons of 5 categories
  $ stairstep train --neuron ternary --hidden 200,100      two layers
  $ stairstep train --neuron staircase:7 --slope 3 --members 4
  $ stairstep train --estimator gumbel --tau 0.5 --json > run.jsonl
  $ stairstep train --checkpoint run.safetensors           and, after an interruption:
  $ stairstep train --checkpoint run.safetensors --resume run.safetensors`,
    )
    .action(run);
}

async function run(flags: TrainFlags): Promise<void> {
  for (const flag of ["save", "checkpoint"] as const) {
    const file = flags[flag];
    if (file !== undefined) await checkWritable(file, elsewhere(`--${flag}`));
  }
  const from = flags.resume === undefined ? undefined : await readModel(flags.resume);
  let device = await openDevice(flags.kernels);
  const { software, name } = device.adapter;
  const data = await openData(device, flags.data);
  const say = flags.json ? () => {} : console.log;
  const chosen = from
    ? { ...optionsOf(from), epochs: flags.epochs ?? from.epochs, from }
    : optionsFrom(flags, software);
  const checkpointEvery =
    flags.checkpoint === undefined ? {} : { checkpointEvery: flags.checkpointEvery ?? 1000 };
  const tuning = flags.tune
    ? await tuneAndCache(device, data, chosen, say)
    : await cachedTuning(device, data, chosen);
  const reopen = async () => {
    console.error("The GPU device was lost; going on with another from the last checkpoint.");
    device = await openDevice(flags.kernels);
    return { device, data: await openData(device, flags.data) };
  };
  const training = train(device, data, { ...chosen, ...checkpointEvery, tuning, reopen });
  const network = await training.ready();
  const parameters = network.sizes.reduce(
    (sum, { inputs, outputs }) => sum + (inputs + 1) * outputs,
    0,
  );
  const layers = training.spec.hidden
    .map((l) => `${l.units} ${neuronName(l.neuron, l.size)}`)
    .join(" – ");
  const { members } = training.spec;
  say(`Adapter     ${device.description}`);
  if (software && !from && flags.epochs === undefined && flags.steps === undefined)
    say("            no GPU here: training 2 epochs instead of 20 (--epochs 20 for all)");
  const times = members.length > 1 ? ` × ${members.length} members` : "";
  const shape = `${data.inputs} – ${layers} – ${data.classes}`;
  say(`Network     ${shape}, ${thousands(parameters)} parameters${times}`);
  if (from) say(`Resumed     after ${thousands(from.step)} steps`);

  const { seconds, steps } = await follow(training, flags).catch(lostForGood(flags.checkpoint));
  const result = await summarise(training);
  const done = steps - (from?.step ?? 0);
  const speed = done === 0 ? 0 : done / seconds;
  if (flags.json) {
    console.log(
      JSON.stringify({
        done: true,
        steps,
        seconds,
        stepsPerSecond: speed,
        adapter: name,
        kernels: device.kernels,
        members: result,
      }),
    );
    if (flags.save) await saveAtEnd(flags.save, await training.checkpoint());
    return;
  }
  say(
    `Done        ${thousands(done)} steps in ${seconds.toFixed(1)} s, ${speed.toFixed(0)} steps/s`,
  );
  for (const line of accuracies(result)) say(line);
  if (flags.save) {
    await saveAtEnd(flags.save, await training.checkpoint());
    say(`Saved       ${flags.save}`);
  }
}

function optionsFrom(flags: TrainFlags, software: boolean): TrainOptions {
  const options = {
    estimator: flags.estimator,
    stochastic: !flags.deterministic,
    stochasticEvaluation: flags.sampledEvaluation,
    normalise: flags.normalise,
  };
  const epochs = flags.epochs ?? (software ? 2 : 20);
  return {
    hidden: (flags.hidden ?? [100]).map((count) => layer(flags.neuron, count, options)),
    members: flags.members,
    seed: flags.seed,
    dataSeed: flags.dataSeed,
    learningRate: flags.lr,
    slope: flags.slope,
    anneal: flags.anneal,
    slopeCap: flags.slopeCap,
    annealEvaluationOnly: flags.annealEvaluationOnly,
    tau: flags.tau,
    batch: flags.batch,
    loss: flags.loss,
    optimizer: flags.optimizer,
    ...(flags.steps === undefined ? { epochs } : { epochs: 1, stepsPerEpoch: flags.steps }),
  };
}

/** Throws on; of a device lost for good, says where the run can go on from. */
export const lostForGood =
  (checkpoint: string | undefined) =>
  (error: unknown): never => {
    if (!(error instanceof DeviceLostError)) throw error;
    const remedy =
      checkpoint === undefined
        ? "keep the next run with --checkpoint FILE"
        : existsSync(checkpoint)
          ? `go on with --resume ${checkpoint}`
          : "start again";
    throw new StairstepError(`the GPU device was lost, also those that took its place: ${remedy}`);
  };

/**
 * Iterates over the run, shows each report and writes each checkpoint. Returns its seconds and all
 * its steps.
 */
async function follow(
  training: Training,
  { json, checkpoint }: TrainFlags,
): Promise<{ seconds: number; steps: number }> {
  const { epochs, stepsPerEpoch, members } = training.spec;
  const first = await training.step;
  const total = epochs * stepsPerEpoch;
  const bar =
    !json && process.stdout.isTTY
      ? new SingleBar({
          format: "{bar} {percentage}% | {speed} steps/s | {left} left",
          barsize: 24,
          hideCursor: true,
          clearOnComplete: true,
        })
      : undefined;
  const meanOf = members.length > 1 ? ` (mean of ${members.length})` : "";
  const line = ({ epoch, training: { accuracy, loss }, validation }: Report) =>
    `Epoch ${epoch.toFixed(0).padStart(2)}    ` +
    `training ${percent(accuracy)} (loss ${loss.toFixed(3)}), ` +
    `validation ${percent(validation.accuracy)}${meanOf}`;
  const start = performance.now();
  let steps = first;
  let atChance = "";
  bar?.start(total, first, { speed: "…", left: "…" });
  try {
    for await (const report of training) {
      steps = report.step;
      if (checkpoint !== undefined && report.checkpoint)
        await save(checkpoint, report.checkpoint, "--checkpoint");
      if (`${report.atChance}` !== atChance) {
        atChance = `${report.atChance}`;
        const seeds = members.map(({ seed }) => seed);
        const text = warning(report, seeds);
        if (text) console.error(`${bar ? "\r\x1b[K" : ""}Warning     ${text}`);
      }
      if (json) {
        console.log(
          JSON.stringify({ step: report.step, epoch: report.epoch, members: report.members }),
        );
        continue;
      }
      const speed = (report.step - first) / ((performance.now() - start) / 1000);
      if (report.step % stepsPerEpoch === 0) {
        if (bar) process.stdout.write("\r\x1b[K");
        console.log(line(report));
      }
      bar?.update(report.step, {
        speed: speed.toFixed(0),
        left: duration((total - report.step) / speed),
      });
    }
  } finally {
    bar?.stop();
  }
  return { seconds: (performance.now() - start) / 1000, steps };
}

const elsewhere = (flag: string): string => `choose another place with ${flag}`;

const save = (file: string, state: Checkpoint, flag: string): Promise<void> =>
  writeWhole(file, encodeCheckpoint(state), elsewhere(flag));

/**
 * Saves what a run came to. Where that fails after all, the model is kept in the folder for
 * temporary files, and the error says so.
 */
async function saveAtEnd(file: string, state: Checkpoint): Promise<void> {
  await save(file, state, "--save").catch(async (error: StairstepError) => {
    const kept = join(mkdtempSync(join(tmpdir(), "stairstep-")), basename(file));
    await save(kept, state, "--save").catch(() => Promise.reject(error));
    throw new StairstepError(`${error.message}; the model is in ${kept}`);
  });
}
