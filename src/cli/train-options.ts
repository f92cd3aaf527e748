/** What `stairstep train` takes, and its help. */
import { type Command, Option } from "commander";
import { neuronNames, neurons, optimizers } from "../index";
import { addDataOptions } from "./data";
import {
  adapterOption,
  catalogueOption,
  kernelsOption,
  lossOption,
  neuronList,
  positive,
  rates,
  requireGpuOption,
  seeds,
  taskOption,
  units,
  whole,
} from "./options";

const estimatorNames = [...new Set(neurons.flatMap((n) => n.estimators.map((e) => e.name)))].join(
  ", ",
);

const warm = neurons
  .flatMap((n) => n.estimators.filter(({ usesTau }) => usesTau).map(({ name }) => name))
  .join(", ");

export function trainCommand(program: Command): Command {
  return addDataOptions(program.command("train"))
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
    );
}
