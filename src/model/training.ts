/** A run: trains a population, report by report, and answers questions about it. */
import type { Dataset, Split } from "../data/dataset";
import type { Device } from "../runtime/device";
import { DeviceLostError, StairstepError } from "../runtime/errors";
import { checkFits } from "./checkpoint";
import { type MemberNumbers, Network } from "./network";
import { probabilitiesOf } from "./probabilities";
import { makeReport, type Report } from "./report";
import { resolve, type Spec, type TrainOptions } from "./spec";
import type { Checkpoint, LayerWeights } from "./state";
import { tuning } from "./tuning";

/**
 * Work of one submit: short on a GPU, so that the page's own drawing never waits; a software
 * adapter draws elsewhere.
 */
const SUBMIT = { hardware: { ms: 50, steps: 1000 }, software: { ms: 4000, steps: 200 } };
/** Steps of the first submit, before anything is measured. */
const FIRST_STEPS = 50;
/** A submit shorter than this has another queued behind it, so that the GPU never idles. */
const QUEUE_MS = 250;

/** Losses of the device in a row, without a report between them, that a run survives. */
const LOSSES = 3;

interface Chunk {
  reports: { step: number; numbers: MemberNumbers[] }[];
  weights?: LayerWeights[][];
}

export class Training implements AsyncIterable<Report> {
  readonly spec: Spec;
  private created: Promise<Network>;
  private msPerStep: number | undefined;
  private finished = 0;
  /** The step that the network at hand began at. */
  private begun: number;
  /** The step of the last report yielded. */
  private yielded = 0;
  private last: Checkpoint | undefined;
  private losses = 0;
  private recovering: Promise<void> | undefined;
  /** What uses the network at the moment. */
  private readonly working = new Set<Promise<void>>();
  /** Submits whose reports are not yet yielded, oldest first. */
  private queue: Promise<Chunk>[] = [];
  private unread: Report[] = [];

  constructor(
    device: Device,
    data: Dataset,
    private readonly options: TrainOptions,
  ) {
    this.spec = resolve(options);
    this.last = options.from;
    this.begun = options.from?.step ?? 0;
    this.yielded = this.begun;
    if (options.from) checkFits(options.from, this.spec, data);
    this.created = this.create(device, data);
  }

  private create(device: Device, data: Dataset): Promise<Network> {
    const created = Network.create(
      device,
      data,
      this.spec,
      this.options.tuning ?? tuning(device),
      this.last,
    );
    created.catch(() => {}); // thrown again to whoever awaits it
    return created;
  }

  /** The population on the GPU, once compiled. */
  ready(): Promise<Network> {
    return this.created;
  }

  /**
   * Trains on from where the run is, to its end, yielding a report every `reportEvery` steps. The
   * GPU runs ahead of the reports by up to two submits, so weights and evaluations are those of
   * `step`, not of the last report. Leaving the loop stops the run there; it can be iterated again
   * to go on. Throws the signal's reason when aborted, `StairstepError` when weights or losses stop
   * being finite, and `DeviceLostError` when the device is lost and `reopen` is not given or does
   * not help.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Report, void, undefined> {
    const last = this.spec.epochs * this.spec.stepsPerEpoch;
    for (;;) {
      this.options.signal?.throwIfAborted();
      const report = this.unread.shift();
      if (report) {
        if (report.step <= this.yielded) continue; // again, after a loss
        this.yielded = report.step;
        this.losses = 0;
        yield report;
        continue;
      }
      const done = await this.withNetwork(async (network) => {
        while (network.step < last && this.queue.length < this.depth(network)) {
          this.submit(network, last);
          await network.prepare(); // behind the first submit; at once ever after
        }
        const chunk = await this.queue.shift();
        if (!chunk) return true;
        this.unread.push(...this.reportsOf(network, chunk));
        return false;
      });
      if (done) return;
    }
  }

  /**
   * Runs `work`; where the device is lost, again on another one that `reopen` gives, from the last
   * checkpoint.
   */
  private withNetwork<T>(work: (network: Network) => Promise<T>): Promise<T> {
    const result = this.tryWork(work);
    const settled = result.then(
      () => {},
      () => {},
    );
    this.working.add(settled);
    void settled.then(() => this.working.delete(settled));
    return result;
  }

  private async tryWork<T>(work: (network: Network) => Promise<T>): Promise<T> {
    for (;;) {
      const { created } = this;
      try {
        return await work(await created);
      } catch (error) {
        const { reopen } = this.options;
        if (!(error instanceof DeviceLostError) || !reopen) throw error;
        if (this.created !== created) continue; // another has recovered already
        if (!this.recovering) {
          if (++this.losses > LOSSES) throw error;
          this.recovering = this.recover(reopen).finally(() => {
            this.recovering = undefined;
          });
        }
        await this.recovering;
      }
    }
  }

  private async recover(reopen: NonNullable<TrainOptions["reopen"]>): Promise<void> {
    const waiting = this.queue;
    this.queue = []; // what is read already, and not yielded, stays true
    await Promise.allSettled(waiting);
    await this.release();
    const { device, data } = await reopen();
    this.begun = this.last?.step ?? 0;
    this.msPerStep = undefined;
    this.created = this.create(device, data);
  }

