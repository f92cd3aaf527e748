/** A network's hidden layers, as a person writes them. */
import type { NeuronName } from "../shaders/neurons/catalogue";
import { parseNeuron } from "./spec";
import type { HiddenLayer, Other } from "./state";

/** Any neuron of the catalogue, as "binary" or "staircase:5". */
export const layer = (
  neuron: NeuronName | `${NeuronName}:${number}` | Other,
  units: number,
  options: Omit<HiddenLayer, "neuron" | "units"> = {},
): HiddenLayer => ({
  ...parseNeuron(neuron),
  units,
  ...options,
});

type LayerOptions = Omit<HiddenLayer, "neuron" | "units" | "size">;

export const tanh = (units: number): HiddenLayer => layer("tanh", units);
export const binary = (units: number, options: LayerOptions = {}): HiddenLayer =>
  layer("binary", units, options);
export const ternary = (units: number, options: LayerOptions = {}): HiddenLayer =>
  layer("ternary", units, options);
export const staircase = (
  units: number,
  { levels, ...options }: LayerOptions & { levels: number },
): HiddenLayer => layer(`staircase:${levels}`, units, options);
export const oneHot = (
  units: number,
  { categories, ...options }: LayerOptions & { categories: number },
): HiddenLayer => layer(`onehot:${categories}`, units, options);
