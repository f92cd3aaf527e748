/** Networks and runs, as a person would name them. */
import type { HiddenLayer } from "../index";
import { DEFAULTS, ofNeuron, type Settings } from "./settings";

const NAMES: Readonly<Record<string, string>> = { onehot: "one-hot" };

/** "100 one-hot neurons, 5 choices each". */
export function layerName({ neuron, size, units }: Pick<HiddenLayer, "neuron" | "units" | "size">) {
  const kind = NAMES[neuron] ?? neuron;
  const each =
    neuron === "onehot"
      ? `, ${size} choices each`
      : neuron === "staircase"
        ? `, ${size} levels`
        : "";
  return `${units} ${kind} ${units === 1 ? "neuron" : "neurons"}${each}`;
}

/** All hidden layers: "2 layers of 50 ternary neurons". */
export function networkName(hidden: readonly HiddenLayer[]): string {
  const names = hidden.map(layerName);
  const [first = ""] = names;
  if (names.length > 1 && names.every((name) => name === first))
    return `${names.length} layers of ${first}`;
  return names.join(", then ");
}

/** The name of a run on the chart: its network, and what is not the default. */
export function describe(settings: Settings): string {
  const { neuron, size, units, layers, estimator, deterministic, anneal, normalise } = settings;
  const { rate, members, slope, tau, kernels } = settings;
  const own = ofNeuron(neuron);
  const parts = [
    networkName(Array<HiddenLayer>(layers).fill({ neuron, size, units } as HiddenLayer)),
    estimator === own.estimator ? "" : estimator,
    tau === 1 ? "" : `τ ${tau}`,
    deterministic ? "rounding" : "",
    slope === own.slope ? "" : `slope ${slope}`,
    anneal === 1 ? "" : `slope × ${anneal} per epoch`,
    normalise ? "normalised" : "",
    rate === DEFAULTS.rate ? "" : `learning rate ${rate}`,
    members === 1 ? "" : `${members} networks`,
    kernels === "auto" ? "" : `kernels for ${kernels === "gpu" ? "GPUs" : "software adapters"}`,
  ];
  return parts.filter(Boolean).join(", ");
}

/** `name`, with what tells the run from one of that name, or its number. */
export function unlike(name: string, more: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  const longer = more ? `${name}, ${more}` : name;
  if (more && !taken.includes(longer)) return longer;
  for (let number = 2; ; number++)
    if (!taken.includes(`${longer} (${number})`)) return `${longer} (${number})`;
}
