/** What a run came to, member by member, as the verbs print it. */
import { percent } from "../format";
import type { Training } from "../index";
import { weightsHash } from "../weights-hash";
import { memberNames } from "./members";

export interface MemberResult {
  seed: number;
  learningRate: number;
  slope: number;
  /** Over the whole split at the end and as in evaluation, not as it was met in training. */
  training?: { accuracy: number };
  validation: { accuracy: number };
  test: { accuracy: number };
}

/** A line a member. */
export function accuracies(members: readonly MemberResult[]): string[] {
  const names = memberNames(members);
  const width = Math.max(12, ...names.map((name) => name.length + 2));
  return members.map(({ training, validation, test }, i) => {
    const name = names[i] as string;
    const title = members.length > 1 ? `${name[0]?.toUpperCase()}${name.slice(1)}` : "Accuracy";
    const known = training ? `training ${percent(training.accuracy)}, ` : "";
    const unknown = `validation ${percent(validation.accuracy)}, test ${percent(test.accuracy)}`;
    return `${title.padEnd(members.length > 1 ? width : 12)}${known}${unknown}`;
  });
}

/** Each member on both splits, with a hash of its weights. */
export async function summarise(training: Training) {
  const validation = await training.evaluate("validation");
  const test = await training.evaluate("test");
  return Promise.all(
    training.spec.members.map(async ({ seed, learningRate, slope }, i) => ({
      ...{ seed, learningRate, slope },
      validation: { accuracy: validation[i] as number },
      test: { accuracy: test[i] as number },
      weightsSha256: await weightsHash(await training.weights(i)),
    })),
  );
}
