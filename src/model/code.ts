/**
 * Words: what the one-hot layer of a network that reconstructs chooses for an image, a symbol a
 * neuron, and the image that symbols stand for. Loaded only where asked.
 *
 *   encode   images → z of the code layer; its largest of each neuron
 *   decode   symbols → a z whose largest they are → y of the code layer, and the layers above it
 *
 * Choices are rounded and hard, whatever the estimator, so the kernels above the code are those of
 * an evaluation that rounds, and see the same numbers.
 */
import type { Dataset, Split } from "../data/dataset";
import type { AnyPixels } from "../data/pixels";
import type { Device } from "../runtime/device";
import { StairstepError } from "../runtime/errors";
import { pad4 } from "../shaders/kernel";
import { layerPlaces, type Places, type Sizes } from "../shaders/layout";
import type { ValueLossName } from "../shaders/losses/catalogue";
import { valueLosses } from "../shaders/losses/values";
import { REPORT_BYTES } from "../shaders/report-type";
import { controlOf } from "./buffers";
import { choosing, codeLayer } from "./code-layer";
import { Evaluator, type Parts, type Source } from "./evaluator";
import { openModel, partsOf, type Saved } from "./from-file";
import { imagesOf } from "./look";
import type { OwnParts } from "./own";
import { sourceOf } from "./reporting";
import type { Run } from "./run";
import { memberAt, type Spec } from "./spec";
import type { Task } from "./state";
import { Uses } from "./uses";
import { type View, viewWith } from "./view";
import { checkWords } from "./word-index";

type Numbers = Float32Array<ArrayBuffer>;
type Symbols = Uint8Array<ArrayBuffer>;

const CLEAR = 1; // a z above the others' 0: any number above 0 is the largest

export class Code {
  private readonly uses = new Uses("code", "loadCode or codeOf");
  /** Letters of a word: neurons of the code layer. */
  readonly neurons: number;
  /** Symbols that a neuron chooses among. */
  readonly choices: number;
  private readonly layer: number;

  /** `loadCode` and `codeOf` make one. */
  constructor(
    private readonly evaluator: Evaluator,
    /** Steps done when it is asked: the slope of layers that anneal depends on them. */
    private readonly step: () => number,
    private readonly buffers: readonly GPUBuffer[],
  ) {
    const { spec, sizes } = evaluator.parts;
    this.layer = codeLayer(spec);
    this.neurons = spec.hidden[this.layer]?.units as number;
    this.choices = (sizes[this.layer] as Sizes).outputs / this.neurons;
  }

  /** How the network was trained, with every default. */
  get spec(): Spec {
    return this.evaluator.parts.spec;
  }

  /**
   * The words [count, neurons] of images [count, pixels of an image], as the data came: of each
   * neuron the likeliest symbol, from 0. Throws `StairstepError` for pixels that make no whole
   * images, and for no member.
   */
  encode(images: AnyPixels, member = 0): Promise<Symbols> {
    return this.uses.use(async () => {
      const { data } = this.evaluator.parts;
      const pixels = await imagesOf(images, data);
      // All of one label, so that rows keep their order.
      const labels = new Uint32Array(pixels.length / data.inputs);
      return this.wordsOf(this.evaluator, { labels, pixels }, member);
    });
  }

  /**
   * The words [count, neurons] of a split, also of training images, which are on the GPU and
   * nowhere else. Throws `StairstepError` for data unlike those it was trained on, and no member.
   */
  encodeSplit(data: Dataset, split: Split, member = 0): Promise<Symbols> {
    return this.uses.use(() => this.wordsOfSplit(data, split, member));
  }

  private async wordsOfSplit(data: Dataset, split: Split, member: number): Promise<Symbols> {
    const { parts } = this.evaluator;
    const { inputs, dtype, outputs } = parts.data;
    if (data.inputs !== inputs || data.dtype !== dtype)
      throw new StairstepError(
        `this code is of ${inputs} ${dtype} values an image, and the data has ${data.inputs} ` +
          `${data.dtype}: give data such as it was trained on`,
      );
    const view: View = data === parts.data ? parts.data : viewWith(data, { outputs });
    const evaluator = await Evaluator.create({ ...parts, data: view });
    try {
      const source = sourceOf(view, split);
      const labels = new Uint32Array(source.labels.length);
      return await this.wordsOf(evaluator, { ...source, labels }, member);
    } finally {
      evaluator.destroy();
    }
  }

  /**
   * The images [count, outputs] that words [count, neurons] stand for: probabilities of pixels
   * where the loss is `bernoulli`, else values as the data came. Throws `StairstepError` for
   * symbols that there are not, what makes no whole words, and for no member.
   */
  decode(words: Uint8Array, member = 0): Promise<Numbers> {
    const own = words?.slice?.() ?? words; // the caller may write to them meanwhile
    return this.uses.use(() => this.imagesOf(own, member));
  }

