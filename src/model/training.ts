/** A run: trains a population, report by report, and answers questions about it. */
import type { Dataset, Split } from "../data/dataset";
import type { AnyPixels } from "../data/pixels";
import type { Device } from "../runtime/device";
import { annealedSlope } from "../shaders/control";
import type { Look } from "./look";
import { Network, type Submitted } from "./network";
import { Pace } from "./pace";
import { Recoverable } from "./recovery";
import type { Report } from "./report";
import { memberAt, resolve, type Spec, stepsOf, type TrainOptions } from "./spec";
import type { Checkpoint, LayerWeights } from "./state";
import { optionsOf } from "./state";
import { tuning } from "./tuning";
import type { ValueReport } from "./value-report";
import { VERSION } from "./version";

export class Training<R extends Report | ValueReport = Report> implements AsyncIterable<R> {
  /** The options, checked and with every default. */
  readonly spec: Spec;
  /** The population, on the device that is used now. */
  private readonly network: Recoverable<Network>;
  /** How much a submit takes on that device. */
  private pace: Pace;
  /** Submits whose reports are not made yet, oldest first. */
  private queue: Promise<Submitted>[] = [];
  /** Reports made and not yielded yet, oldest first. */
  private unread: R[] = [];
  /** The step of the last report yielded. */
  private yielded: number;
  /** What a new device goes on from. */
  private last: Checkpoint | undefined;

  constructor(
    device: Device,
    data: Dataset,
    private readonly options: TrainOptions,
  ) {
    this.spec = resolve(options);
    const { from, reopen } = options;
    this.pace = new Pace(options.submitMs);
    this.last = from;
    this.yielded = from?.step ?? 0;
    this.network = new Recoverable(
      () => this.create(device, data),
      reopen && (() => this.replace(reopen)),
    );
  }

  /** Throws `StairstepError` where there is a checkpoint to go on from, of another run or data. */
  private async create(device: Device, data: Dataset): Promise<Network> {
    if (!device?.gpu || !data?.training)
      throw (await import("../runtime/mistaken")).noDeviceOrData(device, data);
    const { members } = this.options;
    if (this.last || members instanceof Object)
      (await import("./fits")).checkFits(this.last, this.spec, data, this.options);
    const tune = this.options.tuning ?? tuning(device);
    return Network.create(device, data, this.spec, tune, this.last);
  }

  /** Lets go of what a lost device had; reports made already stay true. */
  private async replace(
    reopen: NonNullable<TrainOptions["reopen"]>,
  ): Promise<() => Promise<Network>> {
    const lost = this.queue;
    this.queue = [];
    await Promise.allSettled(lost);
    await release(this.network.value);
    const { device, data } = await reopen();
    this.pace = new Pace(this.options.submitMs);
    return () => this.create(device, data);
  }

  /** The population on the GPU, once compiled. */
  ready(): Promise<Network> {
    return this.network.value;
  }

  /**
   * Trains on from where the run is, to its end, yielding a report every `reportEvery` steps. The
   * GPU runs ahead of the reports by up to two submits, so weights and evaluations are those of
   * `step`, not of the last report. Leaving the loop stops the run there; it can be iterated again
   * to go on. Throws the signal's reason when aborted, `StairstepError` when weights or losses stop
   * being finite, and `DeviceLostError` when the device is lost and `reopen` is not given or does
   * not help.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<R, void, undefined> {
    for (;;) {
      this.options.signal?.throwIfAborted();
      const report = this.unread.shift();
      if (!report) {
        if (await this.network.use((network) => this.advance(network))) continue;
        return;
      }
      if (report.step <= this.yielded) continue; // again, after a loss
      this.yielded = report.step;
      this.network.proved();
      yield report;
    }
  }

  /** Keeps the GPU busy, and makes the reports of the oldest submit. False at the run's end. */
  private async advance(network: Network): Promise<boolean> {
    const end = stepsOf(this.spec);
    while (network.step < end && this.queue.length < this.pace.depth(network.device)) {
      const most = (await this.options.throttle?.()) ?? Number.POSITIVE_INFINITY;
      if (!(most >= 1)) throw (await import("../runtime/mistaken")).noSteps(most);
      this.submit(network, end, most);
      await network.prepare(); // behind the first submit; at once ever after
      if (Number.isFinite(most)) break; // its reports do not wait for the next answer
    }
    const submitted = await this.queue.shift();
    if (!submitted) return false;
    this.unread.push(...this.reportsOf(network, submitted));
    return true;
  }

