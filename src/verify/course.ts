/**
 * What a network must do from its first step to its last look, by its twin; and seeds for which
 * every adapter must do just that.
 */
import type { Split } from "../data/dataset";
import { resolve, type Spec, type TrainOptions } from "../model/spec";
import { type Evaluated, type Examples, Population } from "./twin/population";
import type { Layer, Pass, Step } from "./twin/step";

/**
 * A decision closer than this to falling otherwise (a uniform to its threshold, the two largest
 * logits to each other) may do so in f32, where numbers are 1e-6 off; then all that follows is
 * another network.
 */
export const MARGIN = 1e-4;
/** Seeds tried. One in two or three will do; were none to, the twin would be wrong. */
const TRIES = 100;

export interface Course {
  spec: Spec;
  twin: Population;
  /** [members, layers] */
  initial: Layer[][];
  /** [steps, members] */
  steps: Step[][];
  /** By the step that they come at: [members]. */
  reports: Map<number, (Evaluated & { lossSum: number; correct: number; klSum: number })[]>;
  /**
   * At the end: each member's sums on the splits, and its passes over the test examples.
   */
  evaluated: Record<Split, Evaluated[]>;
  looks: Pass[][];
}

/** Undefined as soon as a decision is closer than MARGIN. */
function courseOf(data: Examples, spec: Spec): Course | undefined {
  const twin = new Population(data, spec);
  const initial = twin.members.map(({ layers }) => layers);
  const reports: Course["reports"] = new Map();
  const last = spec.epochs * spec.stepsPerEpoch;
  const steps: Step[][] = [];
  while (twin.step < last) {
    steps.push(twin.train());
    if (twin.margin < MARGIN) return undefined;
    if (twin.step % spec.reportEvery !== 0 && twin.step !== last) continue;
    const evaluated = twin.evaluate("validation");
    const list = twin.members.map(({ lossSum, correct, klSum }, m) => ({
      ...{ lossSum, correct, klSum },
      ...(evaluated[m] as Evaluated),
    }));
    reports.set(twin.step, list);
  }
  const evaluated = {
    test: twin.evaluate("test"),
    validation: twin.evaluate("validation"),
    training: twin.evaluate("training"),
  };
  const looks = twin.members.map((member) => twin.passes(twin.data.test, member));
  if (twin.margin < MARGIN) return undefined;
  return { spec, twin, initial, steps, reports, evaluated, looks };
}

/**
 * The course of the first seeds, from those given on, in which no decision is closer than MARGIN.
 */
export function settledCourse(data: Examples, options: TrainOptions): Course {
  const spec = resolve(options);
  for (let add = 0; add < TRIES; add++) {
    const members = spec.members.map((member) => ({ ...member, seed: member.seed + add }));
    const course = courseOf(data, { ...spec, members });
    if (course) return course;
  }
  throw new Error(
    `no ${TRIES} seeds keep the decisions of ` +
      `${spec.hidden.map(({ neuron }) => neuron).join(", ")} apart by ${MARGIN}`,
  );
}
