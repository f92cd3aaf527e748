/** Splits that lack classes, whose accuracies mislead. */
import type { Dataset } from "./dataset";

/** Images of a class that a split would have by its share, for its lack to tell something. */
const EXPECTED = 5;

const list = (classes: readonly number[]): string =>
  classes.slice(0, 5).join(", ") + (classes.length > 5 ? ` and ${classes.length - 5} more` : "");

/** A sentence for each split that lacks what another has; usually none. */
export function oneSided({
  training,
  validation,
  test,
}: Pick<Dataset, "training" | "validation" | "test">): string[] {
  const count = (labels: Uint32Array) => {
    const counts = new Map<number, number>();
    for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
    return counts;
  };
  const trained = count(training.labels);
  const sentences: string[] = [];
  for (const [name, { labels }] of [["validation", validation] as const, ["test", test] as const]) {
    const own = count(labels);
    const unknown = [...own.keys()].filter((label) => !trained.has(label)).sort((a, b) => a - b);
    if (unknown.length > 0)
      sentences.push(
        `no image to train on has the class ${list(unknown)}, which the ${name} set has: such ` +
          "images cannot be told",
      );
    const missing = [...trained]
      .filter(([label, n]) => !own.has(label) && n * labels.length >= EXPECTED * training.count)
      .map(([label]) => label)
      .sort((a, b) => a - b);
    if (missing.length > 0)
      sentences.push(
        own.size === 1
          ? `all ${labels.length} images of the ${name} set have the class ${list([...own.keys()])}`
          : `the ${name} set has no image of the class ${list(missing)}`,
      );
  }
  return sentences.map((sentence) => `${sentence}; accuracies mislead.`);
}
