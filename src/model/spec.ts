/**
 * What to train, as plain data: layers, members and schedule; checked here, with every default
 * filled in.
 */
import type { Dataset } from "../data/dataset";
import { neuronName } from "../format";
import type { Device } from "../runtime/device";
import { StairstepError } from "../runtime/errors";
import { checkKeys } from "../runtime/keys";
import { ceilDiv } from "../shaders/kernel";
import { type LossName, lossNames } from "../shaders/losses/catalogue";
import { findNeuron, neurons } from "../shaders/neurons/catalogue";
import type { NeuronLayer } from "../shaders/neurons/layer";
import type { Neuron } from "../shaders/neurons/neuron";
import { type OptimizerName, optimizers } from "../shaders/optimizers/catalogue";
import {
  type Checkpoint,
  type HiddenLayer,
  type MemberOptions,
  type Other,
  TASKS,
  type Task,
} from "./state";
import type { Tuning } from "./tuning";

export interface TrainOptions extends Partial<MemberOptions> {
  /** From the input up. */
  hidden: readonly HiddenLayer[];
  /** How many members, with seeds seed, seed + 1, …; or each member's own values. */
  members?: number | readonly Partial<MemberOptions>[];
  /** Keys the batch order alone, so that members compare on the same batches. */
  dataSeed?: number;
  batch?: number;
  /** What to learn: by default to classify. */
  task?: Task;
  /** A loss and an optimizer of the catalogues; by default the first that suits the task. */
  loss?: LossName | Other;
  optimizer?: OptimizerName | Other;
  /** May be a fraction, of whole steps. */
  epochs?: number;
  /** Steps of an epoch: 1,000, as in the article. */
  stepsPerEpoch?: number;
  /** Steps between reports. */
  reportEvery?: number;
  /** What `tune` found; by default what suits the adapter's kind. */
  tuning?: Tuning;
  signal?: AbortSignal;
  /**
   * Go on from here: a checkpoint of a run with the same hidden layers, members, seeds and
   * schedule.
   */
  from?: Checkpoint;
  /**
   * Steps between checkpoints, which come with the reports; a multiple of `reportEvery`. One more
   * comes with the last report.
   */
  checkpointEvery?: number;
  /**
   * Work of one submit at the most, in ms, above 0: less where looks, which wait their turn, should
   * come often. By default 50 on a GPU, and 4,000 on a software adapter. Longer in
   * Firefox, which tells of finished work late.
   */
  submitMs?: number;
  /**
   * Asked before each submit for the most steps that it may take, 1 or more: slow motion, or one
   * step at a press. The run waits for the answer, also where `signal` is to end it.
   */
  throttle?: () => number | Promise<number>;
  /**
   * Where the device is lost: opens another, with the data, and training goes on from its last
   * checkpoint.
   */
  reopen?: () => Promise<{ device: Device; data: Dataset }>;
}

/** A hidden layer with every default. */
export type ResolvedLayer = Required<Omit<HiddenLayer, "own">> & Pick<HiddenLayer, "own">;

export interface Spec {
  task: Task;
  hidden: readonly ResolvedLayer[];
  members: readonly MemberOptions[];
  dataSeed: number;
  batch: number;
  loss: string;
  optimizer: string;
  epochs: number;
  stepsPerEpoch: number;
  reportEvery: number;
  checkpointEvery: number | undefined;
}

const DEFAULTS: Omit<MemberOptions, "slope"> = {
  seed: 1,
  learningRate: 0, // the optimizer's own
  anneal: 1,
  slopeCap: 1e9,
  annealEvaluationOnly: false,
  tau: 1,
  kl: 0,
};
const MEMBER_KEYS = [...Object.keys(DEFAULTS), "slope"] as (keyof MemberOptions)[];

/** The catalogue's names, as a person would type them: "tanh, …, staircase:5, onehot:5". */
export const neuronNames = (): string =>
  neurons.map(({ name, size }) => neuronName(name, size?.initial)).join(", ");

/** Most hidden layers: up to here, every kernel is compiled and tested. */
export const MOST_LAYERS = 64;

/**
 * Levels or categories: an invocation goes through them all, and a GPU's driver ends those that
 * take too long.
 */
const LARGEST_SIZE = 1000;

