/** `stairstep train`: trains, shows how it goes, ends with validation and test accuracy. */
import { writeFile } from "node:fs/promises";
import { SingleBar } from "cli-progress";
import type { Command } from "commander";
import {
  checkpoint,
  encodeCheckpoint,
  type LayerWeights,
  layer,
  neuronNames,
  neurons,
  type Report,
  StairstepError,
  sha256,
  type Training,
  type TrainOptions,
  train,
} from "../index";
import { openDevice } from "./adapter";
import { duration, neuron, openData, percent, positive, units, whole } from "./options";
import { rememberedTuning, tuneAndRemember } from "./tunings";

interface TrainFlags {
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
  data?: string;
  save?: string;
  json?: boolean;
  tune?: boolean;
}

const estimatorNames = [...new Set(neurons.flatMap((n) => n.estimators.map((e) => e.name)))].join(", ");

export function addTrain(program: Command): void {
  program
    .command("train")
    .description("Train on MNIST, or on any folder of four IDX files.")
    .option("--neuron <name>", `hidden neuron: ${neuronNames()}`, neuron, "onehot:5")
    .option("--hidden <units>", "units of each hidden layer, as 200,100 or repeated (default: 100)", units)
    .option("--estimator <name>", `gradient estimator: ${estimatorNames} (default: the neuron's first)`)
    .option("--tau <number>", "temperature of gumbel, concrete and reinmax", positive, 1)
    .option("--deterministic", "round or take the largest while training, instead of sampling")
    .option("--sampled-evaluation", "sample while evaluating, instead of rounding or taking the largest")
    .option("--normalise", "divide the slope out of the backward pass")
    .option("--seed <number>", "seed of the first member", whole(0), 1)
    .option("--members <number>", "members trained together, with seeds seed, seed + 1, …", whole(1), 1)
    .option("--data-seed <number>", "seed of the batch order", whole(0), 1)
    .option("--lr <number>", "learning rate for mean cross-entropy (the article's 0.1 is 0.5 here)", positive, 0.5)
    .option("--slope <number>", "multiplies pre-activations; temperature is its inverse (default: 2 for staircase, else 1)", positive)
    .option("--anneal <rate>", "multiply the slope by this after each epoch", positive, 1)
    .option("--slope-cap <number>", "largest slope that annealing reaches", positive, 1e9)
    .option("--anneal-evaluation-only", "keep the first slope in training, as the article's code did")
    .option("--epochs <number>", "epochs of 1,000 steps (default: 20 on a GPU, 2 on a software adapter)", whole(1))
    .option("--steps <number>", "steps, instead of whole epochs", whole(1))
    .option("--batch <number>", "images of a step", whole(1), 50)
    .option("--data <folder>", "folder of four IDX files, raw or gzipped (default: MNIST)")
    .option("--tune", "first find the fastest kernels for this network here, and remember them")
    .option("--save <file>", "save the first member as a safetensors file")
    .option("--json", "print reports and the result as JSON lines")
    .addHelpText(
      "after",
      `
Examples:
  $ stairstep train                                        100 one-hot neurons of 5 categories
  $ stairstep train --neuron ternary --hidden 200,100      two layers
  $ stairstep train --neuron staircase:7 --slope 3 --members 4
  $ stairstep train --estimator gumbel --tau 0.5 --json > run.jsonl`,
    )
    .action(run);
}

