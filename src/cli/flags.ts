/** What the flags of `train` mean together. */
import { neuronName } from "../format";
import {
  type Checkpoint,
  type HiddenLayer,
  layer,
  neurons,
  parseNeuron,
  StairstepError,
  type TrainOptions,
} from "../index";
import type { DataFlags } from "./data";
import { type Grid, gridOf, membersFrom } from "./members";
import type { KernelFlags } from "./options";

export interface TrainFlags extends KernelFlags, DataFlags, Grid {
  neuron: string;
  hidden?: number[];
  estimator?: string;
  tau: number;
  deterministic?: boolean;
  sampledEvaluation?: boolean;
  normalise?: boolean;
  dataSeed: number;
  anneal: number;
  slopeCap: number;
  annealEvaluationOnly?: boolean;
  epochs?: number;
  steps?: number;
  batch: number;
  loss: string;
  optimizer: string;
  save?: string;
  checkpoint?: string;
  checkpointEvery?: number;
  resume?: string;
  json?: boolean;
  tune?: boolean;
}

/** Whether a flag was given, rather than left to its default. */
export type Given = (flag: keyof TrainFlags) => boolean;

function refuse(flag: string, why: string): never {
  const name = flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new StairstepError(`--${name} ${why}`);
}

/** Throws for flags of a new run that contradict each other, or would do nothing. */
export function checkFlags(flags: TrainFlags, given: Given): void {
  if (given("steps") && given("epochs")) refuse("steps", "contradicts --epochs: give one of them");
  if (given("checkpointEvery") && flags.checkpoint === undefined)
    refuse("checkpointEvery", "does nothing without --checkpoint FILE");
  for (const flag of ["seed", "members"] as const)
    if (given("seeds") && given(flag)) refuse(flag, "contradicts --seeds: give one of them");
  if (flags.resume !== undefined) return;
  if (given("anneal") && given("steps"))
    refuse("anneal", "does nothing beside --steps, where no epoch ends: use --epochs");
  for (const flag of ["slopeCap", "annealEvaluationOnly"] as const)
    if (given(flag) && flags.anneal === 1) refuse(flag, "does nothing without --anneal RATE");
  const { neuron: name } = parseNeuron(flags.neuron);
  const neuron = neurons.find((one) => one.name === name);
  const estimator = neuron?.estimators.find(
    (one, i) => one.name === flags.estimator || (flags.estimator === undefined && i === 0),
  );
  if (!estimator) return; // refused where the network is made
  if (given("tau") && !estimator.usesTau)
    refuse("tau", `does nothing with the estimator ${estimator.name} of ${name}: leave it out`);
  for (const flag of ["deterministic", "sampledEvaluation"] as const)
    if (given(flag) && neuron?.estimators.every(({ draws }) => draws === "none"))
      refuse(flag, `does nothing with ${name}, which never samples: leave it out`);
}

/** What `optionsFrom` makes of flags, read back from a checkpoint. */
function flagsOf({ hidden, members, ...rest }: Checkpoint): Partial<Record<string, unknown>> {
  const [first] = hidden as [HiddenLayer];
  const [member] = members;
  return {
    neuron: neuronName(first.neuron, first.size),
    hidden: hidden.map(({ units }) => units),
    estimator: first.estimator,
    deterministic: !first.stochastic,
    sampledEvaluation: first.stochasticEvaluation,
    normalise: first.normalise,
    ...member,
    ...gridOf(members),
    ...rest,
  };
}

/** What a checkpoint has decided, so that a flag beside --resume can only repeat it. */
const DECIDED = [
  ...["neuron", "hidden", "estimator", "tau", "deterministic", "sampledEvaluation", "normalise"],
  ...[
    "seed",
    "seeds",
    "members",
    "dataSeed",
    "lr",
    "slope",
    "anneal",
    "slopeCap",
    "annealEvaluationOnly",
  ],
  ...["batch", "loss", "optimizer"],
] as (keyof TrainFlags)[];

/**
 * The options of a run that goes on: its own, and how far it is to come. Throws for a flag that
 * says otherwise, and for an end that it has passed.
 */
export function resumedFrom(from: Checkpoint, flags: TrainFlags, given: Given): { epochs: number } {
  const theirs = flagsOf(from);
  const size = (text: string) => {
    const { neuron, size } = parseNeuron(text);
    return neuronName(neuron, size ?? neurons.find(({ name }) => name === neuron)?.size?.initial);
  };
  for (const flag of DECIDED) {
    const ours = flag === "neuron" ? size(flags.neuron) : flags[flag];
    const [a, b] = [theirs[flag], ours].map((value) =>
      JSON.stringify(Array.isArray(value) && value.length === 1 ? value[0] : value),
    );
    if (given(flag) && a !== b)
      refuse(flag, `is ${b}, and the run of ${flags.resume} has ${a}: leave it out, or start anew`);
  }
  const { stepsPerEpoch, step } = from;
  const epochs =
    flags.steps === undefined ? (flags.epochs ?? from.epochs) : flags.steps / stepsPerEpoch;
  const end = Math.round(epochs * stepsPerEpoch);
  if (end < step)
    refuse(
      flags.steps === undefined ? "epochs" : "steps",
      `would end after ${end} steps, and the run of ${flags.resume} has done ${step}: give more`,
    );
  return { epochs };
}

/** The options of a new run. */
export function optionsFrom(flags: TrainFlags, software: boolean): TrainOptions {
  const options = {
    estimator: flags.estimator,
    stochastic: !flags.deterministic,
    stochasticEvaluation: flags.sampledEvaluation,
    normalise: flags.normalise,
  };
  const epochs = flags.epochs ?? (software ? 2 : 20);
  return {
    hidden: (flags.hidden ?? [100]).map((count) => layer(flags.neuron, count, options)),
    members: membersFrom(flags),
    dataSeed: flags.dataSeed,
    anneal: flags.anneal,
    slopeCap: flags.slopeCap,
    annealEvaluationOnly: flags.annealEvaluationOnly,
    tau: flags.tau,
    batch: flags.batch,
    loss: flags.loss,
    optimizer: flags.optimizer,
    ...(flags.steps === undefined ? { epochs } : { epochs: 1, stepsPerEpoch: flags.steps }),
  };
}
