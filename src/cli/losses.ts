/** What runs that compare outputs with values report, and what they came to. */
import {
  completionLoss,
  type Losses,
  measure,
  type Training,
  unusedSymbols,
  type ValueReport,
} from "../index";
import { weightsHash } from "../weights-hash";

export type ValueRun = Training<ValueReport>;

/** Draws of the choices that `complete` is judged by. */
const DRAWS = 100;

/** "97.96 nats (KL 19.29)", or a plain number where the loss is in no unit. */
export const shown = ({ loss, kl }: Losses, unit: string): string =>
  (unit === "" ? loss.toPrecision(4) : `${loss.toFixed(2)}${unit}`) +
  (kl === undefined ? "" : ` (KL ${kl.toFixed(2)})`);

export const unitOf = ({ spec }: Pick<ValueRun, "spec">): string =>
  spec.loss === "bernoulli" ? " nats" : "";

/** A report on one line. */
export function lossLine({ epoch, training, validation }: ValueReport, run: ValueRun): string {
  const unit = unitOf(run);
  const { length } = run.spec.members;
  return (
    `Epoch ${epoch.toFixed(0).padStart(2)}    training ${shown(training, unit)}, ` +
    `validation ${shown(validation, unit)}${length > 1 ? ` (mean of ${length})` : ""}`
  );
}

/** A sentence about collapsed members, or nothing. `names` [members], such as "seed 2". */
export function collapse({ collapsed, members }: ValueReport, names: readonly string[]) {
  if (collapsed.length === 0) return undefined;
  const which = collapsed.map((i) => names[i]).join("; ");
  const who =
    members.length === 1
      ? "The network has"
      : collapsed.length === members.length
        ? "All members have"
        : `Of ${members.length} members, ${collapsed.length} (${which}) have`;
  return (
    `${who} collapsed: the mean image would do as well; ` +
    "a lower learning rate, or another optimizer or estimator, may help."
  );
}

/** Each member on validation and test data, with a hash of its weights. */
export async function summariseLosses(run: ValueRun) {
  const { spec } = run;
  const own = await Promise.all(
    spec.members.map(async ({ seed, learningRate, slope }, i) => ({
      ...{ seed, learningRate, slope },
      weightsSha256: await weightsHash(await run.weights(i)),
    })),
  );
  if (spec.task === "complete") {
    const validation = await measure(run, "validation", "sampled");
    const test = await completionLoss(run, "test", DRAWS);
    return own.map((member, i) => ({
      ...member,
      validation: validation[i] as Losses,
      test: { nll: test[i] as number, draws: DRAWS },
    }));
  }
  const [validation, sampled, rounded] = [
    await measure(run, "validation", "sampled"),
    await measure(run, "test", "sampled"),
    await measure(run, "test", "rounded"),
  ];
  const unused = await unusedSymbols(run);
  return own.map((member, i) => ({
    ...member,
    validation: validation[i] as Losses,
    test: {
      sampled: sampled[i] as Losses,
      rounded: rounded[i] as Losses,
      ...(unused ? { unusedSymbols: unused[i] as number } : {}),
    },
  }));
}

/** Two lines a member, or one. */
export function lossLines(
  run: ValueRun,
  members: Awaited<ReturnType<typeof summariseLosses>>,
  names: readonly string[],
): string[] {
  const unit = unitOf(run);
  return members.map((member, i) => {
    const title = members.length > 1 ? (names[i] as string) : "Loss";
    const { test } = member;
    const text =
      "nll" in test
        ? `test ${test.nll.toFixed(2)} nats ` + `(mean likelihood of ${test.draws} draws)`
        : `test ${shown(test.sampled, unit)} sampled, ${shown(test.rounded, unit)} rounded` +
          (test.unusedSymbols === undefined ? "" : `, ${test.unusedSymbols} symbols unused`);
    return `${title.padEnd(12)}${text}`;
  });
}
