/** Networks and runs, as a person would name them. */
import {
  type HiddenLayer,
  type KernelChoice,
  type MemberOptions,
  neurons,
  optimizers,
  type Spec,
} from "../index";

export const OPTIMIZERS: Readonly<Record<string, string>> = { sgd: "SGD", adam: "Adam" };
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

/** The data that runs learn from where a visitor gives no other. */
export const USUAL_DATA = "MNIST";

/** One of the ways in which runs may differ. */
export interface Facet {
  text: string;
  /** As it is where nobody changes it: said only of runs beside others that differ. */
  usual: boolean;
  /** No two of these are alike because both are usual. */
  counts?: true;
}

/** Seeds of a population: "seeds 1 to 8", or each where they do not follow one another. */
export function seedNames(seeds: readonly number[]): string {
  const [first = 0] = seeds;
  if (seeds.length === 1) return `seed ${first}`;
  return seeds.every((seed, i) => seed === first + i)
    ? `seeds ${first} to ${first + seeds.length - 1}`
    : `seeds ${seeds.join(", ")}`;
}

/** All that may tell a run from others, in the order in which a name says it. */
export function facetsOf(spec: Spec, kernels: KernelChoice, data: string): Facet[] {
  const [layer, member] = [spec.hidden[0] as HiddenLayer, spec.members[0] as MemberOptions];
  const neuron = neurons.find(({ name }) => name === layer.neuron);
  const estimator = neuron?.estimators.find(({ name }) => name === layer.estimator);
  const optimizer = optimizers.find(({ name }) => name === spec.optimizer);
  const decides = layer.estimator !== "exact";
  const population = spec.members.length > 1;
  const seeds = seedNames(spec.members.map(({ seed }) => seed));
  const facet = (text: string, usual: boolean): Facet => ({ text, usual });
  return [
    facet(networkName(spec.hidden), false),
    facet(decides ? `${layer.estimator}` : "", layer.estimator === neuron?.estimators[0]?.name),
    facet(estimator?.usesTau ? `τ ${member.tau}` : "", !estimator?.usesTau || member.tau === 1),
    facet(decides ? (layer.stochastic ? "sampling" : "rounding") : "", layer.stochastic !== false),
    facet(`slope ${member.slope}`, member.slope === (neuron?.slope ?? 1)),
    facet(`slope × ${member.anneal} per epoch`, member.anneal === 1),
    facet(layer.normalise ? "normalised" : "not normalised", !layer.normalise),
    facet(`learning rate ${member.learningRate}`, member.learningRate === optimizer?.rate),
    facet(spec.loss, spec.loss === "softmax"),
    facet(OPTIMIZERS[spec.optimizer] ?? spec.optimizer, spec.optimizer === "sgd"),
    facet(data, data === USUAL_DATA),
    {
      text: population ? `${spec.members.length} networks, ${seeds}` : seeds,
      usual: !population,
      counts: true,
    },
    { text: `${spec.epochs} epochs`, usual: true, counts: true },
    facet(
      kernels === "auto" ? "" : `kernels for ${kernels === "gpu" ? "GPUs" : "software adapters"}`,
      kernels === "auto",
    ),
  ];
}

/** A run by itself: its network, and what is not usual. */
export const describe = (facets: readonly Facet[]): string =>
  facets
    .filter(({ text, usual }) => text && !usual)
    .map(({ text }) => text)
    .join(", ");

export interface Named {
  /** Counts all runs since the page was opened, from 1. */
  number: number;
  facets: readonly Facet[];
  /** What the visitor, or a file, calls it. */
  own?: string | undefined;
}

/**
 * A name for each run, by what it differs in from the others: its seed and epochs only from those
 * that are else alike, its number only where nothing else is left. And what they all have in
 * common, where a name leaves it out.
 */
export function namesOf(runs: readonly Named[]): { names: string[]; common: string } {
  const compared = runs.filter(({ own }) => !own);
  const facets = compared[0]?.facets ?? [];
  const key = (facet: Facet | undefined) => (facet?.usual && !facet.counts ? "" : facet?.text);
  const differs = (some: readonly Named[], at: number) =>
    new Set(some.map((run) => key(run.facets[at]))).size > 1;
  const all = facets.map((_, at) => differs(compared, at));
  const told = (run: Named, some: readonly Named[], counted: boolean) =>
    run.facets
      .filter((f, at) => all[at] && f.text && (!f.counts || !f.usual || counted))
      .filter((f) => !f.counts || !f.usual || differs(some, run.facets.indexOf(f)))
      .map(({ text }) => text)
      .join(", ");
  const firsts = new Map(compared.map((run) => [run, told(run, compared, false)]));
  const short = runs.map((run) => {
    if (run.own) return run.own;
    const first = firsts.get(run);
    const alike = compared.filter((other) => firsts.get(other) === first);
    const beside = first === "" ? compared : alike;
    return told(run, beside, true) || describe(run.facets);
  });
  const names = short.map((name, i) =>
    short.filter((other) => other === name).length > 1 ? `${name}, run ${runs[i]?.number}` : name,
  );
  const shared = facets.filter((_, at) => all.includes(true) && !all[at]);
  return { names, common: describe(shared) };
}
