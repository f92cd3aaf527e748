/** A population's parameters, as they lie in a buffer and as layers of members; see layout.ts. */
import { pad4 } from "../shaders/kernel";
import { parameterCount, type Sizes, startsOf } from "../shaders/layout";
import type { LayerWeights } from "./state";

/**
 * Each member's layers as [1 + states, parameters]: what the optimizer keeps comes behind, as much
 * of it as `states`.
 */
export function packMembers(
  sizes: readonly Sizes[],
  states: number,
  members: readonly (readonly LayerWeights[])[],
): Float32Array<ArrayBuffer> {
  const { starts, length } = placesOf(sizes, members.length);
  const stored = new Float32Array(length * (1 + states));
  members.forEach((layers, m) => {
    for (const [i, size] of sizes.entries()) {
      const { inputs, outputs } = size;
      const layer = layers[i] as LayerWeights;
      const stride = pad4(outputs);
      const parts = [layer, ...(layer.state ?? [])].slice(0, 1 + states);
      for (const [part, { weights, bias }] of parts.entries()) {
        const at = part * length + (starts[i] as number) + m * parameterCount(size);
        for (let r = 0; r < inputs; r++)
          stored.set(weights.subarray(r * outputs, (r + 1) * outputs), at + r * stride);
        stored.set(bias, at + pad4(inputs) * stride);
      }
    }
  });
  return stored;
}

/** The layers of each member, with the optimizer's state where it keeps any. */
export function unpackMembers(
  sizes: readonly Sizes[],
  states: number,
  members: number,
  stored: ArrayBuffer,
): LayerWeights[][] {
  const { starts, length } = placesOf(sizes, members);
  const all = new Float32Array(stored);
  const layerOf = (part: number, member: number, i: number): LayerWeights => {
    const { inputs, outputs } = sizes[i] as Sizes;
    const stride = pad4(outputs);
    const at = part * length + (starts[i] as number) + member * parameterCount(sizes[i] as Sizes);
    const row = (r: number) => all.subarray(at + r * stride, at + r * stride + outputs);
    const weights = new Float32Array(inputs * outputs);
    for (let r = 0; r < inputs; r++) weights.set(row(r), r * outputs);
    return { weights, bias: new Float32Array(row(pad4(inputs))) };
  };
  return Array.from({ length: members }, (_, m) =>
    sizes.map((_, i) => {
      const [layer, ...state] = Array.from({ length: 1 + states }, (_, n) => layerOf(n, m, i));
      return { ...(layer as LayerWeights), ...(states > 0 ? { state } : {}) };
    }),
  );
}

/** Where each layer begins, and where the last ends, in numbers. */
function placesOf(sizes: readonly Sizes[], members: number) {
  const lengths = sizes.map((size) => members * parameterCount(size));
  return { starts: startsOf(lengths), length: lengths.reduce((sum, one) => sum + one, 0) };
}
