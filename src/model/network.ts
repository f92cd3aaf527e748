/** A population of networks on the GPU, and the Programs that train, evaluate and report. */

import type { Dataset, Split } from "../data/dataset";
import type { Device } from "../runtime/device";
import { StairstepError } from "../runtime/errors";
import { call, Program } from "../runtime/program";
import { initialiseKernel } from "../shaders/initialise";
import type { Sizes } from "../shaders/layout";
import { findOptimizer } from "../shaders/optimizers/catalogue";
import { REPORT_BYTES } from "../shaders/report-type";
import {
  allocateBuffers,
  type Buffers,
  controlOf,
  destroyBuffers,
  layerSizes,
  ringSlots,
} from "./buffers";
import type { Evaluator } from "./evaluator";
import { type Extra, loadExtra } from "./forward";
import { type MemberNumbers, numbersOf } from "./numbers";
import { packMembers, unpackMembers } from "./parameters";
import type { Report } from "./report";
import type { Reporting } from "./reporting";
import { type Piece, type Schedule, schedule } from "./schedule";
import { memberAt, neuronLayer, type Spec, stepsOf } from "./spec";
import type { Checkpoint, LayerWeights } from "./state";
import { orderCalls, stepCalls } from "./step";
import { type Tuning, tuning } from "./tuning";
import type { ValueReport } from "./value-report";
import { type View, viewWith } from "./view";

/** What a submit came to: reports, each a list over members, and parameters that were kept. */
export interface Submitted {
  reports: { step: number; numbers: MemberNumbers[] }[];
  weights?: LayerWeights[][];
}

export class Network {
  /** Steps done. */
  step = 0;
  /** Step that this network began at: 0, or its checkpoint's. */
  begun = 0;
  /** Whether the ring holds the coming batches; see schedule.ts. */
  private filled = false;
  private reporting: Reporting | undefined;
  private preparing: Promise<void> | undefined;
  private constructor(
    readonly device: Device,
    readonly data: View,
    readonly spec: Spec,
    readonly sizes: readonly Sizes[],
    private readonly slots: number,
    readonly buffers: Buffers,
    private readonly programs: { order: Program; step: Program },
    readonly tune: Tuning,
    readonly extra: Extra,
  ) {}

  /**
   * Allocates, compiles, and draws initial weights or takes those of `from`; with the adapter's
   * tiles unless told otherwise. Throws before allocating when something is too large for the
   * adapter.
   */
  static async create(
    device: Device,
    given: Dataset,
    spec: Spec,
    tune: Tuning = tuning(device),
    from?: Pick<Checkpoint, "step" | "weights">,
  ): Promise<Network> {
    const { batch } = spec;
    const members = spec.members.length;
    const hidden = spec.hidden.map((layer) => neuronLayer(layer, "training"));
    const extra = await loadExtra(spec);
    const data =
      (await extra.values?.valueView(device, given, spec)) ??
      viewWith(given, { outputs: given.classes });
    const extent = { data, spec, tune, sizes: layerSizes(hidden, data.inputs, data.outputs) };
    const { sizes } = extent;
    const finalStep = stepsOf(spec);
    if (finalStep * batch >= 2 ** 32)
      throw new StairstepError(
        `${finalStep} steps of ${batch} pass the 2^32 samples that batch order counts: train ` +
          "fewer epochs",
      );
    const slots = ringSlots(extent);
    const { result: buffers, checked } = device.guarded("this network's buffers", () =>
      allocateBuffers(device, extent, slots),
    );
    const parts = { ...extent, buffers, slots, extra };
    const { control, parameters } = buffers;
    const programs = Promise.all([
      Program.create(device, orderCalls(parts)),
      Program.create(device, stepCalls(parts)),
      Program.create(device, [
        call(initialiseKernel({ layers: sizes, members }), { control, weights: parameters }),
      ]),
    ]);
    programs.catch(() => {}); // a failed allocation fails the programs too, and is the better error
    const [order, step, initialise] = await checked
      .then(() => programs)
      .catch((error) => {
        destroyBuffers(buffers);
        throw error;
      });
    device.write(control, controlOf(spec, from?.step ?? 0));
    const kernels = { order, step };
    const network = new Network(device, data, spec, sizes, slots, buffers, kernels, tune, extra);
    if (from) {
      network.setWeights(from.weights);
      network.step = network.begun = from.step;
    } else initialise.run(device);
    return network;
  }

  /**
   * Compiles what reports and evaluations need; apart from `create`, so that the first step need
   * not wait for it.
   */
  prepare(): Promise<void> {
    const { device, data, spec, sizes, tune, extra } = this;
    const { control, metrics, reports, parameters } = this.buffers;
    const parts = { device, data, spec, sizes, control, parameters, tune, extra };
    this.preparing ??= import("./reporting")
      .then(({ Reporting }) => Reporting.create(parts, metrics, reports))
      .then((reporting) => {
        this.reporting = reporting;
      });
    return this.preparing;
  }

  /** The next submit towards `target`, as `run` takes it: by default all steps to there. */
  plan(target: number, limits: Partial<Pick<Schedule, "most" | "checkpointEvery">> = {}): Piece[] {
    const { reportEvery } = this.spec;
    const { step: from, slots, filled } = this;
    const last = stepsOf(this.spec);
    return schedule({ from, target, last, most: target, slots, filled, reportEvery, ...limits });
  }

