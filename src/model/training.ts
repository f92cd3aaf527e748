/** A run: trains a population, report by report, and answers questions about it. */
import type { Dataset, Split } from "../data/dataset";
import type { Device } from "../runtime/device";
import { StairstepError } from "../runtime/errors";
import { type LayerWeights, type MemberNumbers, Network } from "./network";
import { resolve, type Spec, type TrainOptions } from "./spec";
import { tuning } from "./tuning";

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

/** Work of one submit: short on a GPU, so that the page's own drawing never waits; a software adapter draws elsewhere. */
const SUBMIT = { hardware: { ms: 50, steps: 1000 }, software: { ms: 4000, steps: 200 } };
/** Steps of the first submit, before anything is measured. */
const FIRST_STEPS = 50;
/** A submit shorter than this has another queued behind it, so that the GPU never idles. */
const QUEUE_MS = 250;

export class Training implements AsyncIterable<Report> {
  readonly spec: Spec;
  private readonly signal: AbortSignal | undefined;
  private readonly created: Promise<Network>;
  private msPerStep: number | undefined;
  private finished = 0;
  /** Submits whose reports are not yet yielded, oldest first. */
  private readonly queue: Promise<{ step: number; numbers: MemberNumbers[] }[]>[] = [];
  private readonly unread: { step: number; numbers: MemberNumbers[] }[] = [];
  private readonly limits: { ms: number; steps: number };

  constructor(device: Device, data: Dataset, options: TrainOptions) {
    this.spec = resolve(options);
    this.signal = options.signal;
    this.limits = device.adapter.software ? SUBMIT.software : SUBMIT.hardware;
    this.created = Network.create(device, data, this.spec, options.tuning ?? tuning(device));
    this.created.catch(() => {}); // thrown again to whoever awaits it
  }

  /** The population on the GPU, once compiled. */
  ready(): Promise<Network> {
    return this.created;
  }

  /**
   * Trains on from where the run is, to its end, yielding a report every `reportEvery` steps. The GPU runs ahead of the
   * reports by up to two submits, so weights and evaluations are those of `step`, not of the last report. Leaving the
   * loop stops the run there; it can be iterated again to go on.
   * Throws the signal's reason when aborted, and `StairstepError` when weights or losses stop being finite.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Report, void, undefined> {
    const network = await this.created;
    const last = this.spec.epochs * this.spec.stepsPerEpoch;
    while (network.step < last || this.queue.length + this.unread.length > 0) {
      this.signal?.throwIfAborted();
      const report = this.unread.shift();
      if (report) {
        yield this.report(network, report.step, report.numbers);
        continue;
      }
      while (network.step < last && this.queue.length < this.depth()) {
        this.submit(network, last);
        await network.prepare(); // behind the first submit; at once ever after
      }
      this.unread.push(...((await this.queue.shift()) ?? []));
    }
  }

  /** Steps submitted so far. */
  get step(): Promise<number> {
    return this.created.then((network) => network.step);
  }

  private depth(): number {
    return this.msPerStep !== undefined && this.msPerStep * this.chunk() < QUEUE_MS ? 2 : 1;
  }

  /** Steps of a submit, by the time that steps have taken. */
  private chunk(): number {
    if (this.msPerStep === undefined) return FIRST_STEPS;
    return Math.max(1, Math.min(this.limits.steps, Math.floor(this.limits.ms / this.msPerStep)));
  }

  /** Submits the next chunk towards `last`; one that reaches a report ends with it. */
  private submit(network: Network, last: number): void {
    const begun = performance.now();
    const from = network.step;
    const most = Math.min(last, from + this.chunk());
    const whole = most - (most % this.spec.reportEvery);
    const end = whole > from && most < last ? whole : most;
    const done = network.train(end - from).then((reports) => {
      const now = performance.now();
      this.msPerStep = (now - Math.max(begun, this.finished)) / (end - from);
      this.finished = now;
      return reports;
    });
    done.catch(() => {}); // thrown again to whoever awaits it
    this.queue.push(done);
  }

  private report(network: Network, step: number, numbers: MemberNumbers[]): Report {
    const { batch, stepsPerEpoch, reportEvery } = this.spec;
    const from = step - (step % reportEvery || reportEvery);
    const rows = (step - from) * batch;
    numbers.forEach(({ brokenLayer, lossSum }, i) => {
      if (brokenLayer === 0 && Number.isFinite(lossSum)) return;
      const what = brokenLayer === 0 ? "the loss" : `a weight of layer ${brokenLayer}`;
      const who = numbers.length > 1 ? ` of member ${i + 1}` : "";
      throw new StairstepError(`${what}${who} became NaN or infinite between steps ${from + 1} and ${step}: use a lower learning rate or slope`);
    });
    const validationCount = network.data.validation.labels.length;
    const members = numbers.map(({ lossSum, correct, evaluatedCorrect }) => ({
      training: { accuracy: correct / rows, loss: lossSum / rows },
      validation: { accuracy: evaluatedCorrect / validationCount },
    }));
    const mean = (value: (m: MemberReport) => number) => members.reduce((sum, m) => sum + value(m), 0) / members.length;
    return {
      step,
      epoch: step / stepsPerEpoch,
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

  /**
   * What a member makes of u8 images [count, pixels of an image]: each hidden layer's outputs [count, width], and the
   * probabilities [count, classes]. Throws for pixels that make no whole images.
   */
  async look(pixels: Uint8Array<ArrayBuffer>, member = 0): Promise<{ outputs: Float32Array<ArrayBuffer>[]; probabilities: Float32Array<ArrayBuffer> }> {
    const network = await this.created;
    const { inputs, words, classes } = network.data;
    const count = pixels.length / inputs;
    if (!Number.isInteger(count) || count === 0)
      throw new StairstepError(`${pixels.length} pixels make no whole images of ${inputs}: give a multiple of ${inputs}`);
    const padded = new Uint8Array(count * words * 4);
    for (let i = 0; i < count; i++) padded.set(pixels.subarray(i * inputs, (i + 1) * inputs), i * words * 4);
    const layers = await network.outputs(padded, member);
    return { outputs: layers.slice(0, -1), probabilities: softmaxRows(layers.at(-1) as Float32Array<ArrayBuffer>, classes) };
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

/** Each row of `classes` logits as probabilities. */
function softmaxRows(logits: Float32Array<ArrayBuffer>, classes: number): Float32Array<ArrayBuffer> {
  for (let at = 0; at < logits.length; at += classes) {
    const row = logits.subarray(at, at + classes);
    const top = Math.max(...row);
    const sum = row.reduce((total, x) => total + Math.exp(x - top), 0);
    row.forEach((x, i) => {
      row[i] = Math.exp(x - top) / sum;
    });
  }
  return logits;
}

/**
 * Trains `options.hidden` on `data`: `for await (const report of train(device, data, { hidden: [oneHot(100, { categories: 5 })] }))`.
 * Throws `StairstepError` at once for options that make no network.
 */
export const train = (device: Device, data: Dataset, options: TrainOptions): Training => new Training(device, data, options);
