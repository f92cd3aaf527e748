/** The experiments: which runs answer which question, and how the report shows them. */
import { ADDED, RUNS, type Run } from "./runs";

export interface Experiment {
  id: string;
  title: string;
  /** What it shows, in one or two sentences. */
  summary: string;
  runs: readonly Run[];
  /** Beside the accuracy curves: the outputs of the first run's hidden layer. */
  look?: "distribution" | "choices";
  /** The final accuracies over this property of the runs, in place of many curves. */
  over?: { name: string; of: (run: Run) => number };
  /** Show training minus validation accuracy too. */
  gap?: boolean;
}

const byId = new Map(RUNS.map((run) => [run.id, run]));
const runs = (...ids: string[]): Run[] =>
  ids.map((id) => {
    const found = byId.get(id);
    if (!found) throw new Error(`no run ${id}`);
    return found;
  });
const like = (start: string): Run[] => RUNS.filter(({ id }) => id.startsWith(start));
const size = ({ hidden }: Run): number => hidden[0]?.size ?? 1;

export const EXPERIMENTS: readonly Experiment[] = [
  {
    id: "baseline",
    title: "Real neurons",
    summary: "The baseline that discrete neurons are measured against: 100 tanh or sigmoid units.",
    runs: runs("tanh", "sigmoid"),
  },
  {
    id: "binary",
    title: "Binary neurons and slope annealing",
    summary:
      "0 or 1 with probability f(s·z), by the logistic function or the hard sigmoid. The " +
      "slope s multiplies the pre-activation and is raised after each epoch, as intended (the " +
      "gradient grows with it) or normalised (divided out of the backward pass).",
    runs: runs(
      "binary",
      "binary-deterministic",
      "binary-slope-1.05",
      "binary-slope-1.1",
      "binary-slope-1.2",
      "binary-normalised-1.1",
      "binary-normalised-1.2",
      "binary-normalised-1.5",
      "hard-binary",
      "hard-binary-slope-1.1",
    ),
  },
  {
    id: "ternary",
    title: "Ternary neurons, sampled and deterministic",
    summary:
      "−1, 0 or 1 around f = 1.5 tanh x + 0.5 tanh −3x, sampled from the two closest integers " +
      "or rounded.",
    runs: runs(
      "ternary",
      "ternary-sampled",
      "ternary-deterministic",
      "ternary-slope-1.05",
      "ternary-slope-1.1",
    ),
    look: "distribution",
  },
  {
    id: "onehot",
    title: "One-hot neurons",
    summary: "Each neuron picks one of five categories. How 100 of them see a digit.",
    runs: runs("onehot-5", "tanh", "binary", "ternary"),
    look: "choices",
  },
  {
    id: "annealing",
    title: "Temperature annealing of one-hot neurons, in three forms",
    summary:
      "The article's training never saw the slope, so its annealed curves are the unannealed " +
      "network with other seeds (“evaluation only”). Applied as intended, the gradient grows " +
      "with the slope and unlimited annealing destroys the network; normalised, with the " +
      "slope divided out of the backward pass, it does not.",
    runs: runs(
      "onehot-5",
      ...like("onehot-5-article").map(({ id }) => id),
      ...like("onehot-5-intended").map(({ id }) => id),
      ...like("onehot-5-normalised").map(({ id }) => id),
    ),
  },
  {
    id: "dimensions",
    title: "How many categories?",
    summary: "100 one-hot neurons of 2 to 20 categories.",
    runs: runs("onehot-2", "onehot-3", "onehot-5", "onehot-10", "onehot-20"),
    over: { name: "categories", of: size },
  },
  {
    id: "staircases",
    title: "A general formula for n-ary neurons",
    summary:
      "The staircase: n levels as a sum of logistic steps, for any n from 2 up. Slope 2 makes " +
      "stairs of what at slope 1 is nearly a ramp.",
    runs: like("staircase-"),
    over: { name: "levels", of: size },
  },
  {
    id: "estimators",
    title: "Estimators compared",
    summary: "One-hot 5-D trained by every gradient estimator of the catalogue.",
    runs: runs(
      "onehot-5",
      ...like("onehot-5-hardmax").map(({ id }) => id),
      ...["onehot-5-gumbel-1", "onehot-5-gumbel-0.5"],
      ...like("onehot-5-concrete").map(({ id }) => id),
      ...["onehot-5-reinmax-1", "onehot-5-reinmax-0.5"],
    ),
  },
  {
    id: "two-layers",
    title: "Two hidden layers",
    summary: "100 and 100 neurons of each kind.",
    runs: like("two-"),
  },
  {
    id: "fashion",
    title: "A harder data set: Fashion-MNIST",
    summary:
      "The same networks and training on ten kinds of clothes; some at a fifth of the " +
      "learning rate too.",
    runs: like("fashion-"),
  },
  {
    id: "regularization",
    title: "Discrete neurons regularize",
    summary:
      "Training minus validation accuracy over the last epoch: what a network knows by heart " +
      "and cannot use.",
    runs: runs(
      "tanh",
      "sigmoid",
      "binary",
      "binary-deterministic",
      "hard-binary",
      "ternary",
      "ternary-deterministic",
      "staircase-5-2",
      "onehot-2",
      "onehot-3",
      "onehot-5",
      "onehot-10",
      "onehot-20",
    ),
    gap: true,
  },
  ...(ADDED.length > 0
    ? [
        {
          id: "added",
          title: "Your own",
          summary: "Neurons and estimators of the catalogue that no experiment above trains.",
          runs: [...runs("tanh"), ...ADDED],
        },
      ]
    : []),
];
