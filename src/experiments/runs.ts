/**
 * Every run that an experiment may ask for, as data: an architecture, how its members train, and
 * what is known of its accuracy. A run is trained once, whatever number of experiments show it; its
 * seeds train as one population.
 */
import { neuronName } from "../format";
import {
  type DataName,
  type HiddenLayer,
  layer,
  type MemberOptions,
  neurons,
  staircase,
} from "../index";

/** Validation accuracy after 20 epochs, in [0, 1]. */
export interface Known {
  /** As the article prints it. */
  article?: number;
  /**
   * By an independent implementation in NumPy: mean, standard deviation where there is more than
   * one seed, seeds.
   */
  reference?: { mean: number; sd?: number; seeds: number };
}

export interface Run extends Known {
  /** File name of its result, unique. */
  id: string;
  /** As charts and tables call it. */
  label: string;
  data: DataName;
  hidden: readonly HiddenLayer[];
  /** Shared by all members but the seed. */
  member: Partial<Omit<MemberOptions, "seed">>;
  /** Of a full reproduction. */
  seeds: readonly number[];
}

const SEEDS = [1, 2, 3];
type Details = Known &
  Partial<Pick<Run, "data" | "member" | "seeds">> & {
    layer?: Omit<HiddenLayer, "neuron" | "units">;
    units?: number[];
  };

const run = (
  id: string,
  label: string,
  neuron: string,
  {
    layer: options = {},
    units = [100],
    data = "mnist",
    member = {},
    seeds = SEEDS,
    ...known
  }: Details = {},
): Run => ({
  id,
  label,
  data,
  hidden: units.map((count) => layer(neuron, count, options)),
  member,
  seeds,
  ...known,
});

const known = (mean: number, seeds: number, sd?: number): Known["reference"] => ({
  mean,
  seeds,
  ...(sd === undefined ? {} : { sd }),
});
const normalise = { normalise: true };

const ordered: Run[] = [
  run("tanh", "tanh", "tanh", { reference: known(0.9788, 3, 0.0004) }),
  run("sigmoid", "sigmoid", "sigmoid", { reference: known(0.9781, 3, 0.0006) }),
  run("binary", "binary", "binary", { article: 0.9732, reference: known(0.9721, 3, 0.0008) }),
  run("binary-deterministic", "binary, deterministic", "binary", {
    layer: { stochastic: false },
    reference: known(0.9737, 3, 0.0013),
  }),
  run("binary-slope-1.05", "binary, slope × 1.05", "binary", {
    member: { anneal: 1.05 },
    reference: known(0.9765, 2),
  }),
  run("binary-slope-1.1", "binary, slope × 1.1", "binary", {
    member: { anneal: 1.1 },
    reference: known(0.9721, 3),
  }),
  run("binary-slope-1.2", "binary, slope × 1.2", "binary", {
    member: { anneal: 1.2 },
    reference: known(0.9247, 3, 0.008),
  }),
  run("binary-normalised-1.1", "binary, normalised × 1.1", "binary", {
    layer: normalise,
    member: { anneal: 1.1 },
    reference: known(0.9733, 2),
  }),
  run("binary-normalised-1.2", "binary, normalised × 1.2", "binary", {
    layer: normalise,
    member: { anneal: 1.2 },
    reference: known(0.9709, 2),
  }),
  run("binary-normalised-1.5", "binary, normalised × 1.5", "binary", {
    layer: normalise,
    member: { anneal: 1.5 },
    reference: known(0.9664, 2),
  }),
  run("hard-binary", "hard-sigmoid binary", "hard-binary", { reference: known(0.9763, 3, 0.0009) }),
  run("hard-binary-slope-1.1", "hard-sigmoid binary, slope × 1.1", "hard-binary", {
    member: { anneal: 1.1 },
  }),
  run("ternary", "ternary", "ternary", { reference: known(0.9761, 3, 0.0022) }),
  run("ternary-sampled", "ternary, sampled in evaluation too", "ternary", {
    layer: { stochasticEvaluation: true },
    reference: known(0.974, 3, 0.0026),
  }),
  run("ternary-deterministic", "ternary, deterministic", "ternary", {
    layer: { stochastic: false },
    reference: known(0.9754, 3, 0.0008),
  }),
  run("ternary-slope-1.05", "ternary, slope × 1.05", "ternary", {
    member: { anneal: 1.05 },
    reference: known(0.9724, 2),
  }),
  run("ternary-slope-1.1", "ternary, slope × 1.1", "ternary", {
    member: { anneal: 1.1 },
    reference: known(0.953, 2),
  }),
];