  /** Does the next `steps` steps in one submit. */
  train(steps: number): Promise<Submitted> {
    return this.run(this.plan(this.step + steps));
  }

  /**
   * Submits `pieces` at once; a report evaluates the validation split. Resolves when they are done,
   * with the reports, and with the parameters that were to be kept.
   */
  async run(pieces: readonly Piece[]): Promise<Submitted> {
    const count = pieces.filter(({ report }) => report).length;
    const bytes = REPORT_BYTES * this.spec.members.length;
    if (!this.reporting && count > 0) await this.prepare();
    const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ;
    const staging = this.device.gpu.createBuffer({
      label: "reports read",
      size: bytes * Math.max(1, count),
      usage,
    });
    const kept = pieces.some(({ keep }) => keep)
      ? this.device.gpu.createBuffer({
          label: "parameters kept",
          size: this.stored.reduce((sum, { size }) => sum + size, 0),
          usage,
        })
      : undefined;
    const reported: number[] = [];
    this.device.submit((encoder) => {
      let pass = encoder.beginComputePass();
      for (const { steps, fill, report, keep } of pieces) {
        if (fill) this.programs.order.encode(pass);
        this.programs.step.encode(pass, steps);
        this.step += steps;
        this.filled = true;
        if (!report && !keep) continue;
        pass.end();
        if (report) {
          this.encodeReport(encoder, staging, bytes * reported.length);
          reported.push(this.step);
        }
        if (kept && keep) this.encodeKept(encoder, kept);
        pass = encoder.beginComputePass();
      }
      pass.end();
    });
    try {
      if (count === 0) await this.device.done();
      const words = await this.device.map(staging);
      const reports = reported.map((step, i) => ({
        step,
        numbers: numbersOf(words.slice(bytes * i, bytes * (i + 1))),
      }));
      return kept ? { reports, weights: this.unpack(await this.device.map(kept)) } : { reports };
    } finally {
      staging.destroy();
      kept?.destroy();
    }
  }

  /** Copies what a checkpoint keeps to `kept`, one buffer behind the other. */
  private encodeKept(encoder: GPUCommandEncoder, kept: GPUBuffer): void {
    let at = 0;
    for (const buffer of this.stored) {
      encoder.copyBufferToBuffer(buffer, 0, kept, at, buffer.size);
      at += buffer.size;
    }
  }

  /** Evaluates, reports, and copies the report to `offset` of `staging`. */
  private encodeReport(encoder: GPUCommandEncoder, staging: GPUBuffer, offset: number): void {
    const { reports } = this.buffers;
    encoder.clearBuffer(reports);
    const pass = encoder.beginComputePass();
    this.reporting?.encode(pass);
    pass.end();
    const bytes = REPORT_BYTES * this.spec.members.length;
    encoder.copyBufferToBuffer(reports, 0, staging, offset, bytes);
  }

  /** Each member's numbers on a split, and its size. */
  async evaluate(split: Split): Promise<{ numbers: MemberNumbers[]; count: number }> {
    await this.prepare();
    const numbers = numbersOf(await (this.reporting as Reporting).run(split));
    return { numbers, count: this.data[split].labels.length };
  }

  /** The report of the steps from `from` to `step`. Throws as `checkFinite` (report.ts) does. */
  report(from: number, step: number, numbers: readonly MemberNumbers[]): Report | ValueReport {
    const make = this.extra.values?.valueReport ?? (this.reporting as Reporting).makeReport;
    return make(this.spec, this.data, from, step, numbers);
  }

  /** What looks inside, once compiled: see look.ts. */
  async evaluator(): Promise<Evaluator> {
    await this.prepare();
    return (this.reporting as Reporting).evaluator;
  }

  /** Each member's parameters, layer by layer, the head last. */
  async allWeights(): Promise<LayerWeights[][]> {
    const read = await Promise.all(this.stored.map((buffer) => this.device.read(buffer)));
    return this.unpack(await new Blob(read).arrayBuffer());
  }

  /** One member's parameters, layer by layer, the head last. Throws for a member that is not. */
  async weights(member: number): Promise<LayerWeights[]> {
    return memberAt(await this.allWeights(), member);
  }

  /** The buffers that a checkpoint keeps: parameters, and the optimizer's state if it has any. */
  private get stored(): GPUBuffer[] {
    const { parameters, state } = this.buffers;
    return this.states > 0 ? [parameters, state] : [parameters];
  }

  private get states(): number {
    return findOptimizer(this.spec.optimizer)?.state ?? 0;
  }

  private unpack(stored: ArrayBuffer): LayerWeights[][] {
    return unpackMembers(this.sizes, this.states, this.spec.members.length, stored);
  }

  /** Puts each member's parameters in place, and what the optimizer keeps. */
  setWeights(members: readonly (readonly LayerWeights[])[]): void {
    const { parameters, state } = this.buffers;
    const stored = packMembers(this.sizes, this.states, members);
    this.device.write(parameters, stored.subarray(0, parameters.size / 4));
    if (this.states > 0) this.device.write(state, stored.subarray(parameters.size / 4));
  }

  destroy(): void {
    destroyBuffers(this.buffers);
    if (this.data.wanted) this.data.destroy();
    this.preparing?.then(() => this.reporting?.destroy()).catch(() => {});
  }
}
