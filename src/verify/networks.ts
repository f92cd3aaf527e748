/**
 * Trains, evaluates and looks into one small network as any user would, and compares it with its
 * twin.
 */

import { type Dataset, uploadDataset } from "../data/dataset";
import { listShape, ringSlots, skipsBlank } from "../model/buffers";
import { outputsOf } from "../model/look";
import { Network } from "../model/network";
import type { MemberNumbers } from "../model/numbers";
import type { LayerWeights } from "../model/state";
import type { Tuning } from "../model/tuning";
import type { Device } from "../runtime/device";
import { activations, output, parameters, type Snapshot, snapshot } from "./buffers";
import type { Case } from "./cases";
import { type Course, settledCourse } from "./course";
import { type MadeUp, SETS } from "./data";
import { holds, rowLists, wordLists } from "./lists";
import { type Comparison, close, exact, type Outcome } from "./results";
import { sizesOf } from "./twin/neurons";
import type { Evaluated } from "./twin/population";
import type { Example, Pass, Step } from "./twin/step";

/** Takes a network through its case. */
export async function checkNetwork(device: Device, given: Case, tune: Tuning): Promise<Outcome[]> {
  const made = SETS[given.data];
  const course = settledCourse(made.examples, given.options);
  const data = await uploadDataset(device, made.files, made.options);
  const network = await Network.create(device, data, course.spec, tune);
  const check = new NetworkCheck(given, made, data, course, network, tune);
  try {
    await check.run();
  } finally {
    network.destroy();
    data.destroy();
  }
  return check.outcomes;
}

class NetworkCheck {
  readonly outcomes: Outcome[] = [];
  constructor(
    private readonly given: Case,
    private readonly made: MadeUp,
    private readonly data: Dataset,
    private readonly course: Course,
    private readonly network: Network,
    private readonly tune: Tuning,
  ) {}

  private record(family: string, comparisons: Iterable<Comparison>): void {
    this.outcomes.push({ family, comparisons });
  }

  /**
   * Takes the whole course, then compares. All is submitted at once, in this order: some hosts
   * (Deno, Firefox) look only every tenth of a second whether a buffer can be read. Prepared,
   * `train` submits before it waits for anything.
   */
  async run(): Promise<void> {
    const { given, course, network } = this;
    const { spec, steps } = course;
    const evaluator = await network.evaluator();
    const splits = given.everySplit
      ? (["training", "validation", "test"] as const)
      : (["validation"] as const);
    const [initial, , first, , second, { reports }, last, counts, looks] = await Promise.all([
      snapshot(network),
      network.train(1),
      snapshot(network),
      network.train(1),
      snapshot(network),
      network.train(steps.length - 2),
      snapshot(network),
      Promise.all(
        splits.map(async (split) => [split, (await network.evaluate(split)).numbers] as const),
      ),
      Promise.all(spec.members.map((_, m) => outputsOf(evaluator, network.data.test.pixels, m))),
    ]);
    this.initialWeights(initial);
    this.step(1, first);
    this.step(2, second);
    this.step(steps.length, last);
    this.batches(2, second);
    this.batches(steps.length, last);
    this.reports(reports);
    for (const [split, numbers] of counts) {
      this.record(
        "evaluation",
        course.evaluated[split].flatMap((expected, m) =>
          this.evaluated(numbers[m] as MemberNumbers, expected),
        ),
      );
    }
    for (const [m, outputs] of looks.entries()) this.look(m, outputs);
    if (given.breaks) await this.broken();
  }

  /** Drawn values to f32's rounding; biases and padding 0. */
  private initialWeights(found: Snapshot): void {
    const { network, course } = this;
    const rounded = (value: number, expected: number): Comparison => [
      value,
      expected,
      2 ** -22 * Math.abs(expected),
    ];
    for (const [m, layers] of course.initial.entries()) {
      this.record("initial weights", parameters(network, found.parameters, layers, m, rounded));
    }
  }

