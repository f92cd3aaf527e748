/**
 * `npm run bands`: what the page's questions show beside a visitor's run, from the committed
 * reproduction: the least and the most validation accuracy of its seeds after each epoch.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { RUNS } from "../src/experiments/runs";

export const FILE = "src/app/bands.json";
/** Runs that a question asks for. */
const ASKED = [
  ...["tanh", "binary", "binary-deterministic", "ternary", "two-ternary"],
  ...["staircase-3-2", "staircase-10-2", "onehot-2", "onehot-5", "onehot-20"],
  ...["onehot-5-intended-1.2", "onehot-5-gumbel-1", "onehot-5-reinmax-1"],
];
const STEPS_PER_EPOCH = 1000;

interface Result {
  id: string;
  steps: number[];
  /** [seeds, reports] */
  validation: number[][];
}

function band({ id, steps, validation }: Result) {
  const ends = steps.flatMap((step, i) => (step % STEPS_PER_EPOCH === 0 ? [i] : []));
  const over = (of: (...values: number[]) => number) =>
    ends.map((i) => of(...validation.map((seed) => seed[i] as number)));
  const article = RUNS.find((run) => run.id === id)?.article;
  return { least: over(Math.min), most: over(Math.max), ...(article && { article }) };
}

export function bands(): string {
  const results: Result[] = JSON.parse(readFileSync("docs/reproduction/results.json", "utf8"));
  const asked = ASKED.map((id) => results.find((result) => result.id === id) as Result);
  return `${JSON.stringify(Object.fromEntries(asked.map((one) => [one.id, band(one)])))}\n`;
}

export function main(): number {
  writeFileSync(FILE, bands());
  return 0;
}
