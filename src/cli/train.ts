/** `stairstep train`: trains, shows how it goes, ends with validation and test accuracy. */
import { existsSync } from "node:fs";
import { type Command, Option } from "commander";
import { neuronName, thousands } from "../format";
import {
  type Checkpoint,
  type Dataset,
  type Device,
  DeviceLostError,
  neuronNames,
  neurons,
  optimizers,
  optionsOf,
  otherData,
  StairstepError,
  type Training,
  train,
  VERSION,
} from "../index";
import { openDevice } from "./adapter";
import { addDataOptions, openData, warnOfSplits } from "./data";
import { EXIT, endsWith } from "./exit";
import { checkFlags, type Given, optionsFrom, resumedFrom, type TrainFlags } from "./flags";
import { follow } from "./follow";
import { lossLines, summariseLosses, type ValueRun } from "./losses";
import { memberNames } from "./members";
import {
  adapterOption,
  catalogueOption,
  kernelsOption,
  lossOption,
  neuronList,
  positive,
  rates,
  readModel,
  requireGpuOption,
  seeds,
  taskOption,
  units,
  whole,
} from "./options";
import { checkOutputs, save, saveAtEnd } from "./outputs";
import { accuracies, summarise } from "./results";
import { Interrupted, pending, stopGently } from "./signals";
import { cachedTuning, tuneAndCache } from "./tunings";

const estimatorNames = [...new Set(neurons.flatMap((n) => n.estimators.map((e) => e.name)))].join(
  ", ",
);

const warm = neurons
  .flatMap((n) => n.estimators.filter(({ usesTau }) => usesTau).map(({ name }) => name))
  .join(", ");

/** A run of any task. */
type Run = Training | ValueRun;

