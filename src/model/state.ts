/** What a run is, as plain data: its layers, its members, and the state it can go on from. */
import type { DataIdentity, Scaling } from "../data/options";
import type { NeuronName } from "../shaders/neurons/catalogue";
import type { Neuron } from "../shaders/neurons/neuron";

/** What a network is trained to do; the first is the default. */
export const TASKS = ["classify", "reconstruct", "complete"] as const;
/**
 * To name an image's class; to put out the image itself; or its lower half, as black and white,
 * from its upper half.
 */
export type Task = (typeof TASKS)[number];

/** A name that is not known until run time, beside those that an editor may offer. */
export type Other = string & Record<never, never>;

export interface HiddenLayer {
  /** The name of a neuron of the catalogue, or of `own`. */
  neuron: NeuronName | Other;
  units: number;
  /** Levels or categories, for neurons that have them. */
  size?: number;
  /** One of the neuron's estimators; its first by default. */
  estimator?: string;
  /** Sample while training (default), or round / take the largest. */
  stochastic?: boolean;
  /** Sample while evaluating; by default round / take the largest. */
  stochasticEvaluation?: boolean;
  /** Divide the slope out of the backward pass. */
  normalise?: boolean;
  /**
   * The neuron itself, where it or its estimator is from outside the catalogue: `layer` puts it
   * here. Files have the WGSL of it instead.
   */
  own?: Neuron | undefined;
}

export interface MemberOptions {
  /** Keys initial weights and noise. Whole number from 0 below 2^53. */
  seed: number;
  /**
   * For mean cross-entropy: 0.5 is the article's 0.1. By default the optimizer's: 0.5 for sgd, 0.05
   * for momentum, 0.001 for adam.
   */
  learningRate: number;
  /**
   * Multiplies pre-activations, in training and evaluation. By default what suits the first hidden
   * layer: 2 for staircase, else 1.
   */
  slope: number;
  /** The slope is multiplied by this after each epoch, up to `slopeCap`. */
  anneal: number;
  slopeCap: number;
  /**
   * Anneal the slope of evaluation alone, as the article's code did; training keeps the first
   * slope.
   */
  annealEvaluationOnly: boolean;
  /** Temperature of the relaxed estimators. */
  tau: number;
  /**
   * Weight of the KL divergence of one-hot layers from the uniform choice, in `reconstruct`: with 1
   * a variational autoencoder. 0 by default.
   */
  kl: number;
}

/** Parameters of one layer of one member, unpadded. */
export interface LayerWeights {
  /** [inputs, outputs] */
  weights: Float32Array<ArrayBuffer>;
  /** [outputs] */
  bias: Float32Array<ArrayBuffer>;
  /** What the optimizer keeps beside each of them, where it keeps anything. */
  state?: Pick<LayerWeights, "weights" | "bias">[];
}

/** What a run was made with, for those who come upon its file. */
export interface Provenance {
  /** Missing in files of before these were kept. */
  data?: DataIdentity;
  version?: string;
  /** The kind of kernels, whose bits differ. */
  kernels?: "gpu" | "software";
}

export interface Checkpoint extends Provenance {
  /** Missing in files of before there was more than one: `classify`. */
  task?: Task;
  hidden: readonly HiddenLayer[];
  members: readonly MemberOptions[];
  dataSeed: number;
  batch: number;
  loss: string;
  optimizer: string;
  stepsPerEpoch: number;
  /** What the run was to come to. */
  epochs: number;
  /**
   * Steps done. With the seeds and the schedule it determines noise, batches and slopes of all
   * steps to come.
   */
  step: number;
  /** What the network reads: for `complete`, half an image. */
  inputs: number;
  classes: number;
  /** Of the network, where they are not the classes. */
  outputs?: number;
  /** Where inputs are floats; missing where they are bytes. */
  dtype?: "f32";
  /** How features are brought to mean 0 and deviation 1, where they are. */
  scaling?: Scaling | undefined;
  /** Of each member, layer by layer, the head last. */
  weights: LayerWeights[][];
}

/** What makes a run, of all that a checkpoint has. */
export const SETTINGS = [
  ...(["task", "hidden", "members", "dataSeed", "batch", "loss", "optimizer"] as const),
  ...(["stepsPerEpoch", "epochs"] as const),
] as const;
type Settings = Pick<Checkpoint, (typeof SETTINGS)[number]>;

/** What `train` needs to build the same run again; with `from: checkpoint`, it goes on. */
export const optionsOf = (run: Settings): Settings =>
  Object.fromEntries(SETTINGS.map((key) => [key, run[key]])) as Settings;
