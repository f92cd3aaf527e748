/**
 * Networks that together cover training: every neuron with every estimator, sampled and not, in one
 * to three layers, several members, images of both kinds and features. Compiling takes most of the
 * time, so kernels are shared where that loses nothing: a single layer is 15 wide for every neuron,
 * and what changes without compiling (seeds, slopes, schedules) comes in kernels that exist.
 */
import { layer } from "../model/own-layer";
import type { TrainOptions } from "../model/spec";
import type { HiddenLayer, MemberOptions } from "../model/state";
import { neurons } from "../shaders/neurons/catalogue";
import { optimizers } from "../shaders/optimizers/catalogue";
import type { SETS } from "./data";

export interface Case {
  /** What a miss in its weights is called; where the first member's are right, "population". */
  family:
    | "training step"
    | "optimizers"
    | "several layers"
    | "many classes"
    | "features"
    | "annealing"
    | "values";
  data: keyof typeof SETS;
  options: TrainOptions;
  /** Evaluate training and test data as well. */
  everySplit?: boolean;
  /**
   * Break each member's weights in a layer of its own in the end. Its hidden neurons must be tanh.
   */
  breaks?: boolean;
}

/**
 * The ring holds four steps, so it is filled twice; reports come at 4 and 6; the first epoch ends
 * between two.
 */
const SHORT = { stepsPerEpoch: 3, epochs: 2, reportEvery: 4, dataSeed: 2 ** 33 + 5 };
/** Seeds of one word and of two. */
const MEMBERS: Partial<MemberOptions>[] = [
  { seed: 1, learningRate: 0.5, slope: 2, tau: 0.7 },
  { seed: 2 ** 40 + 1, learningRate: 0.2, slope: 2.7, tau: 1.6 },
];
const ODD = { ...SHORT, batch: 13, members: MEMBERS };
const WIDTH = 15;

/**
 * One layer of each, evaluated by samples where the number is odd; every third divides the slope
 * out. Those without a gradient come last: what they can show is little.
 */
const single: Case[] = neurons
  .flatMap((neuron) =>
    neuron.estimators.map((estimator) => ({ neuron, estimator: estimator.name })),
  )
  .sort((a, b) => Number(a.estimator === "zero") - Number(b.estimator === "zero"))
  .map(({ neuron, estimator }, i) => {
    const size = neuron.group(3) > 1 ? 3 : neuron.size?.initial;
    const units = WIDTH / neuron.group(size ?? 1);
    const hidden: HiddenLayer = {
      neuron: neuron.name,
      units,
      estimator,
      stochasticEvaluation: i % 2 === 1,
      normalise: i % 3 === 2,
    };
    return {
      family: "training step",
      data: "odd",
      options: { ...ODD, hidden: [size ? { ...hidden, size } : hidden] },
    };
  });

const [first, second] = MEMBERS;
/** Its output depends on the slope everywhere. */
const sigmoid = single.find(({ options }) => options.hidden[0]?.neuron === "sigmoid") as Case;

export const CASES: readonly Case[] = [
  ...single,
  {
    ...sigmoid,
    family: "annealing",
    options: {
      ...sigmoid.options,
      members: [
        { ...first, anneal: 1.5, slopeCap: 2.5 },
        { ...second, anneal: 1.3, annealEvaluationOnly: true },
      ],
    },
  },
  ...optimizers.slice(1).map(
    ({ name, rate }): Case => ({
      family: "optimizers",
      data: "odd",
      options: {
        ...ODD,
        members: MEMBERS.map((member, i) => ({ ...member, learningRate: (i + 1) * rate })),
        optimizer: name,
        hidden: [layer("tanh", WIDTH)],
      },
    }),
  ),
  {
    // Wider than a workgroup; more classes than are written out; an even batch, which no tile
    // divides.
    family: "several layers",
    data: "whole",
    everySplit: true,
    options: {
      ...SHORT,
      batch: 26,
      members: [...MEMBERS, { seed: 7, learningRate: 0.3 }],
      hidden: [layer("onehot:4", 5, { estimator: "gumbel" }), layer("tanh", 70)],
    },
  },
  {
    // Draws on the way back, below a layer and below the head.
    family: "several layers",
    data: "odd",
    options: {
      ...ODD,
      hidden: ["gumbel-rao", "reinmax-rao"].map((estimator, i) =>
        layer("onehot:4", 2 + i, { estimator }),
      ),
    },
  },
  {
    // Answers among so many are close: these seeds are the first of which none is too close.
    family: "many classes",
    data: "many",
    options: {
      ...ODD,
      members: MEMBERS.map((member) => ({ ...member, seed: (member.seed ?? 0) + 20 })),
      hidden: [layer("tanh", 9)],
    },
  },
  {
    family: "features",
    data: "features",
    everySplit: true,
    options: { ...ODD, hidden: [layer("tanh", 9)] },
  },
  {
    family: "several layers",
    data: "odd",
    breaks: true,
    options: {
      ...ODD,
      members: [...MEMBERS, { seed: 9 }],
      hidden: [layer("tanh", 6), layer("tanh", 5)],
    },
  },
  {
    // Wider than a workgroup, and no whole words.
    family: "values",
    data: "odd",
    everySplit: true,
    options: {
      ...ODD,
      task: "reconstruct",
      members: MEMBERS.map((member, m) => ({ ...member, learningRate: 0.1, kl: 0.7 + m })),
      hidden: [layer("tanh", 9), layer("onehot:3", 4, { estimator: "gumbel" }), layer("tanh", 70)],
    },
  },
  {
    // The code is the last layer; both halves of an odd height.
    family: "values",
    data: "odd",
    everySplit: true,
    options: {
      ...ODD,
      task: "complete",
      members: MEMBERS.map((member) => ({ ...member, learningRate: 0.1 })),
      hidden: [layer("ternary", 6), layer("onehot:3", 5, { normalise: true })],
    },
  },
  {
    family: "values",
    data: "features",
    options: {
      ...ODD,
      task: "reconstruct",
      loss: "mse",
      members: MEMBERS.map((member) => ({ ...member, kl: 0.4 })),
      hidden: [layer("onehot:3", 5, { normalise: true })],
    },
  },
  {
    // Rounded, sampled and largest, one above the other.
    family: "several layers",
    data: "odd",
    everySplit: true,
    options: {
      ...ODD,
      members: 1,
      anneal: 1.2,
      hidden: [
        layer("ternary", 9, { stochastic: false }),
        layer("staircase:4", 6, { stochasticEvaluation: true, normalise: true }),
        layer("onehot:3", 4, { estimator: "reinmax", stochastic: false }),
      ],
    },
  },
];
