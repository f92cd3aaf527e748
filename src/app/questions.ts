/**
 * Eight questions about hard choices, each with a prediction to make, runs that answer it, and what
 * the full reproduction (docs/answers.md) found.
 */
import bands from "./bands.json";
import { ofNeuron, type Settings } from "./settings";

/** A run that helps to answer. */
export interface Arm {
  /** The run of docs/reproduction, which has its band. */
  run: keyof typeof bands;
  name: string;
  /** What it changes of the defaults. */
  settings: Partial<Settings>;
}

export interface Question {
  /** Its name in `?lesson=`. */
  id: string;
  asks: string;
  /** What one may predict. */
  predictions: readonly string[];
  /** The place of what came out among them. */
  right: number;
  arms: readonly Arm[];
  /** What came out of 20 epochs, two or three seeds a run. */
  answer: string;
  /** Where in docs the evidence is. */
  source: string;
}

/** Validation accuracy of the reproduction's seeds after each epoch, and what the article says. */
export interface Band {
  least: readonly number[];
  most: readonly number[];
  article?: number;
}

export const bandOf = ({ run }: Arm): Band => bands[run];

const arm = (
  run: Arm["run"],
  name: string,
  neuron: string,
  changes: Partial<Settings> = {},
): Arm => ({
  run,
  name,
  settings: { ...ofNeuron(neuron), ...changes },
});

const binary = arm("binary", "0 or 1", "binary");
const ternary = arm("ternary", "−1, 0 or 1", "ternary");
const five = arm("onehot-5", "One of 5", "onehot");

export const QUESTIONS: readonly Question[] = [
  {
    id: "binary",
    asks: "Can a network of yes and no learn?",
    predictions: [
      "No, it can only guess",
      "Half-way, to about 70 %",
      "Nearly as well as real numbers",
    ],
    right: 2,
    arms: [binary, arm("tanh", "Real numbers", "tanh")],
    answer:
      "It can. A hundred neurons that say 0 or 1 come to 97.3 %, a hundred that say any number " +
      "from −1 to 1 to 97.9 %. They start slower, and know less of the training images by heart.",
    source: "answers.md#how-strong-is-the-regularization",
  },
  {
    id: "ternary",
    asks: "Is a third choice worth it?",
    predictions: [
      "Yes, by a point or more",
      "Hardly: by less than seeds differ",
      "No, it is worse",
    ],
    right: 1,
    arms: [ternary, binary],
    answer:
      "Hardly. It learns faster, 93.5 against 92.1 % after one epoch; after twenty, 97.45 " +
      "against 97.28 % is less than one seed differs from the next.",
    source: "answers.md#what-is-a-general-formula-for-n-ary-neurons-and-which-slope",
  },
  {
    id: "stairs",
    asks: "Do more stairs help?",
    predictions: [
      "Yes: more stairs are nearer to a real number",
      "It makes no difference",
      "No, many do harm",
    ],
    right: 2,
    arms: [
      arm("staircase-3-2", "3 stairs", "staircase", { size: 3 }),
      arm("staircase-10-2", "10 stairs", "staircase", { size: 10 }),
    ],
    answer:
      "No. Three and four stairs do best, at 97.8 %; ten lose a point, and their seeds differ by " +
      "more. A staircase of ten reaches from −4 to 5, and what it puts out jumps by much more.",
    source: "answers.md#what-is-a-general-formula-for-n-ary-neurons-and-which-slope",
  },
  {
    id: "choices",
    asks: "Do more choices help a one-hot neuron?",
    predictions: ["Yes, the more the better", "A few help, many do not", "No, two are enough"],
    right: 1,
    arms: [
      arm("onehot-2", "One of 2", "onehot", { size: 2 }),
      five,
      arm("onehot-20", "One of 20", "onehot", { size: 20 }),
    ],
    answer:
      "A few do: 97.2 % with two choices, 98.1 with five, and no more with ten or twenty, though " +
      "each choice brings weights of its own. Twenty also learn slowest.",
    source: "answers.md#do-more-categories-help-on-a-harder-data-set",
  },
  {
    id: "dice",
    asks: "Must it throw dice, or may it round?",
    predictions: [
      "Without dice it cannot learn",
      "Rounding works as well",
      "Rounding is a point better",
    ],
    right: 1,
    arms: [
      binary,
      arm("binary-deterministic", "0 or 1, rounded", "binary", { deterministic: true }),
    ],
    answer:
      "It may round: 97.4 % against 97.3 with dice, and faster at first. What dice buy is that a " +
      "network cannot learn the training images by heart as easily.",
    source: "answers.md#how-strong-is-the-regularization",
  },
  {
    id: "annealing",
    asks: "Does annealing help?",
    predictions: ["Yes, by a point or more", "No, and it can do harm", "It never changes anything"],
    right: 1,
    arms: [
      five,
      arm("onehot-5-intended-1.2", "Sharper by 1.2 an epoch", "onehot", { anneal: 1.2 }),
    ],
    answer:
      "At its best it changes nothing that three seeds could show. Without a limit, the gradient " +
      "grows with the slope: after the thirteenth epoch the network falls apart, down to 88 %.",
    source: "answers.md#does-annealing-help-and-how",
  },
  {
    id: "estimator",
    asks: "Does a better gradient help?",
    predictions: [
      "Yes, by a point or more",
      "No: plain straight-through stands level",
      "They all fail but one",
    ],
    right: 1,
    arms: [
      five,
      arm("onehot-5-gumbel-1", "Gumbel-softmax", "onehot", { estimator: "gumbel" }),
      arm("onehot-5-reinmax-1", "ReinMax", "onehot", { estimator: "reinmax" }),
    ],
    answer:
      "Not here: 98.06 % by plain straight-through, 98.09 by ReinMax, 97.67 by Gumbel-softmax. " +
      "With one layer of choices there is little bias to mend.",
    source: "answers.md#does-another-estimator-beat-plain-straight-through",
  },
  {
    id: "layers",
    asks: "Do decisions about decisions help?",
    predictions: [
      "Yes, by a point or more",
      "Hardly: by less than seeds differ",
      "No, two layers do not learn",
    ],
    right: 1,
    arms: [ternary, arm("two-ternary", "Two layers", "ternary", { layers: 2 })],
    answer:
      "Hardly: 97.7 % with two layers of ternary neurons, 97.4 with one. But they learn, though " +
      "the gradient goes straight through two layers of hard choices.",
    source: "reproduction/results.csv",
  },
];