async function run(flags: TrainFlags): Promise<void> {
  const device = await openDevice();
  const { software, name } = device.adapter;
  const epochs = flags.epochs ?? (software && flags.steps === undefined ? 2 : 20);
  const data = await openData(device, flags.data);
  const options = { estimator: flags.estimator, stochastic: !flags.deterministic, stochasticEvaluation: flags.sampledEvaluation, normalise: flags.normalise };
  const chosen: TrainOptions = {
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
    ...(flags.steps === undefined ? { epochs } : { epochs: 1, stepsPerEpoch: flags.steps }),
  };
  const say = flags.json ? () => {} : console.log;
  const tuning = flags.tune ? await tuneAndRemember(device, data, chosen, say) : await rememberedTuning(device, data, chosen);
  const training = train(device, data, { ...chosen, tuning });
  const network = await training.ready();
  const parameters = network.sizes.reduce((sum, { inputs, outputs }) => sum + (inputs + 1) * outputs, 0);
  const layers = training.spec.hidden.map((l) => `${l.units} ${l.neuron}${l.size > 1 ? `:${l.size}` : ""}`).join(" – ");
  say(`Adapter     ${name}`);
  if (software && flags.epochs === undefined && flags.steps === undefined)
    say("            no GPU here: training 2 epochs instead of 20 (--epochs 20 for all)");
  say(
    `Network     ${data.inputs} – ${layers} – ${data.classes}, ${parameters.toLocaleString("en")} parameters${flags.members > 1 ? ` × ${flags.members} members` : ""}`,
  );

  const seconds = await follow(training, flags);
  const result = await summarise(training);
  if (flags.save) await save(training, flags.save);
  if (flags.json) {
    const steps = network.step;
    console.log(JSON.stringify({ done: true, steps, seconds, stepsPerSecond: steps / seconds, adapter: name, members: result }));
    return;
  }
  say(`Done        ${network.step.toLocaleString("en")} steps in ${seconds.toFixed(1)} s, ${(network.step / seconds).toFixed(0)} steps/s`);
  for (const { seed, validation, test } of result) {
    say(`${result.length > 1 ? `Seed ${seed}`.padEnd(12) : "Accuracy    "}validation ${percent(validation.accuracy)}, test ${percent(test.accuracy)}`);
  }
  if (flags.save) say(`Saved       ${flags.save}`);
}

/** Iterates over the run and shows each report. Returns its seconds. */
async function follow(training: Training, { json, members }: TrainFlags): Promise<number> {
  const { epochs, stepsPerEpoch } = training.spec;
  const total = epochs * stepsPerEpoch;
  const bar =
    !json && process.stdout.isTTY
      ? new SingleBar({ format: "{bar} {percentage}% | {speed} steps/s | {left} left", barsize: 24, hideCursor: true, clearOnComplete: true })
      : undefined;
  const line = ({ epoch, training: t, validation }: Report) =>
    `Epoch ${epoch.toFixed(0).padStart(2)}    training ${percent(t.accuracy)} (loss ${t.loss.toFixed(3)}), validation ${percent(validation.accuracy)}${members > 1 ? ` (mean of ${members})` : ""}`;
  const start = performance.now();
  bar?.start(total, 0, { speed: "…", left: "…" });
  try {
    for await (const report of training) {
      if (json) {
        console.log(JSON.stringify({ step: report.step, epoch: report.epoch, members: report.members }));
        continue;
      }
      const speed = report.step / ((performance.now() - start) / 1000);
      if (report.step % stepsPerEpoch === 0) {
        if (bar) process.stdout.write("\r\x1b[K");
        console.log(line(report));
      }
      bar?.update(report.step, { speed: speed.toFixed(0), left: duration((total - report.step) / speed) });
    }
  } finally {
    bar?.stop();
  }
  return (performance.now() - start) / 1000;
}

async function summarise(training: Training) {
  const validation = await training.evaluate("validation");
  const test = await training.evaluate("test");
  return Promise.all(
    training.spec.members.map(async ({ seed }, i) => ({
      seed,
      validation: { accuracy: validation[i] as number },
      test: { accuracy: test[i] as number },
      weightsSha256: await sha256(weightBytes(await training.weights(i))),
    })),
  );
}

/** All parameters in order: each layer's weights, then its bias. */
function weightBytes(layers: LayerWeights[]): Uint8Array<ArrayBuffer> {
  const parts = layers.flatMap(({ weights, bias }) => [weights, bias]).map((a) => new Uint8Array(a.buffer, a.byteOffset, a.byteLength));
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function save(training: Training, file: string): Promise<void> {
  await writeFile(file, encodeCheckpoint(await checkpoint(training))).catch((cause) => {
    throw new StairstepError(`${file} could not be written (${cause.code}): choose another place with --save`);
  });
}
