/** Which layer of a network is its code, and how its choices are made. */
import { StairstepError } from "../runtime/errors";
import { findNeuron } from "../shaders/neurons/catalogue";
import { isOneHot, type Spec } from "./spec";

/**
 * Place of the layer whose choices are the code: of one-hot layers that with the fewest neurons, of
 * equals the lowest. Throws `StairstepError` where there is none.
 */
export function codeLayer({ hidden }: Pick<Spec, "hidden">): number {
  const fewest = Math.min(...hidden.filter(isOneHot).map(({ units }) => units));
  const found = hidden.findIndex((layer) => isOneHot(layer) && layer.units === fewest);
  if (found < 0)
    throw new StairstepError("a code needs a one-hot layer: add one, such as 20 neurons onehot:10");
  return found;
}

/** The network with choices `sampled` or rounded, and with outputs of 0 and 1 where `hard`. */
export function choosing(spec: Spec, sampled: boolean, hard: boolean): Spec {
  const hidden = spec.hidden.map((layer) => ({
    ...layer,
    stochasticEvaluation: sampled,
    ...(hard && isOneHot(layer)
      ? { estimator: (layer.own ?? findNeuron(layer.neuron))?.estimators[0]?.name ?? "" }
      : {}),
  }));
  return { ...spec, hidden };
}