  /** What the last of `step` steps put out in hidden layers, and the weights behind it. */
  private step(step: number, { y, parameters: weights }: Snapshot): void {
    const { given, network, course } = this;
    const samples = course.spec.hidden.map((layer) => layer.stochastic && sizesOf(layer).draws > 0);
    for (const [m, { passes, layers }] of (course.steps[step - 1] as Step[]).entries()) {
      if (samples.includes(true))
        this.record(
          "noise",
          activations(network, y, passes, m, (l) => samples[l] === true),
        );
      this.record(m === 0 ? given.family : "population", [
        ...activations(network, y, passes, m, (l) => samples[l] === false),
        ...parameters(network, weights, layers, m, close),
      ]);
    }
  }

  /** The ring of batches and its lists, as last filled within `steps` steps. */
  private batches(steps: number, found: Snapshot): void {
    const { course, data, made, tune } = this;
    const { spec, sizes } = this.network;
    const extent = { data, spec, sizes, tune };
    const slots = ringSlots(extent);
    const begin = steps - 1 - ((steps - 1) % slots);
    const expected = Array.from({ length: slots }, (_, i) => course.twin.batchAt(begin + i));
    this.record(
      "batch order",
      expected.flat().flatMap((image, i) => {
        const { label } = made.examples.file[image] as Example;
        return [
          exact(found.batches[2 * i] as number, image),
          exact(found.batches[2 * i + 1] as number, label),
        ];
      }),
    );
    if (!(made.pixels instanceof Uint8Array && skipsBlank({ data: this.network.data, tune })))
      return;
    const { shape, tile, splits, group } = listShape(extent, slots);
    const held = holds(made.pixels, data.inputs);
    this.record("blank words", wordLists(found.wordLists, shape, tile, splits, expected, held));
    this.record("blank words", rowLists(found.rowLists, shape, group, expected, held));
  }

  private get classifies(): boolean {
    return this.course.spec.task === "classify";
  }

  private evaluated(own: MemberNumbers, expected: Evaluated): Comparison[] {
    return this.classifies
      ? [exact(own.evaluatedCorrect, expected.evaluatedCorrect)]
      : [
          close(own.evaluatedLoss, expected.evaluatedLoss),
          close(own.evaluatedKl, expected.evaluatedKl),
        ];
  }

  private reports(found: readonly { step: number; numbers: MemberNumbers[] }[]): void {
    const { course } = this;
    this.record("report", [exact(found.length, course.reports.size)]);
    for (const { step, numbers } of found) {
      for (const [m, expected] of (course.reports.get(step) ?? []).entries()) {
        const own = numbers[m] as MemberNumbers;
        this.record("report", [
          close(own.lossSum, expected.lossSum),
          this.classifies ? exact(own.correct, expected.correct) : close(own.klSum, expected.klSum),
          ...this.evaluated(own, expected),
          exact(own.brokenLayer, 0),
        ]);
      }
    }
  }

  /** What hidden neurons put out for the test images, and the logits. */
  private look(member: number, found: readonly Float32Array[]): void {
    const { course } = this;
    const passes = course.looks[member] as Pass[];
    for (const [l, values] of found.entries()) {
      const expected = passes.flatMap(({ inputs, logits }) => inputs[l + 1] ?? logits);
      const layer = course.spec.hidden[l];
      const samples = layer?.stochasticEvaluation && sizesOf(layer).draws > 0;
      this.record(
        samples ? "noise" : "looks",
        expected.map((value, i) => output(values[i] as number, value)),
      );
    }
  }

  /**
   * Breaks a bias of member m in layer m. A tanh neuron at -infinity is -1, and a class at
   * -infinity has no probability, so all other weights stay finite.
   */
  private async broken(): Promise<void> {
    const { network } = this;
    const weights = await network.allWeights();
    for (const [m, layers] of weights.entries())
      (layers[m % layers.length] as LayerWeights).bias[0] = Number.NEGATIVE_INFINITY;
    network.setWeights(weights);
    const { spec, step } = network;
    const { reports } = await network.train(spec.reportEvery - (step % spec.reportEvery));
    const found = reports[0]?.numbers ?? [];
    this.record(
      "report",
      weights.map((layers, m) =>
        exact(found[m]?.brokenLayer ?? Number.NaN, 1 + (m % layers.length)),
      ),
    );
  }
}
