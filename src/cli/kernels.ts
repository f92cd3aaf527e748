/** `stairstep kernels`: the WGSL that a network trains with, to read. */
import { type Command, Option } from "commander";
import { type KernelText, networkKernels } from "../bench/index";
import { type LossName, type OptimizerName, optimizers, StairstepError, type Task } from "../index";
import { layersOf } from "./flags";
import {
  catalogueOption,
  lossOption,
  neuronList,
  positive,
  taskOption,
  units,
  whole,
} from "./options";

/** What a kernel computes, by the beginning of its name. */
export const FORMULAS: Record<string, string> = {
  initialise: "w ~ U(-a, a), a = √(6 / (inputs + outputs)); biases 0",
  order: "batches[s, i] = (image, label), image = first + permute((s · batch + i) mod images)",
  "lists of words": "for each tile of rows: the words that hold anything in any of its rows",
  "lists of rows": "for each group of words: the rows that hold anything in any of its words",
  forward: "z[r, j] = bias[j] + Σ_k x[r, k] · w[k, j]",
  "fire and forward": "y = fire(z) of the layer below; z = y · w + bias of the layer above",
  head: "y = fire(z); out = y · w + bias; loss, dout of each row; dz = back(dout · wᵀ)",
  score:
    "y = fire(z); out = y · w + bias; the rows whose largest output is the label's, or their loss",
  "sum of scores": "loss and KL, summed over rows",
  backward: "dy = dz · wᵀ of the layer above; dz = back(dy) of the layer below",
  update: "w ← optimize(w, xᵀ · dz); bias ← optimize(bias, Σ_r dz[r])",
  report: "loss and correct answers, summed over the steps since the last report",
  finite: "a bit for each layer whose weights hold a NaN or an infinity",
};

const formulaOf = (name: string): string =>
  Object.entries(FORMULAS).findLast(([begin]) => name.startsWith(begin))?.[1] ?? "";

/** A kernel to read: a heading, then its WGSL as written, or as it is compiled. */
function show({ name, workgroups, wgsl, flat }: KernelText, asCompiled: boolean): string {
  const text = asCompiled ? flat : wgsl;
  const heading = `${name}: ${text.split("\n").length} lines, ${workgroups.join(" × ")} workgroups`;
  return `// ${heading}\n// ${formulaOf(name)}\n\n${text}\n`;
}

interface KernelsFlags {
  task: Task;
  neuron: string[];
  hidden?: number[];
  estimator?: string;
  kl?: number;
  members: number;
  batch: number;
  loss?: LossName;
  optimizer: OptimizerName;
  kernels: "gpu" | "software";
  only?: string;
  flat?: boolean;
}

export function addKernels(program: Command): void {
  program
    .command("kernels")
    .description("Print the WGSL that a network trains with on MNIST. No GPU is needed.")
    .addOption(taskOption())
    .addOption(
      new Option("--neuron <names>", "hidden neuron, or one for each layer")
        .argParser(neuronList)
        .default(["onehot:5"], "onehot:5"),
    )
    .option("--hidden <units>", "units of each hidden layer (default: 100)", units)
    .option("--estimator <name>", "gradient estimator (default: the neuron's first)")
    .option("--kl <weight>", "of KL, in --task reconstruct", positive)
    .option("--members <number>", "members trained together", whole(1), 1)
    .option("--batch <number>", "images of a step", whole(1), 50)
    .addOption(lossOption())
    .addOption(catalogueOption("optimizer", optimizers))
    .addOption(
      new Option("--kernels <shape>", "shaped for GPUs, or for software adapters")
        .choices(["gpu", "software"])
        .default("gpu"),
    )
    .option("--only <name>", "kernels whose name begins so, such as head")
    .option("--flat", "as they are compiled, with loops written out")
    .action(({ only = "", flat = false, ...flags }: KernelsFlags) => {
      const { task, kl, kernels, members, batch, loss, optimizer } = flags;
      const hidden = layersOf(flags);
      const own = { ...(kl === undefined ? {} : { kl }), ...(loss === undefined ? {} : { loss }) };
      const all = networkKernels({ task, hidden, members, batch, optimizer, ...own }, kernels);
      const chosen = all.filter(({ name }) => name.startsWith(only));
      if (chosen.length === 0)
        throw new StairstepError(
          `no kernel's name begins with ${only}: choose from ` +
            all.map(({ name }) => name).join(", "),
        );
      console.log(chosen.map((kernel) => show(kernel, flat)).join("\n"));
    });
}