const STAIRCASES: Record<string, number> = {
  "2-2": 0.9763,
  "3-1": 0.9772,
  "3-2": 0.9776,
  "3-4": 0.9751,
  "5-1": 0.9722,
  "5-2": 0.9722,
  "10-1": 0.9699,
  "10-2": 0.9661,
};
/** Levels and slopes: slope 2 for all, and what else the reference knows. */
const staircases: Run[] = [
  "2-2",
  "3-1",
  "3-2",
  "3-4",
  "4-2",
  "5-1",
  "5-2",
  "7-2",
  "10-1",
  "10-2",
].map((name) => {
  const [levels = 2, slope = 1] = name.split("-").map(Number);
  const mean = STAIRCASES[name];
  return {
    ...run(`staircase-${name}`, `${levels} levels, slope ${slope}`, "staircase", {
      member: { slope },
      ...(mean === undefined ? {} : { reference: known(mean, 2) }),
    }),
    hidden: [staircase(100, { levels })],
  };
});

/**
 * The article's three "annealing" curves are this run with other seeds: its training never saw the
 * slope.
 */
const onehot: Run[] = [
  run("onehot-2", "one-hot 2-D", "onehot:2", {
    article: 0.9772,
    reference: known(0.9743, 2, 0.0033),
  }),
  run("onehot-3", "one-hot 3-D", "onehot:3"),
  run("onehot-5", "one-hot 5-D", "onehot:5", {
    article: 0.9794,
    reference: known(0.9805, 3, 0.0024),
  }),
  run("onehot-10", "one-hot 10-D", "onehot:10", {
    seeds: [1, 2],
    article: 0.981,
    reference: known(0.9802, 2, 0.0023),
  }),
  run("onehot-20", "one-hot 20-D", "onehot:20", {
    seeds: [1, 2],
    article: 0.9754,
    reference: known(0.9786, 2, 0.0011),
  }),
  run("onehot-5-article-1.2", "÷ 1.2, evaluation only", "onehot:5", {
    member: { anneal: 1.2, annealEvaluationOnly: true },
    seeds: [4, 5, 6],
    reference: known(0.9805, 3, 0.0024),
  }),
  run("onehot-5-article-1.5", "÷ 1.5, evaluation only", "onehot:5", {
    member: { anneal: 1.5, annealEvaluationOnly: true },
    seeds: [7, 8, 9],
    reference: known(0.9805, 3, 0.0024),
  }),
  run("onehot-5-intended-1.2", "÷ 1.2, as intended", "onehot:5", {
    member: { anneal: 1.2 },
    seeds: [1, 2],
    reference: known(0.9109, 2),
  }),
  run("onehot-5-intended-1.5", "÷ 1.5, as intended", "onehot:5", {
    member: { anneal: 1.5 },
    seeds: [1, 2],
    reference: known(0.2358, 2),
  }),
  run("onehot-5-normalised-1.1", "÷ 1.1, normalised", "onehot:5", {
    layer: normalise,
    member: { anneal: 1.1 },
    reference: known(0.981, 3),
  }),
  run("onehot-5-normalised-1.2", "÷ 1.2, normalised", "onehot:5", {
    layer: normalise,
    member: { anneal: 1.2 },
    seeds: [1, 2],
    reference: known(0.9796, 1),
  }),
  run("onehot-5-normalised-1.5", "÷ 1.5, normalised", "onehot:5", {
    layer: normalise,
    member: { anneal: 1.5 },
    seeds: [1, 2],
    reference: known(0.9748, 1),
  }),
];

const estimator = (
  name: string,
  label: string,
  tau: number,
  mean: number,
  seeds = 1,
  sd?: number,
): Run =>
  run(`onehot-5-${name}${name === "hardmax" ? "" : `-${tau}`}`, label, "onehot:5", {
    layer: { estimator: name },
    member: { tau },
    seeds: [1, 2],
    reference: known(mean, seeds, sd),
  });