/** "staircase:5" or "tanh" as a neuron's name and size. Throws for unknown names and sizes. */
export function parseNeuron(text: string): { neuron: string; size?: number } {
  const [name = "", size, ...rest] = text.split(":");
  const found = findNeuron(name);
  if (!found || rest.length > 0)
    throw new StairstepError(`there is no neuron ${text}: choose from ${neuronNames()}`);
  if (size === undefined) return { neuron: name };
  if (!found.size) throw new StairstepError(`${name} takes no number, got ${text}: use ${name}`);
  return {
    neuron: name,
    size: checkSize(found, /^\d+$/.test(size) ? Number(size) : Number.NaN, size),
  };
}

/** Throws for levels or categories that a neuron cannot have. */
export function checkSize(
  { name, size }: Neuron,
  value: number,
  shown: string | number = value,
): number {
  if (size && !(Number.isSafeInteger(value) && value >= size.minimum && value <= LARGEST_SIZE)) {
    const range =
      value > LARGEST_SIZE
        ? `takes ${LARGEST_SIZE} ${size.name} at the most`
        : `needs ${size.minimum} or more ${size.name}`;
    throw new StairstepError(`${name} ${range}, got ${shown}: try ${name}:${size.initial}`);
  }
  return value;
}

function whole(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    const range =
      most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`;
    throw new StairstepError(`${name} must be a whole number ${range}, got ${value}`);
  }
  return value;
}

/** All steps of a run. */
export const stepsOf = ({ epochs, stepsPerEpoch }: Pick<Spec, "epochs" | "stepsPerEpoch">) =>
  Math.round(epochs * stepsPerEpoch);

function ofWholeSteps(epochs: number, stepsPerEpoch: number): number {
  const steps = epochs * stepsPerEpoch;
  if (!Number.isInteger(epochs) && Math.abs(steps - Math.round(steps)) < 1e-6)
    whole("steps", Math.round(steps), 1);
  else whole("epochs", epochs, 1);
  return epochs;
}

const named = (names: readonly string[]) => names.map((name) => ({ name }));

/** One of a catalogue by name; its first by default. */
function known<Entry extends { readonly name: string }>(
  missing: string,
  name: string | undefined,
  catalogue: readonly Entry[],
): Entry {
  const found = name === undefined ? catalogue[0] : catalogue.find((entry) => entry.name === name);
  if (!found)
    throw new StairstepError(
      `${missing} ${name}: choose from ${catalogue.map((entry) => entry.name).join(", ")}`,
    );
  return found;
}

function positive(name: string, value: number): number {
  if (!(Number.isFinite(value) && value > 0))
    throw new StairstepError(`${name} must be a number above 0, got ${value}`);
  return value;
}

/** The neuron of a layer. Throws for a name that the catalogue lacks. */
function neuronOf({ neuron, own = findNeuron(neuron) }: HiddenLayer): Neuron {
  if (!own) throw new StairstepError(`there is no neuron ${neuron}: choose from ${neuronNames()}`);
  return own;
}

/** Fills in a layer's defaults. */
export function resolveLayer(layer: HiddenLayer, task: Task = "classify"): ResolvedLayer {
  const neuron = neuronOf(layer);
  const stochastic = layer.stochastic ?? true;
  return {
    neuron: neuron.name,
    units: whole("hidden units", layer.units, 1),
    size: checkSize(neuron, layer.size ?? neuron.size?.initial ?? 1),
    estimator: known(`${neuron.name} has no estimator`, layer.estimator, neuron.estimators).name,
    stochastic,
    stochasticEvaluation: layer.stochasticEvaluation ?? (task !== "classify" && stochastic),
    normalise: layer.normalise ?? false,
    own: layer.own,
  };
}

function resolveMember(member: MemberOptions): MemberOptions {
  whole("seed", member.seed, 0);
  positive("learning rate", member.learningRate);
  positive("slope", member.slope);
  positive("anneal", member.anneal);
  positive("slope cap", member.slopeCap);
  if (member.slope > member.slopeCap)
    throw new StairstepError(
      `slope cap must be at least the slope, ${member.slope}, got ${member.slopeCap}`,
    );
  positive("tau", member.tau);
  if (member.kl !== 0) positive("kl", member.kl);
  return member;
}

type Keys<T> = Readonly<Record<keyof T, true>>;

const LAYER_KEYS: Keys<HiddenLayer> = {
  ...{ neuron: true, units: true, size: true, estimator: true, stochastic: true },
  ...{ stochasticEvaluation: true, normalise: true, own: true },
};
const OPTION_KEYS: Keys<Omit<TrainOptions, keyof MemberOptions>> = {
  ...{ hidden: true, members: true, dataSeed: true, batch: true, loss: true, optimizer: true },
  ...{ epochs: true, stepsPerEpoch: true, reportEvery: true, tuning: true, signal: true },
  ...{
    task: true,
    from: true,
    checkpointEvery: true,
    reopen: true,
    submitMs: true,
    throttle: true,
  },
};

/**
 * Fills in the defaults. Throws `StairstepError` that names the option, the value and what is
 * allowed.
 */
export function resolve(options: TrainOptions): Spec {
  checkKeys("a run", options, [...Object.keys(OPTION_KEYS), ...MEMBER_KEYS]);
  if (!Array.isArray(options.hidden))
    throw new StairstepError('a run needs hidden, a list of layers: hidden: [layer("tanh", 100)]');
  for (const layer of options.hidden) checkKeys("a layer", layer, Object.keys(LAYER_KEYS));
  if (Array.isArray(options.members))
    for (const member of options.members) checkKeys("a member", member, MEMBER_KEYS);
  const { length } = options.hidden;
  if (length === 0 || length > MOST_LAYERS)
    throw new StairstepError(`a network takes 1 to ${MOST_LAYERS} hidden layers, got ${length}`);
  const { slope = 1 } = neuronOf(options.hidden[0] as HiddenLayer);
  const optimizer = known("there is no optimizer", options.optimizer, optimizers);
  const shared = { ...DEFAULTS, learningRate: optimizer.rate, slope, ...memberOptions(options) };
  const members = options.members ?? 1;
  const list: MemberOptions[] = Array.isArray(members)
    ? members.map((m) => ({ ...shared, ...memberOptions(m) }))
    : Array.from({ length: whole("members", members as number, 1, 65535) }, (_, i) => ({
        ...shared,
        seed: shared.seed + i,
      }));
  if (list.length === 0)
    throw new StairstepError("a population needs one member or more, got none");
  const stepsPerEpoch = whole("steps per epoch", options.stepsPerEpoch ?? 1000, 1);
  const reportEvery = whole("steps between reports", options.reportEvery ?? 100, 1, 100_000);
  const wanted =
    options.checkpointEvery ??
    (options.reopen ? ceilDiv(stepsPerEpoch, reportEvery) * reportEvery : undefined);
  const checkpointEvery =
    wanted === undefined ? undefined : whole("steps between checkpoints", wanted, 1);
  if (checkpointEvery !== undefined && checkpointEvery % reportEvery !== 0)
    throw new StairstepError(
      `steps between checkpoints must be a multiple of the ${reportEvery} between reports, ` +
        `got ${checkpointEvery}`,
    );
  const task = known("there is no task", options.task, named(TASKS)).name as Task;
  const hidden = options.hidden.map((layer) => resolveLayer(layer, task));
  return {
    task,
    hidden,
    members: list.map(resolveMember),
    dataSeed: whole("data seed", options.dataSeed ?? 1, 0),
    batch: whole("batch", options.batch ?? 50, 1, 65535),
    loss: known(`${task} has no loss`, options.loss, named(lossNames(task === "classify"))).name,
    optimizer: optimizer.name,
    epochs: ofWholeSteps(options.epochs ?? 20, stepsPerEpoch),
    stepsPerEpoch,
    reportEvery,
    checkpointEvery,
  };
}

/** Whether a layer's neurons choose one of several categories. */
export const isOneHot = (layer: ResolvedLayer): boolean => neuronOf(layer).group(2) > 1;

/** One of a population, from 0. Throws `StairstepError` for a member that is not. */
export function memberAt<T>(members: readonly T[], member: number): T {
  const found = members[member];
  if (found === undefined)
    throw new StairstepError(`there is no member ${member + 1} of ${members.length}`);
  return found;
}

/** What these options say of a member; nothing undefined, which would cover a default. */
const memberOptions = (options: Partial<MemberOptions>): Partial<MemberOptions> =>
  Object.fromEntries(
    MEMBER_KEYS.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]),
  );

/** The layer as the kernels take it, for training or for evaluation. */
export function neuronLayer(layer: ResolvedLayer, purpose: "training" | "evaluation"): NeuronLayer {
  const stochastic = purpose === "training" ? layer.stochastic : layer.stochasticEvaluation;
  return {
    neuron: neuronOf(layer),
    units: layer.units,
    options: {
      size: layer.size,
      estimator: layer.estimator,
      stochastic,
      normalise: layer.normalise,
    },
  };
}
