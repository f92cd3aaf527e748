/**
 * A population of networks on the GPU: its buffers, and the Programs that train, evaluate and report.
 *
 *   step = affine · (fire · affine)… · head · (transfer · back)… · update…     one hidden layer: 4 dispatches
 */
import type { Dataset, Split } from "../data/dataset";
import type { Device } from "../runtime/device";
import { StairstepError } from "../runtime/errors";
import { type Call, call, Program } from "../runtime/program";
import { controlBytes, packControl } from "../shaders/control";
import { headKernel } from "../shaders/head";
import { initialiseKernel, parameterRows } from "../shaders/initialise";
import { pad4 } from "../shaders/kernel";
import { backKernel, fireKernel, layerWidth, type NeuronLayer } from "../shaders/layer";
import { affineKernel, type MatmulShape, transferKernel, updateKernel } from "../shaders/matmul";
import { orderKernel } from "../shaders/order";
import { finiteKernel, REPORT_BYTES, reportKernel } from "../shaders/report";
import { Evaluator } from "./evaluator";
import { neuronLayer, type Spec } from "./spec";
import { type Tuning, tuning } from "./tuning";

/** What one member's report says. Training values are over the steps since the last report. */
export interface MemberNumbers {
  lossSum: number;
  correct: number;
  evaluatedCorrect: number;
  /** Lowest layer whose weights are not finite, from 1 at the input; 0 when all are. */
  brokenLayer: number;
}

/** Parameters of one layer of one member, unpadded. */
export interface LayerWeights {
  /** [inputs, outputs] */
  weights: Float32Array<ArrayBuffer>;
  /** [outputs] */
  bias: Float32Array<ArrayBuffer>;
}

export interface Sizes {
  inputs: number;
  outputs: number;
}

/** Inputs and outputs of every layer, the head last. */
export function layerSizes(hidden: readonly NeuronLayer[], inputs: number, classes: number): Sizes[] {
  const widths = [inputs, ...hidden.map(layerWidth), classes];
  return widths.slice(1).map((outputs, i) => ({ inputs: widths[i] as number, outputs }));
}

const parameterBytes = ({ inputs, outputs }: Sizes): number => 4 * parameterRows(inputs) * pad4(outputs);

export class Network {
  /** Steps done. */
  step = 0;
  private constructor(
    readonly device: Device,
    readonly data: Dataset,
    readonly spec: Spec,
    readonly sizes: readonly Sizes[],
    private readonly buffers: GPUBuffer[],
    private readonly control: GPUBuffer,
    readonly parameters: readonly GPUBuffer[],
    private readonly reports: GPUBuffer,
    private readonly programs: { order: Program; step: Program; report: Program },
    private readonly evaluator: Evaluator,
  ) {}

  /** Allocates, compiles and draws initial weights, with the adapter's tiles unless told otherwise. Throws before allocating when something is too large for the adapter. */
  static async create(device: Device, data: Dataset, spec: Spec, tune: Tuning = tuning(device)): Promise<Network> {
    const { batch, reportEvery: slots } = spec;
    const members = spec.members.length;
    const hidden = spec.hidden.map((layer) => neuronLayer(layer, "training"));
    const sizes = layerSizes(hidden, data.inputs, data.classes);
    const finalStep = spec.epochs * spec.stepsPerEpoch;
    if (finalStep * batch >= 2 ** 32) throw new StairstepError(`${finalStep} steps of ${batch} pass the 2^32 samples that batch order counts: train fewer epochs`);
    for (const [i, size] of sizes.entries()) {
      device.fits(`layer ${i + 1} (${size.inputs} × ${size.outputs} weights for ${members} members)`, members * parameterBytes(size));
      device.fits(`layer ${i + 1}'s activations (${members} members, batch ${batch})`, 4 * members * batch * pad4(size.outputs));
    }
    device.fits("the metrics between reports", 8 * members * slots * batch);

    return device.guard("this network", async () => {
      const buffers: GPUBuffer[] = [];
      const allocate = (name: string, bytes: number): GPUBuffer => {
        const buffer = device.allocate(name, bytes);
        buffers.push(buffer);
        return buffer;
      };
      const control = allocate("control", controlBytes(members));
      const batches = allocate("batches", 8 * slots * batch);
      const metrics = allocate("metrics", 8 * members * slots * batch);
      const reports = allocate("reports", REPORT_BYTES * members);
      const parameters = sizes.map((size, i) => allocate(`weights of layer ${i + 1}`, members * parameterBytes(size)));
      const activations = (name: string, layers = sizes.slice(0, -1)) =>
        layers.map(({ outputs }, i) => allocate(`${name} of layer ${i + 1}`, 4 * members * batch * pad4(outputs)));
      const [z, y, dz] = [activations("z"), activations("y"), activations("dz", [...sizes])];
      const parameter = (i: number) => parameters[i] as GPUBuffer;
      const at = (list: GPUBuffer[], i: number) => list[i] as GPUBuffer;
      const shape = (i: number): MatmulShape => ({
        label: `layer ${i + 1}`,
        rows: batch,
        inner: (sizes[i] as Sizes).inputs,
        columns: (sizes[i] as Sizes).outputs,
        members,
        input: i === 0 ? { slots, images: data.training.first + data.training.count } : "activations",
        tiles: tune.tiles,
      });
      const source = (i: number): Record<string, GPUBuffer> => (i === 0 ? { a: data.images, batches } : { a: at(y, i - 1) });
      const top = hidden.length;
      const layerShape = (i: number) => ({ ...(hidden[i] as NeuronLayer), label: `layer ${i + 1}`, rows: batch, members });

      const calls: Call[] = [];
      for (let i = 0; i < top; i++) {
        calls.push(call(affineKernel(shape(i)), { ...source(i), control, b: parameter(i), c: at(z, i) }));
        if (i < top - 1) calls.push(call(fireKernel(layerShape(i), { purpose: "training", layer: i }), { control, z: at(z, i), y: at(y, i) }));
      }
      const last = top - 1;
      const head = headKernel({ layer: layerShape(last), index: last, rows: batch, classes: data.classes, members, workgroup: tune.headWorkgroup, slots });
      calls.push(call(head, { control, batches, w: parameter(top), z: at(z, last), y: at(y, last), dz: at(dz, last), dlogits: at(dz, top), metrics }));
      for (let i = last; i > 0; i--) {
        calls.push(call(transferKernel(shape(i)), { g: at(dz, i), b: parameter(i), c: at(dz, i - 1) }));
        calls.push(call(backKernel(layerShape(i - 1)), { control, z: at(z, i - 1), y: at(y, i - 1), dz: at(dz, i - 1) }));
      }
      for (let i = 0; i <= top; i++) {
        const kernel = updateKernel({ ...shape(i), advance: i === top });
        calls.push(call(kernel, { ...source(i), g: at(dz, i), control, b: parameter(i) }));
      }

      const order = orderKernel({ images: data.training.count, first: data.training.first, batch, slots });
      const [orderProgram, stepProgram, reportProgram, initialise, evaluator] = await Promise.all([
        Program.create(device, [call(order, { labels: data.labels, control, batches })]),
        Program.create(device, calls),
        Program.create(device, [
          call(reportKernel({ rows: batch, slots, members }), { control, metrics, reports }),
          ...sizes.map((size, layer) =>
            call(finiteKernel({ layer, quads: parameterBytes(size) / 16, members }), { weights: parameter(layer), reports }),
          ),
        ]),
        Program.create(
          device,
          sizes.map((size, layer) => call(initialiseKernel({ ...size, layer, members }), { control, weights: parameter(layer) })),
        ),
        Evaluator.create({ device, data, spec, sizes, control, parameters, reports, tune }),
      ]);
      const network = new Network(device, data, spec, sizes, buffers, control, parameters, reports, { order: orderProgram, step: stepProgram, report: reportProgram }, evaluator);
      network.restart();
      initialise.run(device);
      return network;
    });
  }