  private async imagesOf(words: Uint8Array, member: number): Promise<Numbers> {
    const { neurons, choices, evaluator } = this;
    const { device, data, spec } = evaluator.parts;
    memberAt(spec.members, member);
    const count = checkWords(words, neurons, choices);
    this.prepare();
    const { z, outputs } = evaluator.activations;
    const { rows, begin, width } = this.rowsOf(evaluator, count, member);
    const stride = pad4(data.outputs);
    const decoded = new Float32Array(count * data.outputs);
    const reports = device.allocate("scores", REPORT_BYTES * spec.members.length);
    const source = { labels: new Uint32Array(count) };
    const block = new Float32Array(rows * pad4(width));
    const given = device.allocate("words", block.byteLength);
    try {
      await evaluator.overSlices(
        source,
        (slice) => [
          ...evaluator.forward(slice).slice(this.layer + 1),
          ...evaluator.score(slice, reports),
        ],
        async (program, first) => {
          const filled = Math.min(rows, count - first);
          block.fill(0);
          for (let i = 0; i < filled * neurons; i++) {
            const [row, n] = [Math.floor(i / neurons), i % neurons];
            block[row * pad4(width) + n * choices + (words[first * neurons + i] as number)] = CLEAR;
          }
          device.write(given, block);
          device.submit((encoder) =>
            encoder.copyBufferToBuffer(given, 0, z, 4 * begin, block.byteLength),
          );
          program.run(device);
          const from = member * rows * stride;
          const read = new Float32Array(await device.read(outputs, 4 * (from + rows * stride)));
          for (let row = 0; row < filled; row++) {
            const start = from + row * stride;
            const one = read.subarray(start, start + data.outputs);
            decoded.set(one, (first + row) * data.outputs);
          }
        },
      );
    } finally {
      reports.destroy();
      given.destroy();
    }
    return this.toValues(decoded);
  }

  /** Outputs as what they stand for, in place. */
  private toValues(outputs: Numbers): Numbers {
    const { data, spec } = this.evaluator.parts;
    const { unit } = valueLosses[spec.loss as ValueLossName];
    const { mean, scale } = data.scaling ?? {};
    for (const [i, output] of outputs.entries())
      outputs[i] = unit
        ? 1 / (1 + Math.exp(-output))
        : output / (scale?.[i % data.outputs] ?? 1) + (mean?.[i % data.outputs] ?? 0);
    return outputs;
  }

  /** Weights are those of now; so is what depends on the step. */
  private prepare(): void {
    const { device, control, spec } = this.evaluator.parts;
    device.write(control, controlOf(spec, this.step()));
  }

  /** Rows of a slice, and where the code layer's begin in z. */
  private rowsOf(evaluator: Evaluator, count: number, member: number) {
    const { sizes, spec } = evaluator.parts;
    const rows = evaluator.sliceRows(count);
    const { outputs } = layerPlaces(sizes, spec.members.length, rows)[this.layer] as Places;
    const width = (sizes[this.layer] as Sizes).outputs;
    return { rows, width, begin: outputs + member * rows * pad4(width) };
  }

  private async wordsOf(evaluator: Evaluator, source: Source, member: number): Promise<Symbols> {
    const { neurons, choices } = this;
    const { device, spec } = evaluator.parts;
    memberAt(spec.members, member);
    this.prepare();
    const count = source.labels.length;
    const { rows, begin, width } = this.rowsOf(evaluator, count, member);
    const words = new Uint8Array(count * neurons);
    await evaluator.overSlices(
      source,
      (slice) => [
        ...evaluator.listCalls(slice),
        ...evaluator.forward(slice).slice(0, this.layer + 1),
      ],
      async (program, first) => {
        program.run(device);
        const bytes = 4 * (begin + rows * pad4(width));
        const z = new Float32Array(await device.read(evaluator.activations.z, bytes));
        const filled = Math.min(rows, count - first);
        for (let i = 0; i < filled * neurons; i++) {
          const [row, n] = [Math.floor(i / neurons), i % neurons];
          const at = begin + row * pad4(width) + n * choices;
          let best = 0; // the lowest on a tie, as the kernels choose
          for (let c = 1; c < choices; c++)
            if ((z[at + c] as number) > (z[at + best] as number)) best = c;
          words[first * neurons + i] = best;
        }
      },
    );
    return words;
  }

  /**
   * Frees its GPU memory, once what is under way is done; the device, and a run's weights, stay.
   * Whatever is asked of it from here on rejects with `StairstepError`.
   */
  destroy(): Promise<void> {
    return this.uses.end([this.evaluator, ...this.buffers]);
  }
}

/** Of `parts`, whose control buffer is its own. Throws `StairstepError` without a code. */
async function codeWith(parts: Parts, step: () => number, own: readonly GPUBuffer[]) {
  try {
    const spec = choosing(parts.spec, false, true);
    const layer = codeLayer(spec);
    const { units } = spec.hidden[layer] as Spec["hidden"][number];
    const choices = (parts.sizes[layer] as Sizes).outputs / units;
    if (choices > 256)
      throw new StairstepError(
        `symbols are bytes, and this code has ${choices} categories: use 256 or fewer`,
      );
    return new Code(await Evaluator.create({ ...parts, spec }), step, own);
  } catch (error) {
    for (const buffer of own) buffer.destroy();
    throw error;
  }
}

/** The code of a run, whatever its task. */
export async function runCode(run: Run): Promise<Code> {
  const network = await run.ready();
  const { device, data, spec, sizes, tune, extra, buffers } = network;
  const control = device.upload("control of a code", controlOf(spec, network.step));
  const { parameters } = buffers;
  const parts = { device, data, spec, sizes, control, parameters, tune, extra };
  return codeWith(parts, () => network.step, [control]);
}

/** Throws `StairstepError` for a network that does not reconstruct. */
function checkTask({ task }: { task?: Task | undefined }): void {
  if (task !== "reconstruct")
    throw new StairstepError(
      `a code is of a network that reconstructs, and this one's task is ${task ?? "classify"}: ` +
        "train one with --task reconstruct",
    );
}

/** As measures.ts has it. */
export async function codeOf(run: Run): Promise<Code> {
  checkTask((await run.ready()).spec);
  return runCode(run);
}

/** As measures.ts has it. */
export async function loadCode(device: Device, file: Saved, own?: OwnParts): Promise<Code> {
  const checkpoint = await openModel(device, file, own);
  checkTask(checkpoint);
  const { parts, buffers } = await partsOf(device, checkpoint);
  return codeWith(parts, () => checkpoint.step, buffers);
}
