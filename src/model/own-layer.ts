/** A hidden layer of any neuron, the catalogue's or one's own. */
import type { Estimator, Neuron } from "../shaders/neurons/neuron";
import type { LayerOptions, Named } from "./layers";
import { ownNeuron } from "./own";
import { parseNeuron } from "./spec";
import type { HiddenLayer } from "./state";

/**
 * A layer of a neuron: any of the catalogue, as "binary" or "staircase:5", or one of your own, as
 * `ordered`, `real` or an object make it; and by an estimator of either. Throws `StairstepError`
 * for what is no neuron or no estimator.
 */
export function layer(
  neuron: Named | Neuron,
  units: number,
  options: Omit<LayerOptions, "estimator"> & {
    /** Levels or categories, for neurons that have them. */
    size?: number;
    /** The name of one of the neuron's estimators, or one of your own. */
    estimator?: string | Estimator;
  } = {},
): HiddenLayer {
  const { estimator } = options;
  const named = {
    ...(typeof neuron === "string" ? parseNeuron(neuron) : { neuron: neuron?.name }),
    units,
    ...options,
    ...(typeof estimator === "object" ? { estimator: estimator?.name } : {}),
  } as HiddenLayer;
  const own = ownNeuron(neuron, named, estimator);
  return own ? { ...named, own } : named;
}