  private submit(network: Network, end: number, most: number): void {
    const pieces = network.plan(end, {
      most: Math.floor(Math.min(most, this.pace.steps(network.device))),
      checkpointEvery: this.spec.checkpointEvery,
    });
    const submitted = this.pace.measure(pieces, () => network.run(pieces));
    submitted.catch(() => {}); // thrown again to whoever awaits it
    this.queue.push(submitted);
  }

  private reportsOf(network: Network, { reports, weights }: Submitted): R[] {
    const { reportEvery } = this.spec;
    const list = reports.map(({ step, numbers }) => {
      const before = Math.max(network.begun, step - (step % reportEvery || reportEvery));
      return network.report(before, step, numbers) as R;
    });
    const final = list.at(-1);
    if (final && weights) {
      this.last = this.checkpointOf(network, final.step, weights);
      final.checkpoint = this.last;
    }
    return list;
  }

  /** The slope that evaluation has at a step, as the GPU anneals it. Throws for no member. */
  slopeAt(step: number, member = 0): number {
    const { slope, anneal, slopeCap: cap } = memberAt(this.spec.members, member);
    return annealedSlope({ slope, anneal, cap }, Math.floor(step / this.spec.stepsPerEpoch));
  }

  /** Steps submitted so far. */
  get step(): Promise<number> {
    return this.network.value.then((network) => network.step);
  }

  private checkpointOf(
    { data: { inputs, classes, outputs, dtype, scaling, identity }, device: { kernels } }: Network,
    step: number,
    weights: LayerWeights[][],
  ): Checkpoint {
    const made = { data: identity, version: VERSION, kernels };
    const read = {
      ...{ inputs, classes, ...(dtype === "u8" ? {} : { dtype, scaling }) },
      ...(this.spec.task === "classify" ? {} : { outputs }),
    };
    return { ...optionsOf(this.spec), ...made, step, ...read, weights };
  }

  /** The run as it is now, which may be ahead of the last report. */
  async checkpoint(): Promise<Checkpoint> {
    return this.network.use(async (network) =>
      this.checkpointOf(network, network.step, await network.allWeights()),
    );
  }

  /** Accuracy in [0, 1] of each member on a split. Throws `StairstepError` for other tasks. */
  async evaluate(split: Split): Promise<number[]> {
    if (this.spec.task !== "classify")
      throw (await import("../runtime/mistaken")).noAccuracy(this.spec.task);
    const { numbers, count } = await this.network.use((network) => network.evaluate(split));
    return numbers.map(({ evaluatedCorrect }) => evaluatedCorrect / count);
  }

  /**
   * What a member makes of images [count, pixels of an image], bytes or floats as the data has.
   * Throws `StairstepError` for pixels that make no whole images, and for no member.
   */
  async look(pixels: AnyPixels, member = 0): Promise<Look> {
    const own = pixels?.slice?.() ?? pixels; // the caller may write to them meanwhile
    // One use, so that `destroy` waits for it.
    return this.network.use(async (network) => {
      const { lookAt } = await import("./look");
      return lookAt(await network.evaluator(), own, member);
    });
  }

  /** One member's parameters, layer by layer, the head last. */
  async weights(member = 0): Promise<LayerWeights[]> {
    return this.network.use((network) => network.weights(member));
  }

  /**
   * Frees the population's GPU memory, once what is under way is done; the device and the data
   * stay. Whatever is asked of the run from here on rejects with `StairstepError`.
   */
  async destroy(): Promise<void> {
    const { value } = this.network;
    this.network.begin(async () => {
      throw (await import("../runtime/mistaken")).destroyed("run", "train");
    });
    await this.network.idle();
    await Promise.allSettled(this.queue);
    await release(value);
  }
}

const release = async (network: Promise<Network>): Promise<void> =>
  (await network.catch(() => undefined))?.destroy();

/**
 * Trains `options.hidden` on `data`: `for await (const report of train(device, data, { hidden:
 * [oneHot(100, { categories: 5 })] }))`. Throws `StairstepError` at once for options that make no
 * network.
 */
export function train(
  device: Device,
  data: Dataset,
  options: TrainOptions & { task: "reconstruct" | "complete" },
): Training<ValueReport>;
export function train(device: Device, data: Dataset, options: TrainOptions): Training;
export function train(
  device: Device,
  data: Dataset,
  options: TrainOptions,
): Training<Report> | Training<ValueReport> {
  return new Training<never>(device, data, options);
}
