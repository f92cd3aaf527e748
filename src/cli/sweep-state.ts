/** What a population under way has come to, and what is made of it at its end. */
import { percent } from "../format";
import type { Checkpoint, Report } from "../index";
import { stepsOf } from "../sweep/configuration";
import type { Run } from "../sweep/plan";
import { type Curve, curveTo, type Made, type RunResult } from "../sweep/result";

/** A stretch of training as far as it has come, of all its members. */
export interface State {
  checkpoint: Checkpoint | undefined;
  curves: Curve[];
}

/** " of member 3", in a message about a population. */
export const MEMBER = / of member (\d+)/;

const membersOf = (checkpoint: Checkpoint, kept: readonly number[]): Checkpoint => ({
  ...checkpoint,
  members: kept.map((i) => checkpoint.members[i] as Checkpoint["members"][number]),
  weights: kept.map((i) => checkpoint.weights[i] as Checkpoint["weights"][number]),
});

const runtime = (): string =>
  "Deno" in globalThis ? `Deno ${process.versions.deno}` : `Node ${process.version}`;

/** Some of a population's runs, as far as they have come. */
export const part = (
  runs: readonly Run[],
  { checkpoint, curves }: State,
  kept: readonly number[],
): [Run[], State] => [
  kept.map((i) => runs[i] as Run),
  {
    checkpoint: checkpoint && membersOf(checkpoint, kept),
    curves: kept.map((i) => curveTo(curves[i] as Curve, checkpoint?.step ?? 0)),
  },
];

export function add(curves: readonly Curve[], { step, members }: Report): void {
  for (const [i, { training, validation }] of members.entries()) {
    const curve = curves[i] as Curve;
    curve.steps.push(step);
    curve.training.push(training.accuracy);
    curve.loss.push(training.loss);
    curve.validation.push(validation.accuracy);
  }
}

/** "validation 95.28 %, test 95.02 %". */
export const accuracyText = ({ final }: Pick<RunResult, "final">): string =>
  `validation ${percent(final.validation)}, test ${percent(final.test)}`;

/** What a run came to, with all that decided it. */
export const resultOf = (
  { key, name, configuration, member }: Run,
  made: Made,
  found: Pick<
    RunResult,
    "adapter" | "seconds" | "members" | "curve" | "final" | "weightsSha256" | "outputs"
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
  host: `${process.platform} ${process.arch}, ${runtime()}`,
  ...found,
});
