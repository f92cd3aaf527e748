/** A network's buffers beside its twin. */
import type { Network } from "../model/network";
import { pad4 } from "../shaders/kernel";
import { layerPlaces, parameterRows } from "../shaders/layout";
import { type Comparison, close, exact } from "./results";
import type { Layer, Pass } from "./twin/step";

/** Decisions are whole numbers, and must be exact. */
export const output = (found: number, expected: number): Comparison =>
  (Number.isInteger(expected) ? exact : close)(found, expected);

/** What a network's buffers hold at one point of the queue. */
export interface Snapshot {
  parameters: Float32Array;
  y: Float32Array;
  batches: Uint32Array;
  wordLists: Uint32Array;
  rowLists: Uint32Array;
}

export async function snapshot({ buffers, device }: Network): Promise<Snapshot> {
  const floats = async (buffer: GPUBuffer) => new Float32Array(await device.read(buffer));
  const words = async (buffer: GPUBuffer) => new Uint32Array(await device.read(buffer));
  const [parameters, y, batches, wordLists, rowLists] = await Promise.all([
    floats(buffers.parameters),
    floats(buffers.y),
    words(buffers.batches),
    words(buffers.wordLists),
    words(buffers.rowLists),
  ]);
  return { parameters, y, batches, wordLists, rowLists };
}

type Compare = (found: number, expected: number) => Comparison;

/**
 * One member's parameters in a buffer of all, beside its twin's layers and zeros in the padding.
 */
export function* parameters(
  network: Network,
  all: Float32Array,
  layers: readonly Layer[],
  member: number,
  compare: Compare,
) {
  const { sizes, spec } = network;
  const places = layerPlaces(sizes, spec.members.length, spec.batch);
  for (const [l, { weights, bias }] of layers.entries()) {
    const [rows, stride] = [parameterRows(weights.length), pad4(bias.length)];
    const begin = (places[l]?.weights as number) + member * rows * stride;
    for (let i = 0; i < rows * stride; i++) {
      const [row, column] = [Math.floor(i / stride), i % stride];
      const expected = (row === rows - 1 ? bias : (weights[row] ?? []))[column];
      const found = all[begin + i] as number;
      yield expected === undefined ? exact(found, 0) : compare(found, expected);
    }
  }
}

/** What the chosen hidden layers of one member put out for a batch, beside its twin's passes. */
export function* activations(
  network: Network,
  y: Float32Array,
  passes: readonly Pass[],
  member: number,
  chosen: (layer: number) => boolean,
) {
  const { sizes, spec } = network;
  const places = layerPlaces(sizes, spec.members.length, spec.batch);
  for (const [row, pass] of passes.entries()) {
    for (const [l, values] of pass.inputs.slice(1).entries()) {
      if (!chosen(l)) continue;
      const begin =
        (places[l]?.outputs as number) + (member * spec.batch + row) * pad4(values.length);
      for (const [j, value] of values.entries()) yield output(y[begin + j] as number, value);
    }
  }
}