  private restart(): void {
    const members = this.spec.members.map(({ learningRate, slopeCap, ...m }) => ({ ...m, rate: learningRate, cap: slopeCap }));
    this.device.write(this.control, packControl(this.step, this.spec.stepsPerEpoch, this.spec.dataSeed, members));
  }

  /** Trains `steps` steps, at most `reportEvery`, in one submit; with `report`, evaluates and gathers a report behind them. */
  train(steps: number, report = false): void {
    this.device.submit((encoder) => {
      const pass = encoder.beginComputePass();
      this.programs.order.encode(pass);
      this.programs.step.encode(pass, steps);
      pass.end();
      if (!report) return;
      encoder.clearBuffer(this.reports);
      const gather = encoder.beginComputePass();
      this.evaluator.encodeValidation(gather);
      this.programs.report.encode(gather);
      gather.end();
    });
    this.step += steps;
  }

  /** The report gathered last, for each member. */
  async readReport(): Promise<MemberNumbers[]> {
    const bytes = await this.device.read(this.reports, REPORT_BYTES * this.spec.members.length);
    const words = new Uint32Array(bytes);
    const floats = new Float32Array(bytes);
    return this.spec.members.map((_, i) => {
      const [correct, evaluatedCorrect, broken] = words.subarray(4 * i + 1, 4 * i + 4) as unknown as [number, number, number];
      return { lossSum: floats[4 * i] as number, correct, evaluatedCorrect, brokenLayer: broken === 0 ? 0 : 32 - Math.clz32(broken & -broken) };
    });
  }

  /** Correct answers of each member on a split, and its size. */
  async evaluate(split: Split): Promise<{ correct: number[]; count: number }> {
    this.device.submit((encoder) => encoder.clearBuffer(this.reports));
    const count = await this.evaluator.run(split);
    return { correct: (await this.readReport()).map((r) => r.evaluatedCorrect), count };
  }

  /** One member's parameters, layer by layer, the head last. */
  async weights(member: number): Promise<LayerWeights[]> {
    return Promise.all(
      this.sizes.map(async (size, i) => {
        const all = new Float32Array(await this.device.read(this.parameters[i] as GPUBuffer));
        const stride = pad4(size.outputs);
        const start = member * (parameterBytes(size) / 4);
        const row = (r: number) => all.subarray(start + r * stride, start + r * stride + size.outputs);
        const weights = new Float32Array(size.inputs * size.outputs);
        for (let r = 0; r < size.inputs; r++) weights.set(row(r), r * size.outputs);
        return { weights, bias: row(pad4(size.inputs)).slice() };
      }),
    );
  }

  /** Puts each member's parameters in place. */
  setWeights(members: readonly (readonly LayerWeights[])[]): void {
    for (const [i, size] of this.sizes.entries()) {
      const stride = pad4(size.outputs);
      const all = new Float32Array((members.length * parameterBytes(size)) / 4);
      members.forEach((layers, m) => {
        const { weights, bias } = layers[i] as LayerWeights;
        const start = m * (parameterBytes(size) / 4);
        for (let r = 0; r < size.inputs; r++) all.set(weights.subarray(r * size.outputs, (r + 1) * size.outputs), start + r * stride);
        all.set(bias, start + pad4(size.inputs) * stride);
      });
      this.device.write(this.parameters[i] as GPUBuffer, all);
    }
  }

  destroy(): void {
    for (const buffer of this.buffers) buffer.destroy();
    this.evaluator.destroy();
  }
}
