/** What the flags of `train` mean together. */
import { neuronName } from "../format";
import {
  type Checkpoint,
  type HiddenLayer,
  layer,
  neurons,
  parseNeuron,
  StairstepError,
  type Task,
  type TrainOptions,
} from "../index";
import type { DataFlags } from "./data";
import { type Grid, gridOf, membersFrom } from "./members";
import type { KernelFlags } from "./options";

export interface TrainFlags extends KernelFlags, DataFlags, Grid {
  task: Task;
  neuron: string[];
  hidden?: number[];
  estimator?: string;
  tau: number;
  kl?: number;
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
  loss?: string;
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
  if (given("kl") && flags.task !== "reconstruct")
    refuse("kl", "does nothing without --task reconstruct");
  const layers = layersOf(flags);
  const found = layers.flatMap(({ neuron, estimator }) => {
    const of = neurons.find(({ name }) => name === neuron);
    const chosen = of?.estimators.find(
      ({ name }, i) => name === estimator || (estimator === undefined && i === 0),
    );
    return of && chosen ? [{ of, chosen }] : []; // else refused where the network is made
  });
  if (found.length < layers.length) return;
  const names = [...new Set(found.map(({ of }) => of.name))].join(" and ");
  if (given("tau") && !found.some(({ chosen }) => chosen.usesTau)) {
    const estimators = [...new Set(found.map(({ chosen }) => chosen.name))].join(" and ");
    refuse("tau", `does nothing with the estimator ${estimators} of ${names}: leave it out`);
  }
  for (const flag of ["deterministic", "sampledEvaluation"] as const)
    if (
      given(flag) &&
      found.every(({ of }) => of.estimators.every(({ draws }) => draws === "none"))
    )
      refuse(flag, `does nothing with ${names}, which never samples: leave it out`);
}

/**
 * The hidden layers: a neuron for all, or one each. An estimator is for those layers whose neuron
 * has it, and, where none has, for all, to be refused. Throws for lists that do not match.
 */
export function layersOf(
  flags: Pick<TrainFlags, "neuron"> &
    Partial<
      Pick<TrainFlags, "hidden" | "estimator" | "deterministic" | "sampledEvaluation" | "normalise">
    >,
): HiddenLayer[] {
  const { neuron: names, hidden = names.map(() => 100), estimator } = flags;
  if (names.length > 1 && names.length !== hidden.length)
    refuse(
      "neuron",
      `has ${names.length} neurons for ${hidden.length} hidden layers: give one for all, or one ` +
        "each",
    );
  const has = (name: string) =>
    neurons
      .find((one) => one.name === parseNeuron(name).neuron)
      ?.estimators.some((one) => one.name === estimator);
  const known = names.some(has);
  return hidden.map((count, i) => {
    const name = (names[i] ?? names[0]) as string;
    return layer(name, count, {
      ...(estimator !== undefined && (has(name) || !known) ? { estimator } : {}),
      stochastic: !flags.deterministic,
      ...(flags.sampledEvaluation ? { stochasticEvaluation: true } : {}),
      ...(flags.normalise ? { normalise: true } : {}),
    });
  });
}

const sized = ({ neuron, size }: Pick<HiddenLayer, "neuron" | "size">): string =>
  neuronName(neuron, size ?? neurons.find(({ name }) => name === neuron)?.size?.initial);

/** One value for all that are alike, else each. */
const short = <T>(values: readonly T[]): T | readonly T[] =>
  new Set(values).size === 1 ? (values[0] as T) : values;

/** What `optionsFrom` makes of flags, read back from a checkpoint. */
function flagsOf({ hidden, members, ...rest }: Checkpoint): Partial<Record<string, unknown>> {
  const choosing = hidden.filter(({ neuron }) => {
    const estimators = neurons.find(({ name }) => name === neuron)?.estimators ?? [];
    return estimators.length > 1;
  });
  const [first] = (choosing.length > 0 ? choosing : hidden) as [HiddenLayer];
  const [member] = members;
  return {
    task: "classify",
    neuron: short(hidden.map(sized)),
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
  ...[
    "task",
    "neuron",
    "hidden",
    "estimator",
    "tau",
    "kl",
    "deterministic",
    "sampledEvaluation",
    "normalise",
  ],
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

/** Steps of an epoch of --epochs. */
const EPOCH = 1000;

/**
 * The options of a run that goes on: its own, and how far it is to come. Throws for a flag that
 * says otherwise, and for an end that it has passed.
 */
export function resumedFrom(from: Checkpoint, flags: TrainFlags, given: Given): { epochs: number } {
  const theirs = flagsOf(from);
  for (const flag of DECIDED) {
    const ours =
      flag === "neuron" ? short(flags.neuron.map((name) => sized(parseNeuron(name)))) : flags[flag];
    const [a, b] = [theirs[flag], ours].map((value) =>
      JSON.stringify(Array.isArray(value) && value.length === 1 ? value[0] : value),
    );
    if (given(flag) && a !== b)
      refuse(flag, `is ${b}, and the run of ${flags.resume} has ${a}: leave it out, or start anew`);
  }
  const { stepsPerEpoch, step } = from;
  if (flags.epochs !== undefined && stepsPerEpoch !== EPOCH)
    refuse(
      "epochs",
      `counts epochs of ${EPOCH} steps, and those of ${flags.resume} have ${stepsPerEpoch}: give ` +
        `--steps, such as --steps ${EPOCH * flags.epochs}`,
    );
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
  const epochs = flags.epochs ?? (software ? 2 : 20);
  return {
    task: flags.task,
    hidden: layersOf(flags),
    members: membersFrom(flags),
    dataSeed: flags.dataSeed,
    anneal: flags.anneal,
    slopeCap: flags.slopeCap,
    annealEvaluationOnly: flags.annealEvaluationOnly,
    tau: flags.tau,
    ...(flags.kl === undefined ? {} : { kl: flags.kl }),
    batch: flags.batch,
    ...(flags.loss === undefined ? {} : { loss: flags.loss }),
    optimizer: flags.optimizer,
    ...(flags.steps === undefined ? { epochs } : { epochs: 1, stepsPerEpoch: flags.steps }),
  };
}