const estimators: Run[] = [
  estimator("hardmax", "hardmax", 1, 0.9769, 2, 0.0018),
  estimator("gumbel", "Gumbel-softmax, τ = 1", 1, 0.979),
  estimator("gumbel", "Gumbel-softmax, τ = 0.5", 0.5, 0.9792),
  estimator("concrete", "Concrete, τ = 1", 1, 0.9778),
  estimator("concrete", "Concrete, τ = 0.5", 0.5, 0.9796),
  estimator("reinmax", "ReinMax, τ = 1", 1, 0.9796),
  estimator("reinmax", "ReinMax, τ = 0.5", 0.5, 0.9762),
];

const two = [100, 100];
const deep: Run[] = [
  run("two-tanh", "tanh, two layers", "tanh", { units: two, reference: known(0.9821, 3) }),
  run("two-binary-slope-1.1", "binary, slope × 1.1, two layers", "binary", {
    units: two,
    member: { anneal: 1.1 },
    reference: known(0.9667, 3),
  }),
  run("two-ternary", "ternary, two layers", "ternary", { units: two, reference: known(0.9763, 3) }),
  run("two-onehot-5", "one-hot 5-D, two layers", "onehot:5", { units: two, seeds: [1, 2] }),
];

const fashion = (
  id: string,
  label: string,
  neuron: string,
  reference: Known["reference"] | undefined,
  details: Details = {},
): Run =>
  run(`fashion-${id}`, label, neuron, {
    data: "fashion",
    seeds: [1, 2],
    ...(reference === undefined ? {} : { reference }),
    ...details,
  });
const gentle = { member: { learningRate: 0.1 } };
const fashions: Run[] = [
  fashion("tanh", "tanh", "tanh", known(0.8765, 3, 0.0055)),
  fashion("binary", "binary", "binary", known(0.8727, 2)),
  fashion("ternary", "ternary", "ternary", known(0.8766, 2)),
  fashion("onehot-2", "one-hot 2-D", "onehot:2", known(0.8644, 2, 0.012)),
  fashion("onehot-3", "one-hot 3-D", "onehot:3", undefined),
  fashion("onehot-5", "one-hot 5-D", "onehot:5", known(0.8779, 2)),
  fashion(
    "onehot-5-normalised-1.1",
    "one-hot 5-D, ÷ 1.1 normalised",
    "onehot:5",
    known(0.8794, 2),
    { layer: normalise, member: { anneal: 1.1 } },
  ),
  fashion("onehot-10", "one-hot 10-D", "onehot:10", known(0.872, 2)),
  fashion("onehot-20", "one-hot 20-D", "onehot:20", undefined),
  // Is it the learning rate that more categories lose by?
  fashion("tanh-rate-0.1", "tanh, learning rate 0.1", "tanh", undefined, gentle),
  fashion("onehot-5-rate-0.1", "one-hot 5-D, learning rate 0.1", "onehot:5", undefined, gentle),
  fashion("onehot-10-rate-0.1", "one-hot 10-D, learning rate 0.1", "onehot:10", undefined, gentle),
];

const listed = [...ordered, ...staircases, ...onehot, ...estimators, ...deep, ...fashions];

/**
 * Whatever else the catalogue has: each neuron, and each estimator of it, that no run above trains.
 * Not `zero`, which stands for having no estimator.
 */
const added = neurons.flatMap(({ name, size, estimators: [first, ...others] }) => {
  const trained = (estimator?: string) =>
    listed.some(({ hidden }) =>
      hidden.some(
        (layer) => layer.neuron === name && (!estimator || layer.estimator === estimator),
      ),
    );
  const text = neuronName(name, size?.initial);
  const id = text.replace(":", "-");
  return [
    ...(first && !trained() ? [run(id, text, text)] : []),
    ...others
      .filter((other) => other.name !== "zero" && !trained(other.name))
      .map((other) =>
        run(`${id}-${other.name}`, `${text}, ${other.name}`, text, {
          layer: { estimator: other.name },
        }),
      ),
  ];
});

export const ADDED: readonly Run[] = added;
export const RUNS: readonly Run[] = [...listed, ...added];
