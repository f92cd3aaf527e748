/** A run: trains a population, report by report, and answers questions about it. */
import type { Dataset, Split } from "../data/dataset";
import type { Device } from "../runtime/device";
import { StairstepError } from "../runtime/errors";
import { type LayerWeights, type MemberNumbers, Network } from "./network";
import { resolve, type Spec, type TrainOptions } from "./spec";

export interface MemberReport {
  /** Over the steps since the last report: accuracy in [0, 1], loss in nats. */
  training: { accuracy: number; loss: number };
  validation: { accuracy: number };
}

/** Means over the members, and each member's own numbers. */
export interface Report extends MemberReport {
  step: number;
  /** Steps in epochs; whole at an epoch's end. */
  epoch: number;
  members: MemberReport[];
}

/** Longest work in one submit, so that no driver takes the GPU for hung. */
const SUBMIT_MS = 2000;
/** Steps of the first submit, before anything is measured. */
const FIRST_STEPS = 50;

export class Training implements AsyncIterable<Report> {
  readonly spec: Spec;
  private readonly signal: AbortSignal | undefined;
  private readonly created: Promise<Network>;
  private msPerStep: number | undefined;

  constructor(device: Device, data: Dataset, options: TrainOptions) {
    this.spec = resolve(options);
    this.signal = options.signal;
    this.created = Network.create(device, data, this.spec);
    this.created.catch(() => {}); // thrown again to whoever awaits it
  }

  /** The population on the GPU, once compiled. */
  ready(): Promise<Network> {
    return this.created;
  }

  /**
   * Trains on from where the run is, to its end, yielding a report every `reportEvery` steps. Leaving the loop stops the
   * run after that report; it can be iterated again to go on.
   * Throws the signal's reason when aborted, and `StairstepError` when weights or losses stop being finite.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Report, void, undefined> {
    const network = await this.created;
    const { epochs, stepsPerEpoch, reportEvery } = this.spec;
    const last = epochs * stepsPerEpoch;
    while (network.step < last) {
      const from = network.step;
      const target = Math.min(last, from - (from % reportEvery) + reportEvery);
      while (network.step < target) {
        this.signal?.throwIfAborted();
        await this.submit(network, target);
      }
      yield this.report(network, from - (from % reportEvery), await network.readReport());
    }
  }

  /** Submits the next chunk towards `target`, sized by the time that steps have taken; the report goes with the last. */
  private async submit(network: Network, target: number): Promise<void> {
    const left = target - network.step;
    const most = this.msPerStep === undefined ? FIRST_STEPS : Math.max(1, Math.floor(SUBMIT_MS / this.msPerStep));
    const steps = Math.ceil(left / Math.ceil(left / most));
    const begun = performance.now();
    network.train(steps, steps === left);
    if (network.step < target) {
      await Promise.race([network.device.gpu.queue.onSubmittedWorkDone(), network.device.gpu.lost]);
      network.device.check();
      this.msPerStep = (performance.now() - begun) / steps;
    }
  }

  private report(network: Network, from: number, numbers: MemberNumbers[]): Report {
    const { batch, stepsPerEpoch } = this.spec;
    const rows = (network.step - from) * batch;
    numbers.forEach(({ brokenLayer, lossSum }, i) => {
      if (brokenLayer === 0 && Number.isFinite(lossSum)) return;
      const what = brokenLayer === 0 ? "the loss" : `a weight of layer ${brokenLayer}`;
      const who = numbers.length > 1 ? ` of member ${i + 1}` : "";
      throw new StairstepError(`${what}${who} became NaN or infinite between steps ${from + 1} and ${network.step}: use a lower learning rate or slope`);
    });
    const validationCount = network.data.validation.labels.length;
    const members = numbers.map(({ lossSum, correct, evaluatedCorrect }) => ({
      training: { accuracy: correct / rows, loss: lossSum / rows },
      validation: { accuracy: evaluatedCorrect / validationCount },
    }));
    const mean = (value: (m: MemberReport) => number) => members.reduce((sum, m) => sum + value(m), 0) / members.length;
    return {
      step: network.step,
      epoch: network.step / stepsPerEpoch,
      training: { accuracy: mean((m) => m.training.accuracy), loss: mean((m) => m.training.loss) },
      validation: { accuracy: mean((m) => m.validation.accuracy) },
      members,
    };
  }

  /** Accuracy in [0, 1] of each member on a split. */
  async evaluate(split: Split): Promise<number[]> {
    const network = await this.created;
    const { correct, count } = await network.evaluate(split);
    return correct.map((n) => n / count);
  }

  /** One member's parameters, layer by layer, the head last. */
  async weights(member = 0): Promise<LayerWeights[]> {
    return (await this.created).weights(member);
  }

  /** Frees the population's GPU memory; the device and the data stay. */
  async destroy(): Promise<void> {
    (await this.created.catch(() => undefined))?.destroy();
  }
}

/**
 * Trains `options.hidden` on `data`: `for await (const report of train(device, data, { hidden: [oneHot(100, { categories: 5 })] }))`.
 * Throws `StairstepError` at once for options that make no network.
 */
export const train = (device: Device, data: Dataset, options: TrainOptions): Training => new Training(device, data, options);