export function addTrain(program: Command): void {
  addDataOptions(program.command("train"))
    .description("Train on MNIST, on another data set by name, or on any folder of four IDX files.")
    .addOption(taskOption())
    .addOption(
      new Option(
        "--neuron <names>",
        `hidden neuron, or one for each layer, as tanh,onehot:10,tanh: ${neuronNames()}`,
      )
        .argParser(neuronList)
        .default(["onehot:5"], "onehot:5"),
    )
    .option(
      "--hidden <units>",
      "units of each hidden layer, as 200,100 or repeated (default: 100)",
      units,
    )
    .option(
      "--estimator <name>",
      `gradient estimator: ${estimatorNames} (default: the neuron's first)`,
    )
    .option("--tau <number>", `temperature of ${warm}`, positive, 1)
    .option(
      "--kl <weight>",
      "in --task reconstruct, weigh how far choices are from uniform ones: 1 makes a variational " +
        "autoencoder (default: 0)",
      positive,
    )
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
    .option("--seeds <list>", "a member each of these seeds, as 1..8 or 1,2,5", seeds)
    .option("--data-seed <number>", "seed of the batch order", whole(0), 1)
    .option(
      "--lr <numbers>",
      "learning rate for mean cross-entropy (the article's 0.1 is 0.5 here); several, as " +
        "0.1,0.3,0.5, train a member each, with every seed (default: the optimizer's, " +
        `${optimizers.map(({ name, rate }) => `${rate} for ${name}`).join(", ")})`,
      rates,
    )
    .option(
      "--slope <numbers>",
      "multiplies pre-activations; temperature is its inverse (default: 2 for staircase, else " +
        "1); several as for --lr",
      rates,
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
    .addOption(lossOption())
    .addOption(catalogueOption("optimizer", optimizers))
    .option("--tune", "first find the fastest kernels for this network here, and remember them")
    .option("--save <file>", "save the trained members as a safetensors file")
    .option(
      "--checkpoint <file>",
      "keep in this file what the run can go on from, written anew after each epoch",
    )
    .option("--checkpoint-every <steps>", "steps between checkpoints, a multiple of 100", whole(1))
    .option(
      "--resume <file>",
      "go on with the run of a checkpoint, with its network, seeds and schedule; a new run where " +
        "--checkpoint names the same file and it is not there yet",
    )
    .addOption(kernelsOption())
    .addOption(requireGpuOption())
    .addOption(adapterOption())
    .option("--json", "print reports and the result as JSON lines")
    .addHelpText(
      "after",
      `
Examples:
  $ stairstep train                                        100 one-hot neurons of 5 categories
  $ stairstep train --neuron ternary --hidden 200,100      two layers
  $ stairstep train --neuron staircase:7 --slope 3 --members 4
  $ stairstep train --lr 0.1,0.3,0.5 --seeds 1..8          24 members, in the same dispatches
  $ stairstep train --task reconstruct --hidden 200,20,200 --neuron tanh,onehot:10,tanh
                                                           images as words of 20 symbols
  $ stairstep train --estimator gumbel --tau 0.5 --json > run.jsonl
  $ stairstep train --checkpoint run.safetensors --resume run.safetensors
                                                           the same command begins and goes on`,
    )
    .action(run);
}

async function run(flags: TrainFlags, command: Command): Promise<void> {
  const given: Given = (flag) => command.getOptionValueSource(flag) === "cli";
  // A job that is started again and again has the same command each time.
  const starts = flags.resume === flags.checkpoint && !existsSync(flags.resume ?? "");
  const wanted: TrainFlags = { ...flags };
  if (starts) delete wanted.resume;
  checkFlags(wanted, given);
  const signal = flags.checkpoint === undefined ? undefined : stopGently();
  await checkOutputs(flags);
  const from = wanted.resume === undefined ? undefined : await readModel(wanted.resume);
  const goesOn = from && resumedFrom(from, wanted, given);
  let device = await openDevice(flags);
  const { software } = device.adapter;
  const data = await openData(device, flags, from);
  const other = from && otherData(from, data);
  if (other)
    endsWith(EXIT.data)(new StairstepError(`${other}: give that with --data or --validation`));
  const say = flags.json ? () => {} : console.log;
  const chosen =
    from && goesOn ? { ...optionsOf(from), ...goesOn, from } : optionsFrom(flags, software);
  const checkpointEvery =
    flags.checkpoint === undefined ? {} : { checkpointEvery: flags.checkpointEvery ?? 1000 };
  const tuning = flags.tune
    ? await tuneAndCache(device, data, chosen, say)
    : await cachedTuning(device, data, chosen);
  const reopen = async () => {
    console.error("The GPU device was lost; going on with another from the last checkpoint.");
    device = await openDevice(flags);
    return { device, data: await openData(device, flags, from) };
  };
  const stop = signal ? { signal } : {};
  const settings = { ...chosen, ...checkpointEvery, ...stop, tuning, reopen };
  const training = train(device, data, settings);
  await training.ready().catch(from ? endsWith(EXIT.data) : undefined);
  if (software && !from && flags.epochs === undefined && flags.steps === undefined)
    console.error("Note        no GPU here: training 2 epochs instead of 20 (--epochs 20 for all)");
  if (from) noteOrigin(flags.resume as string, from, device);
  warnOfSplits(data);
  if (flags.json) console.log(JSON.stringify(beginning(training, device, data, from)));
  else await describe(training, device, data, from);
  try {
    await finish(training, device, flags, from);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    await interrupted(error, training, flags.checkpoint as string);
  }
}

/** Says what keeps a run from ending with the bits that it would have had. */
function noteOrigin(file: string, { data, version, kernels }: Checkpoint, device: Device): void {
  const note = (text: string) => console.error(`Note        ${text}`);
  if (!data)
    note(
      `${file} is of an older version and does not say what data it was trained on: that this is ` +
        "the same is not checked",
    );
  if (kernels && kernels !== device.kernels)
    note(
      `${file} was made by ${kernels} kernels, and these are ${device.kernels} ones: their last ` +
        `bits differ (--kernels ${kernels} goes on with the same)`,
    );
  if (version && version !== VERSION)
    note(`${file} was made by Stairstep ${version}, and this is ${VERSION}: bits may differ`);
}

/** What decides the result, and where it is computed: the first line of `--json`. */
function beginning(training: Run, device: Device, data: Dataset, from?: Checkpoint) {
  const { adapter, kernels } = device;
  return {
    run: optionsOf(training.spec),
    data: data.identity,
    ...(from ? { from: { step: from.step, version: from.version } } : {}),
    version: VERSION,
    adapter: adapter.name,
    software: adapter.software,
    kernels,
    host: {
      runtime: "Deno" in globalThis ? `Deno ${process.versions.deno}` : `Node ${process.version}`,
      platform: `${process.platform} ${process.arch}`,
    },
  };
}

async function describe(
  training: Run,
  device: Device,
  data: Dataset,
  from?: Checkpoint,
): Promise<void> {
  const network = await training.ready();
  const parameters = network.sizes.reduce(
    (sum, { inputs, outputs }) => sum + (inputs + 1) * outputs,
    0,
  );
  const { hidden, members } = training.spec;
  const layers = hidden.map((l) => `${l.units} ${neuronName(l.neuron, l.size)}`).join(" – ");
  const times = members.length > 1 ? ` × ${members.length} members` : "";
  const inputs = network.sizes[0]?.inputs;
  const shape = `${inputs} – ${layers} – ${network.data.outputs}`;
  console.log(`Adapter     ${device.description}`);
  const { identity, training: learned, validation } = data;
  const [way, seed] = identity.validation.split(" ");
  const how = way === "stratified" ? `of each class its share, seed ${seed}` : "the first";
  console.log(
    `Data        ${identity.name}, ${thousands(learned.count)} images to learn from, ` +
      `${thousands(validation.labels.length)} for validation (${how})`,
  );
  console.log(`Network     ${shape}, ${thousands(parameters)} parameters${times}`);
  if (from) console.log(`Resumed     after ${thousands(from.step)} steps`);
}

/** Trains to the end, prints the results, and saves the model. */
async function finish(
  training: Run,
  device: Device,
  flags: TrainFlags,
  from: Checkpoint | undefined,
): Promise<void> {
  const { seconds, steps } = await follow(training, flags).catch(lostForGood(flags.checkpoint));
  const { json, lines } = await resultOf(training);
  const signal = pending(); // the results can be had again from the checkpoint
  if (signal) throw new Interrupted(signal);
  const done = steps - (from?.step ?? 0);
  const speed = done === 0 ? 0 : done / seconds;
  if (flags.json)
    console.log(
      JSON.stringify({
        done: true,
        steps,
        seconds,
        stepsPerSecond: speed,
        adapter: device.adapter.name,
        kernels: device.kernels,
        members: json,
      }),
    );
  else {
    const time = `${seconds.toFixed(1)} s, ${speed.toFixed(0)} steps/s`;
    console.log(`Done        ${thousands(done)} steps in ${time}`);
    for (const line of lines) console.log(line);
  }
  if (!flags.save) return;
  await saveAtEnd(flags.save, await training.checkpoint());
  if (!flags.json) console.log(`Saved       ${flags.save}`);
}

/** What the run came to: each member's results, and lines that say them. */
async function resultOf(run: Run): Promise<{ json: unknown[]; lines: string[] }> {
  if (run.spec.task === "classify") {
    const members = await summarise(run as Training);
    return { json: members, lines: accuracies(members) };
  }
  const values = run as ValueRun;
  const members = await summariseLosses(values);
  return { json: members, lines: lossLines(values, members, memberNames(run.spec.members)) };
}

/** Keeps what the run can go on from. */
async function interrupted({ signal }: Interrupted, training: Run, file: string): Promise<void> {
  const state = await training.checkpoint();
  await save(file, state, "checkpoint");
  console.error(
    `Stopped by ${signal} after ${thousands(state.step)} steps: go on with --resume ${file}`,
  );
  process.exitCode = EXIT.interrupted;
}

/** Throws on; of a device lost for good, says where the run can go on from. */
export const lostForGood =
  (checkpoint: string | undefined) =>
  (error: unknown): never => {
    if (!(error instanceof DeviceLostError)) throw error;
    const kept = checkpoint !== undefined && existsSync(checkpoint);
    const remedy =
      checkpoint === undefined
        ? "keep the next run with --checkpoint FILE"
        : kept
          ? `go on with --resume ${checkpoint}`
          : "start again";
    return endsWith(kept ? EXIT.interrupted : 1)(
      new StairstepError(`the GPU device was lost, also those that took its place: ${remedy}`),
    );
  };
