/** Hidden layers of the catalogue's neurons, as a person writes them. */
import type { NeuronName } from "../shaders/neurons/catalogue";
import { parseNeuron } from "./spec";
import type { HiddenLayer, Other } from "./state";

export type LayerOptions = Omit<HiddenLayer, "neuron" | "units" | "size" | "own">;
/** A neuron of the catalogue, with its size. */
export type Named = NeuronName | `${NeuronName}:${number}` | Other;

const ofCatalogue = (neuron: Named, units: number, options: LayerOptions = {}): HiddenLayer => ({
  ...parseNeuron(neuron),
  units,
  ...options,
});

const sized = (neuron: NeuronName, size: number | undefined): Named =>
  size === undefined ? neuron : `${neuron}:${size}`;

export const tanh = (units: number): HiddenLayer => ofCatalogue("tanh", units);
export const binary = (units: number, options: LayerOptions = {}): HiddenLayer =>
  ofCatalogue("binary", units, options);
export const ternary = (units: number, options: LayerOptions = {}): HiddenLayer =>
  ofCatalogue("ternary", units, options);
/** With 5 levels by default. */
export const staircase = (
  units: number,
  { levels, ...options }: LayerOptions & { levels?: number } = {},
): HiddenLayer => ofCatalogue(sized("staircase", levels), units, options);
/** With 5 categories by default. */
export const oneHot = (
  units: number,
  { categories, ...options }: LayerOptions & { categories?: number } = {},
): HiddenLayer => ofCatalogue(sized("onehot", categories), units, options);
