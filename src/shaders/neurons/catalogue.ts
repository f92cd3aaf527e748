/**
 * Every neuron and every estimator. A new one is a file in this folder and a line here; the library
 * and its types, the command line, the page, the report and the shared tests take it from here.
 */
import { binary } from "./binary";
import { concrete } from "./concrete";
import { gumbel } from "./gumbel";
import { gumbelRao } from "./gumbel-rao";
import { hardBinary } from "./hard-binary";
import { hardmax } from "./hardmax";
import type { Neuron } from "./neuron";
import { reinmax } from "./reinmax";
import { reinmaxRao } from "./reinmax-rao";
import { leakyRelu, relu } from "./relu";
import { sigmoid } from "./sigmoid";
import { staircase } from "./staircase";
import { straightThrough } from "./straight-through";
import { tanh } from "./tanh";
import { ternary } from "./ternary";

const oneHot: Neuron<"onehot"> = {
  name: "onehot",
  summary: "one of several categories, as a vector with a single 1",
  size: { name: "categories", minimum: 2, initial: 5 },
  group: (categories) => categories,
  estimators: [straightThrough, hardmax, gumbel, concrete, reinmax, gumbelRao, reinmaxRao],
};

const all = [
  ...[tanh, sigmoid, relu, leakyRelu(0.01)],
  ...[binary, hardBinary, ternary, staircase, oneHot],
] as const;

export type NeuronName = (typeof all)[number]["name"];
export const neurons: readonly Neuron<NeuronName>[] = all;

/** The neuron called `name`, or undefined. */
export const findNeuron = (name: string): Neuron | undefined =>
  neurons.find((n) => n.name === name);
