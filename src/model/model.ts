/** A trained network alone: what it makes of images, without data or training. */
import type { Pixels } from "../data/idx";
import type { Device } from "../runtime/device";
import { ceilDiv } from "../shaders/kernel";
import type { Dtype } from "../shaders/products/source";
import { controlOf, layerSizes } from "./buffers";
import { Evaluator } from "./evaluator";
import { loadExtra } from "./forward";
import { type Look, lookAt, outputsOf } from "./look";
import type { OwnParts } from "./own";
import { packMembers } from "./parameters";
import { checkpointOf, openCheckpoint } from "./read-checkpoint";
import { memberAt, neuronLayer, resolve, type Spec } from "./spec";
import type { Checkpoint } from "./state";
import { optionsOf } from "./state";
import { tuning } from "./tuning";
import type { View } from "./view";

/** A trained population; `loadModel` makes it. */
export class Model {
  private constructor(
    /** How it was trained, with every default. */
    readonly spec: Spec,
    /** Pixels of an image. */
    readonly inputs: number,
    readonly classes: number,
    /** What images are to be: bytes, or floats. */
    readonly dtype: Dtype,
    private readonly evaluator: Evaluator,
    private readonly buffers: readonly GPUBuffer[],
  ) {}

  static async create(device: Device, checkpoint: Checkpoint): Promise<Model> {
    const { inputs, classes, outputs = classes, dtype = "u8", scaling, step, weights } = checkpoint;
    const spec = resolve(optionsOf(checkpoint));
    const hidden = spec.hidden.map((layer) => neuronLayer(layer, "evaluation"));
    const sizes = layerSizes(hidden, inputs, outputs);
    const control = device.upload("the control buffer", controlOf(spec, step));
    const parameters = device.upload("the weights", packMembers(sizes, 0, weights));
    const unused = device.allocate("no images", 0);
    const none = { labels: new Uint32Array(), pixels: new Uint8Array(), first: 0, count: 0 };
    const data: View = {
      ...{
        dtype,
        scaling,
        inputs,
        classes,
        outputs,
        words: ceilDiv(inputs, 4),
        width: inputs,
        rowWords: 1,
      },
      ...{ images: unused, labels: unused, masks: unused },
      ...{ training: none, validation: none, test: none },
      identity: { name: "no data", fingerprint: "", validation: "" },
      destroy: () => unused.destroy(),
    };
    const own = { tune: tuning(device), extra: await loadExtra(spec) };
    const parts = { device, data, spec, sizes, control, parameters, ...own };
    const evaluator = await Evaluator.create(parts);
    return new Model(spec, inputs, classes, dtype, evaluator, [control, parameters, unused]);
  }

  /**
   * The probabilities [count, classes] that a member gives images [count, pixels of an image]:
   * bytes, or floats where the model was trained on floats, as they came, before `standardise`.
   * Throws `StairstepError` for pixels that make no whole images, and for no member.
   */
  async predict(images: Pixels, member = 0): Promise<Float32Array<ArrayBuffer>> {
    return (await this.look(images, member)).probabilities;
  }

  /** Each hidden layer's outputs [count, width] for images, as `predict` takes them. */
  async encode(images: Pixels, member = 0): Promise<Float32Array<ArrayBuffer>[]> {
    return (await this.look(images, member)).outputs;
  }

  private async look(images: Pixels, member: number): Promise<Look> {
    memberAt(this.spec.members, member);
    return lookAt(images, this, this.spec.task, () => outputsOf(this.evaluator, images, member));
  }

  /** Frees its GPU memory; the device stays. */
  destroy(): void {
    this.evaluator.destroy();
    for (const buffer of this.buffers) buffer.destroy();
  }
}

/**
 * A model that `train --save`, the page or `encodeCheckpoint` wrote, for use without data:
 * `(await loadModel(device, bytes)).predict(images)`. One with neurons or estimators from outside
 * the catalogue needs them, `{ neurons: [yours] }`. Throws `StairstepError` for other files.
 */
export async function loadModel(
  device: Device,
  file: Uint8Array | ArrayBuffer,
  own?: OwnParts,
): Promise<Model> {
  const opened = openCheckpoint("this file", file);
  if (opened.outside) (await import("./own")).findOwn(opened, own);
  return Model.create(device, checkpointOf(opened));
}
