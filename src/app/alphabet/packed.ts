/** Weights as bytes, for the code that comes with the page: a quarter of a checkpoint's size. */
import type { LayerWeights } from "../../index";

/** Inputs and outputs of a layer. */
export type Size = readonly [inputs: number, outputs: number];

const MOST = 127;

/**
 * Of each layer in turn bias and scale [outputs] as f32; then the weights [inputs, outputs] of all
 * layers as i8, each in steps of its output's scale.
 */
export function packWeights(layers: readonly LayerWeights[]): Uint8Array<ArrayBuffer> {
  const floats: number[] = [];
  const bytes: number[] = [];
  for (const { weights, bias } of layers) {
    const scale = bias.map(() => 0);
    for (const [i, weight] of weights.entries()) {
      const j = i % bias.length;
      scale[j] = Math.max(scale[j] as number, Math.abs(weight) / MOST);
    }
    floats.push(...bias, ...scale);
    for (const [i, weight] of weights.entries())
      bytes.push(Math.round(weight / (scale[i % bias.length] || 1)));
  }
  const heads = new Uint8Array(Float32Array.from(floats).buffer);
  const packed = new Uint8Array(heads.length + bytes.length);
  packed.set(heads);
  packed.set(Int8Array.from(bytes), heads.length);
  return packed;
}

/** The weights again, each within half a step. */
export function unpackWeights(packed: Uint8Array, sizes: readonly Size[]): LayerWeights[] {
  const { buffer, byteOffset } = new Uint8Array(packed); // at a whole word
  const outputs = sizes.reduce((sum, [, width]) => sum + width, 0);
  const floats = new Float32Array(buffer, byteOffset, 2 * outputs);
  const bytes = new Int8Array(buffer, floats.byteLength);
  let [head, at] = [0, 0];
  return sizes.map(([inputs, width]) => {
    const bias = floats.slice(head, head + width);
    const scale = floats.slice(head + width, head + 2 * width);
    const weights = new Float32Array(inputs * width);
    for (let i = 0; i < weights.length; i++)
      weights[i] = (bytes[at + i] as number) * (scale[i % width] as number);
    head += 2 * width;
    at += inputs * width;
    return { weights, bias };
  });
}
