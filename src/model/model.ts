/** A trained network alone: what it makes of images, without data or training. */
import type { AnyPixels } from "../data/pixels";
import type { Device } from "../runtime/device";
import type { Dtype } from "../shaders/products/source";
import { Evaluator } from "./evaluator";
import { openModel, partsOf, type Saved } from "./from-file";
import { type Look, lookAt } from "./look";
import type { OwnParts } from "./own";
import type { Spec } from "./spec";
import { Uses } from "./uses";

/** A trained population; `loadModel` makes it. */
export class Model {
  private readonly uses = new Uses("model", "loadModel");

  /** `loadModel` makes one. */
  constructor(
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

  /**
   * The probabilities [count, classes] that a member gives images [count, pixels of an image]:
   * bytes, or floats where the model was trained on floats, as they came, before `standardise`.
   * Throws `StairstepError` for pixels that make no whole images, and for no member.
   */
  async predict(images: AnyPixels, member = 0): Promise<Float32Array<ArrayBuffer>> {
    return (await this.look(images, member)).probabilities;
  }

  /** Each hidden layer's outputs [count, width] for images, as `predict` takes them. */
  async encode(images: AnyPixels, member = 0): Promise<Float32Array<ArrayBuffer>[]> {
    return (await this.look(images, member)).outputs;
  }

  private look = (images: AnyPixels, member: number): Promise<Look> =>
    this.uses.use(() => lookAt(this.evaluator, images, member));

  /**
   * Frees its GPU memory, once what is under way is done; the device stays. Whatever is asked of it
   * from here on rejects with `StairstepError`.
   */
  destroy(): Promise<void> {
    return this.uses.end([this.evaluator, ...this.buffers]);
  }
}

/**
 * A model that `train --save`, the page or `encodeCheckpoint` wrote, or of a checkpoint at hand,
 * for use without data: `(await loadModel(device, bytes)).predict(images)`. A file with neurons or
 * estimators from outside the catalogue needs them, `{ neurons: [yours] }`. Throws
 * `StairstepError` for other files.
 */
export async function loadModel(device: Device, file: Saved, own?: OwnParts): Promise<Model> {
  const checkpoint = await openModel(device, file, own);
  const { inputs, classes, dtype = "u8" } = checkpoint;
  const { parts, buffers } = await partsOf(device, checkpoint);
  return new Model(parts.spec, inputs, classes, dtype, await Evaluator.create(parts), buffers);
}