  /** Steps submitted so far. */
  get step(): Promise<number> {
    return this.created.then((network) => network.step);
  }

  private depth(network: Network): number {
    return this.msPerStep !== undefined && this.msPerStep * this.chunk(network) < QUEUE_MS ? 2 : 1;
  }

  /** Steps of a submit, by the time that steps have taken. */
  private chunk(network: Network): number {
    if (this.msPerStep === undefined) return FIRST_STEPS;
    const { ms, steps } = network.device.adapter.software ? SUBMIT.software : SUBMIT.hardware;
    return Math.max(1, Math.min(steps, Math.floor(ms / this.msPerStep)));
  }

  /**
   * Submits the next chunk towards `last`; one that reaches a report ends with it, and none passes
   * a checkpoint.
   */
  private submit(network: Network, last: number): void {
    const begun = performance.now();
    const { reportEvery, checkpointEvery } = this.spec;
    const from = network.step;
    const most = Math.min(
      last,
      from + this.chunk(network),
      checkpointEvery ? from - (from % checkpointEvery) + checkpointEvery : last,
    );
    const whole = most - (most % reportEvery);
    const end = whole > from && most < last ? whole : most;
    const keep = checkpointEvery !== undefined && (end % checkpointEvery === 0 || end === last);
    const done = network.train(end - from, keep).then((chunk) => {
      const now = performance.now();
      this.msPerStep = (now - Math.max(begun, this.finished)) / (end - from);
      this.finished = now;
      return chunk;
    });
    done.catch(() => {}); // thrown again to whoever awaits it
    this.queue.push(done);
  }

  private reportsOf(network: Network, { reports, weights }: Chunk): Report[] {
    const { reportEvery } = this.spec;
    const list = reports.map(({ step, numbers }) =>
      makeReport(
        this.spec,
        network.data,
        Math.max(this.begun, step - (step % reportEvery || reportEvery)),
        step,
        numbers,
      ),
    );
    const final = list.at(-1);
    if (final && weights) {
      this.last = this.checkpointOf(network, final.step, weights);
      final.checkpoint = this.last;
    }
    return list;
  }

  private checkpointOf(
    { data: { inputs, classes } }: Network,
    step: number,
    weights: LayerWeights[][],
  ): Checkpoint {
    const { hidden, members, dataSeed, batch, stepsPerEpoch, epochs } = this.spec;
    return {
      hidden,
      members,
      dataSeed,
      batch,
      stepsPerEpoch,
      epochs,
      step,
      inputs,
      classes,
      weights,
    };
  }

  /** The run as it is now, which may be ahead of the last report. */
  async checkpoint(): Promise<Checkpoint> {
    return this.withNetwork(async (network) =>
      this.checkpointOf(network, network.step, await network.allWeights()),
    );
  }

  /** Accuracy in [0, 1] of each member on a split. */
  async evaluate(split: Split): Promise<number[]> {
    const { correct, count } = await this.withNetwork((network) => network.evaluate(split));
    return correct.map((n) => n / count);
  }

  /**
   * What a member makes of u8 images [count, pixels of an image]: each hidden layer's outputs
   * [count, width], and the probabilities [count, classes]. Throws for pixels that make no whole
   * images.
   */
  async look(
    pixels: Uint8Array<ArrayBuffer>,
    member = 0,
  ): Promise<{ outputs: Float32Array<ArrayBuffer>[]; probabilities: Float32Array<ArrayBuffer> }> {
    const { inputs, words, classes } = (await this.created).data;
    const count = pixels.length / inputs;
    if (!Number.isInteger(count) || count === 0)
      throw new StairstepError(
        `${pixels.length} pixels make no whole images of ${inputs}: give a multiple of ${inputs}`,
      );
    const padded = new Uint8Array(count * words * 4);
    for (let i = 0; i < count; i++)
      padded.set(pixels.subarray(i * inputs, (i + 1) * inputs), i * words * 4);
    const layers = await this.withNetwork((network) => network.outputs(padded, member));
    return {
      outputs: layers.slice(0, -1),
      probabilities: probabilitiesOf(layers.at(-1) as Float32Array<ArrayBuffer>, classes),
    };
  }

  /** One member's parameters, layer by layer, the head last. */
  async weights(member = 0): Promise<LayerWeights[]> {
    return this.withNetwork((network) => network.weights(member));
  }

  /**
   * Frees the population's GPU memory, once what is under way is done; the device and the data
   * stay.
   */
  async destroy(): Promise<void> {
    while (this.working.size > 0) await Promise.all(this.working);
    await Promise.allSettled(this.queue);
    await this.release();
  }

  private async release(): Promise<void> {
    (await this.created.catch(() => undefined))?.destroy();
  }
}

/**
 * Trains `options.hidden` on `data`: `for await (const report of train(device, data, { hidden:
 * [oneHot(100, { categories: 5 })] }))`. Throws `StairstepError` at once for options that make no
 * network.
 */
export const train = (device: Device, data: Dataset, options: TrainOptions): Training =>
  new Training(device, data, options);
