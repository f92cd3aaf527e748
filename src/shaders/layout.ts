/**
 * Where numbers lie in buffers.
 *
 *   weights   all layers, the head last: [members, pad4(inputs) + 1, pad4(outputs)] each, the last
 *             row the bias
 *   z, y      the hidden layers: [members, rows, pad4(outputs)] each
 *   dz        those, and the head's behind them
 *
 * All layers share a buffer, one behind the other, so that one dispatch can serve several within
 * WebGPU's eight bindings. Padding is zero and stays so: its inputs and its gradients are zero.
 */
import { pad4 } from "./kernel";

export interface Sizes {
  inputs: number;
  outputs: number;
}

/** Rows of a layer's parameters: padded inputs, and the bias. */
export const parameterRows = (inputs: number): number => pad4(inputs) + 1;

/** Numbers of one member's parameters of a layer, padding included. */
export const parameterCount = ({ inputs, outputs }: Sizes): number =>
  parameterRows(inputs) * pad4(outputs);

/** Where each of some lengths, one behind the other, begins. */
export const startsOf = (lengths: readonly number[]): number[] =>
  lengths.map((_, i) => lengths.slice(0, i).reduce((sum, length) => sum + length, 0));

/** Where a layer begins, in numbers. */
export interface Places {
  weights: number;
  /** In z, y and dz: of the layer below, and its own. */
  inputs: number;
  outputs: number;
}

/** In buffers of its own. */
export const AT_ZERO: Places = { weights: 0, inputs: 0, outputs: 0 };

/** Where each layer lies, for batches of `rows`. Nothing lies below the first: its inputs are 0. */
export function layerPlaces(sizes: readonly Sizes[], members: number, rows: number): Places[] {
  const weights = startsOf(sizes.map((size) => members * parameterCount(size)));
  const outputs = startsOf(sizes.map((size) => members * rows * pad4(size.outputs)));
  return sizes.map((_, i) => ({
    weights: weights[i] as number,
    inputs: outputs[i - 1] ?? 0,
    outputs: outputs[i] as number,
  }));
}

/** Fields of a WGSL struct: a number is a u32, what is given as text another type. */
type Fields = Readonly<Record<string, number | boolean | { f32: number }>>;

const typeOf = (value: Fields[string]): string =>
  typeof value === "number" ? "u32" : typeof value === "boolean" ? "bool" : "f32";
const literal = (value: Fields[string]): string =>
  typeof value === "number" ? `${value}u` : `${typeof value === "object" ? value.f32 : value}`;

/**
 * WGSL of `struct Layer` with the given fields, and of a function that finds the layer at a number,
 * layer i's beginning at `starts[i]`:
 *
 *   fn layer_at(number: u32) -> Layer {
 *     if (number >= 3200u) { return Layer(…); }
 *     return Layer(…);
 *   }
 */
export function layerTable(starts: readonly number[], layers: readonly Fields[]): string {
  const fields = Object.entries(layers[0] ?? {}).map(([key, of]) => `  ${key}: ${typeOf(of)},\n`);
  const value = (layer: Fields, indent: string): string =>
    Object.entries(layer)
      .map(([key, of]) => `${indent}/* ${key} */ ${literal(of)}`)
      .join(",\n");
  const cases = layers.map((layer, i) =>
    i === 0
      ? `  return Layer(\n${value(layer, "    ")});`
      : `  if (number >= ${starts[i]}u) {\n    return Layer(\n${value(layer, "      ")});\n  }`,
  );
  return `struct Layer {\n${fields.join("")}}
fn layer_at(number: u32) -> Layer {\n${cases.toReversed().join("\n")}\n}`;
}
