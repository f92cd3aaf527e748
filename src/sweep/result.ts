/** What a run came to, as its file has it: written whole, read back, merged. */
import * as v from "valibot";
import type { DataIdentity } from "../data/options";
import { outputsSchema } from "../experiments/index";
import { StairstepError } from "../runtime/errors";
import { digest, type Run } from "./plan";

const numbers = v.array(v.number());

/**
 * Step by step of the reports: shares in [0, 1] and the loss of training in nats; of tasks that do
 * not classify, losses all.
 */
const curve = v.object({ steps: numbers, training: numbers, loss: numbers, validation: numbers });
export type Curve = v.InferOutput<typeof curve>;

const schema = v.object({
  format: v.literal("stairstep-run-1"),
  /** Of its plan: see `Run.key`. */
  key: v.string(),
  name: v.string(),
  settings: v.record(v.string(), v.unknown()),
  member: v.looseObject({ seed: v.number() }),
  data: v.looseObject({ name: v.string(), fingerprint: v.string(), validation: v.string() }),
  parameters: v.number(),
  steps: v.number(),
  version: v.string(),
  adapter: v.string(),
  /** Whether the adapter is a software one, and the kind of kernels: their last bits differ. */
  software: v.boolean(),
  kernels: v.picklist(["gpu", "software"]),
  host: v.string(),
  /** Its share of the time of its populations, and the members of the last. */
  seconds: v.number(),
  members: v.number(),
  curve,
  /**
   * Accuracy; of tasks that do not classify, the loss with sampled choices, and of `complete`, on
   * test data, -log of the mean likelihood.
   */
  final: v.object({ validation: v.number(), test: v.number() }),
  /** Of tasks that do not classify, on test images: in nats an image. */
  losses: v.optional(
    v.object({
      kl: v.optional(v.number()),
      rounded: v.optional(v.number()),
      roundedKl: v.optional(v.number()),
      unusedSymbols: v.optional(v.number()),
      /** Of a linear classifier of the words, on test images. */
      probeAccuracy: v.optional(v.number()),
      draws: v.optional(v.number()),
    }),
  ),
  weightsSha256: v.string(),
  /** Where the sweep asks for them. */
  outputs: v.optional(outputsSchema),
});
export type RunResult = v.InferOutput<typeof schema>;

/** What decides a result, besides what its key is made of. */
export type Made = Pick<RunResult, "version" | "software" | "kernels">;

/** Name of a run's files, without their ending: a hash of everything that decides the result. */
export const nameOf = ({ key }: Pick<Run, "key">, made: Made): string =>
  `${key}-${digest(JSON.stringify([made.version, made.software, made.kernels]), 8)}`;

/** "Stairstep 0.2.0 on software adapters", for people. */
export const madeText = ({ version, software, kernels }: Made): string => {
  const own = software === (kernels === "software");
  const adapters = software ? "software adapters" : "GPUs";
  return `Stairstep ${version} on ${adapters}${own ? "" : `, ${kernels} kernels`}`;
};

/** Throws `StairstepError` that names the file for one that is cut short, or no result at all. */
export function parseRun(file: string, text: string): RunResult {
  try {
    return v.parse(schema, JSON.parse(text));
  } catch {
    throw new StairstepError(
      `${file} is damaged or no result of a sweep: run the sweep again, which mends it`,
    );
  }
}

const failure = v.object({
  key: v.string(),
  name: v.string(),
  error: v.string(),
  /** The exit code that the run alone would end with. */
  code: v.number(),
});
/** Why a run has no result. */
export type Failure = v.InferOutput<typeof failure>;

/** Nothing for a damaged one: the run is then merely missing. */
export function parseFailure(text: string): Failure | undefined {
  try {
    return v.parse(failure, JSON.parse(text));
  } catch {
    return undefined;
  }
}

export const emptyCurve = (): Curve => ({ steps: [], training: [], loss: [], validation: [] });

/** The points up to a step. */
export function curveTo({ steps, ...rest }: Curve, step: number): Curve {
  const count = steps.filter((at) => at <= step).length;
  return {
    steps: steps.slice(0, count),
    training: rest.training.slice(0, count),
    loss: rest.loss.slice(0, count),
    validation: rest.validation.slice(0, count),
  };
}

const history = v.object({ ...curve.entries, seconds: v.optional(v.number(), 0) });
/** A curve, and the seconds that it took, of its share of its populations. */
export type History = v.InferOutput<typeof history>;

/** What a file has of how a state was reached; nothing for what is none. */
export function parseHistory(text: string): History | undefined {
  try {
    return v.parse(history, JSON.parse(text));
  } catch {
    return undefined;
  }
}

export const sameData = (a: DataIdentity, b: DataIdentity): boolean =>
  a.fingerprint === b.fingerprint &&
  a.validation === b.validation &&
  a.standardised === b.standardised;
