/** Options that several verbs share, and how their values are read. */

import { readFile, stat } from "node:fs/promises";
import { InvalidArgumentError, Option } from "commander";
import {
  type Checkpoint,
  checkSize,
  decodeCheckpoint,
  KERNEL_CHOICES,
  type KernelChoice,
  lossNames,
  parseNeuron,
  StairstepError,
  type Task,
} from "../index";
import { EXIT, endsWith } from "./exit";

const fail = (message: string): never => {
  throw new InvalidArgumentError(message);
};

/** A whole number of at least `least`. */
export const whole =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    return /^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least
      ? value
      : fail(`It must be a whole number of ${least} or more.`);
  };

/** A finite number above 0. */
export const positive = (text: string): number => {
  const value = Number(text);
  return text.trim() !== "" && Number.isFinite(value) && value > 0
    ? value
    : fail("It must be a number above 0, such as 0.5.");
};

/** "0.5" or "0.1,0.3,0.5": numbers above 0, each once. */
export const rates = (text: string): number[] => distinct(text.split(",").map(positive));

/** Members that are alike but for the memory that they take. */
const MOST_SEEDS = 65_535;

/** "1,2,5" or "1..8": seeds, each once. */
export function seeds(text: string): number[] {
  const [, first, last] = /^(\d+)\.\.(\d+)$/.exec(text) ?? [];
  if (first === undefined || last === undefined) return distinct(text.split(",").map(whole(0)));
  const [from, to] = [first, last].map(whole(0)) as [number, number];
  if (to < from || to - from >= MOST_SEEDS)
    fail(`It must go up, by ${MOST_SEEDS} seeds at the most, as in 1..8.`);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

const distinct = (values: number[]): number[] =>
  new Set(values).size === values.length ? values : fail("Give each value once.");

/** "100" or "200,100", repeatable. */
export const units = (text: string, before: number[] | undefined): number[] => [
  ...(before ?? []),
  ...text.split(",").map((part) => whole(1)(part.trim())),
];

/** "onehot:5", or one for each layer: "tanh,onehot:10,tanh". */
export const neuronList = (text: string): string[] => text.split(",").map(neuron);

export const neuron = (text: string): string => {
  try {
    parseNeuron(text);
    return text;
  } catch (error) {
    return fail(capital((error as StairstepError).message));
  }
};

const capital = (text: string): string => `${text[0]?.toUpperCase()}${text.slice(1)}.`;

export interface KernelFlags {
  kernels: KernelChoice;
  requireGpu?: boolean;
  adapter?: string;
}
export const requireGpuOption = (): Option =>
  new Option("--require-gpu", "end with code 5 where there is no GPU, instead of going on without");
export const adapterOption = (): Option =>
  new Option("--adapter <name>", "take the adapter of this name, or end with code 5");

export const kernelsOption = (): Option =>
  new Option(
    "--kernels <shape>",
    "run the kernels shaped for GPUs or those for software adapters; auto takes what suits " +
      "the adapter",
  )
    .choices(KERNEL_CHOICES)
    .default("auto");

/** `--task`, `--loss` and `--optimizer`: one of a catalogue by name, by default its first. */
export const catalogueOption = (
  name: string,
  catalogue: readonly { readonly name: string; readonly summary: string }[],
): Option =>
  new Option(`--${name} <name>`, catalogue.map((c) => `${c.name}: ${c.summary}`).join("; "))
    .choices(catalogue.map((c) => c.name))
    .default(catalogue[0]?.name);

const TASKS: readonly { name: Task; summary: string }[] = [
  { name: "classify", summary: "name an image's class" },
  { name: "reconstruct", summary: "put out the image itself, an autoencoder" },
  { name: "complete", summary: "put out its lower half, in black and white, from its upper half" },
];
export const taskOption = (): Option => catalogueOption("task", TASKS);

export const lossOption = (): Option =>
  new Option(
    "--loss <name>",
    `to classify: ${lossNames(true).join(", ")}; else: ${lossNames(false).join(", ")} ` +
      "(default: the task's first)",
  ).choices([...lossNames(true), ...lossNames(false)]);

/** A file that `train --save` or `--checkpoint` wrote. */
export const readModel = (file: string): Promise<Checkpoint> =>
  read(file).catch(endsWith(EXIT.data));

async function read(file: string): Promise<Checkpoint> {
  const failed = (cause: { code: string }): never => {
    throw new StairstepError(
      `${file} cannot be read (${cause.code}): give a model that train --save FILE wrote`,
    );
  };
  checkSize(file, (await stat(file).catch(failed)).size);
  const bytes = await readFile(file).catch(failed);
  return decodeCheckpoint(file, new Uint8Array(bytes));
}
