/** What the article printed for a run, where the run is one of its own. */
import { RUNS } from "../experiments/runs";
import { type HiddenLayer, neurons, type Spec } from "../index";

/** The article's, and the page's as long as nobody changes them. */
const LAYER = { stochastic: true, stochasticEvaluation: false, normalise: false, own: undefined };
const MEMBER = { learningRate: 0.5, anneal: 1, annealEvaluationOnly: false };
const RUN = { batch: 50, stepsPerEpoch: 1000, dataSeed: 1 };

/** After this many epochs. */
export const ARTICLE_EPOCHS = 20;

const neuronOf = ({ neuron }: HiddenLayer) => neurons.find(({ name }) => name === neuron);

/** The layer with every default that a comparison asks for. */
const complete = (layer: HiddenLayer) => {
  const neuron = neuronOf(layer);
  return {
    ...{ size: neuron?.size?.initial ?? 1, estimator: neuron?.estimators[0]?.name, ...LAYER },
    ...layer,
  };
};

const same = (one: object, other: object): boolean =>
  Object.entries(one).every(([key, value]) => value === (other as Record<string, unknown>)[key]);

/**
 * Validation accuracy in [0, 1] after 20 epochs on MNIST, as the article prints it for these
 * settings, whatever the seeds; undefined for settings that it does not have.
 */
export function articleValue(spec: Spec): number | undefined {
  if (!same({ ...RUN, loss: "softmax", optimizer: "sgd" }, spec)) return undefined;
  const found = RUNS.find(
    ({ article, data, hidden, member }) =>
      article !== undefined &&
      data === "mnist" &&
      hidden.length === spec.hidden.length &&
      hidden.every((layer, i) => same(complete(layer), spec.hidden[i] as HiddenLayer)) &&
      spec.members.every((trained) => {
        const slope = neuronOf(hidden[0] as HiddenLayer)?.slope ?? 1;
        return same({ ...MEMBER, slope, ...member }, trained);
      }),
  );
  return found?.article;
}
