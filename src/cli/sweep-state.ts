/** What a population under way has come to, and what is made of it at its end. */
import { percent } from "../format";
import {
  type Checkpoint,
  type Losses,
  probeAccuracy,
  type Report,
  type ValueReport,
} from "../index";
import { stepsOf } from "../sweep/configuration";
import type { Run } from "../sweep/plan";
import { type Curve, curveTo, type Made, type RunResult } from "../sweep/result";
import { platform, runtime } from "./host";
import { summariseLosses, type ValueRun } from "./losses";

/** A stretch of training as far as it has come, of all its members. */
export interface State {
  checkpoint: Checkpoint | undefined;
  curves: Curve[];
  /** Each member's share of the time so far. */
  seconds: number[];
}

/** " of member 3", in a message about a population. */
export const MEMBER = / of member (\d+)/;

const membersOf = (checkpoint: Checkpoint, kept: readonly number[]): Checkpoint => ({
  ...checkpoint,
  members: kept.map((i) => checkpoint.members[i] as Checkpoint["members"][number]),
  weights: kept.map((i) => checkpoint.weights[i] as Checkpoint["weights"][number]),
});

/** Some of a population's runs, as far as they have come. */
export const part = (
  runs: readonly Run[],
  { checkpoint, curves, seconds }: State,
  kept: readonly number[],
): [Run[], State] => [
  kept.map((i) => runs[i] as Run),
  {
    checkpoint: checkpoint && membersOf(checkpoint, kept),
    curves: kept.map((i) => curveTo(curves[i] as Curve, checkpoint?.step ?? 0)),
    seconds: kept.map((i) => seconds[i] as number),
  },
];

export function add(curves: readonly Curve[], { step, members }: Report | ValueReport): void {
  const of = (one: { accuracy: number } | Losses) => ("accuracy" in one ? one.accuracy : one.loss);
  for (const [i, { training, validation }] of members.entries()) {
    const curve = curves[i] as Curve;
    curve.steps.push(step);
    curve.training.push(of(training));
    curve.loss.push(training.loss);
    curve.validation.push(of(validation));
  }
}

/** "validation 95.28 %, test 95.02 %", or "validation 98.90 nats, test 97.96 nats". */
export function finalText({ final, losses }: Pick<RunResult, "final" | "losses">): string {
  const text = losses ? (value: number) => `${value.toFixed(2)} nats` : percent;
  return `validation ${text(final.validation)}, test ${text(final.test)}`;
}

/** What members that do not classify came to, as results have it. */
export async function lossesOf(run: ValueRun) {
  const probes = run.spec.task === "reconstruct" ? await probeAccuracy(run) : undefined;
  return (await summariseLosses(run)).map(({ validation, test, weightsSha256 }, i) => {
    const end = validation.loss;
    if ("nll" in test) {
      const { nll, draws } = test;
      return { weightsSha256, final: { validation: end, test: nll }, losses: { draws } };
    }
    const { sampled, rounded, unusedSymbols } = test;
    return {
      ...{ weightsSha256, final: { validation: end, test: sampled.loss } },
      losses: {
        ...(sampled.kl === undefined ? {} : { kl: sampled.kl, roundedKl: rounded.kl }),
        rounded: rounded.loss,
        ...(unusedSymbols === undefined ? {} : { unusedSymbols }),
        ...(probes ? { probeAccuracy: probes[i] as number } : {}),
      },
    };
  });
}

/** What a run came to, with all that decided it. */
export const resultOf = (
  { key, name, configuration, member }: Run,
  made: Made,
  found: Pick<
    RunResult,
    "adapter" | "seconds" | "members" | "curve" | "final" | "losses" | "weightsSha256" | "outputs"
  >,
): RunResult => ({
  format: "stairstep-run-1",
  ...{ key, name },
  settings: configuration.settings,
  member: { ...member },
  data: { ...configuration.shape.identity },
  parameters: configuration.parameters,
  steps: stepsOf(configuration),
  ...made,
  host: `${platform}, ${runtime}`,
  ...found,
});
