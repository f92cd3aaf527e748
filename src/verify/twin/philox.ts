/** Philox4x32-10 in plain numbers, and the uniforms that training draws from it. */

export type Words = [number, number, number, number];

/** What a stream is for: the low byte of the counter's second word; the layer is the rest. */
export const PURPOSES = { weights: 0, training: 1, evaluation: 2, order: 3, backward: 4 } as const;
export type Purpose = keyof typeof PURPOSES;
export const streamOf = (purpose: Purpose, layer: number): number =>
  256 * layer + PURPOSES[purpose];

/** A seed's 64 bits, the low word first. */
export const keyOf = (seed: number): [number, number] => [seed >>> 0, Math.floor(seed / 2 ** 32)];

/** The high word of a 64-bit product, from products of 48 bits, which a float64 holds exactly. */
const high = (a: number, b: number): number =>
  Math.floor((a * (b >>> 16) + Math.floor((a * (b & 0xffff)) / 2 ** 16)) / 2 ** 16);

export function philox([c0, c1, c2, c3]: Words, [k0, k1]: readonly [number, number]): Words {
  for (let round = 0; round < 10; round++) {
    const [high0, low0] = [high(0xd2511f53, c0), Math.imul(0xd2511f53, c0) >>> 0];
    const [high1, low1] = [high(0xcd9e8d57, c2), Math.imul(0xcd9e8d57, c2) >>> 0];
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    [k0, k1] = [(k0 + 0x9e3779b9) >>> 0, (k1 + 0xbb67ae85) >>> 0];
  }
  return [c0, c1, c2, c3];
}

export interface Stream {
  seed: number;
  purpose: Purpose;
  layer: number;
  step: number;
}

/**
 * `count` uniforms from element `first` on: element e is word e mod 4 of block e div 4, and its
 * upper 24 bits k make k·2⁻²⁴, in [0, 1), or (k + ½)·2⁻²⁴ where a logarithm follows (`open`).
 */
export function uniforms(
  { seed, purpose, layer, step }: Stream,
  first: number,
  count: number,
  open = false,
): number[] {
  const block = (b: number) => philox([b, streamOf(purpose, layer), step, 0], keyOf(seed));
  let [at, words] = [-1, block(0)];
  return Array.from({ length: count }, (_, i) => {
    const element = first + i;
    if (at !== element >>> 2) [at, words] = [element >>> 2, block(element >>> 2)];
    return (((words[element & 3] as number) >>> 8) + (open ? 0.5 : 0)) / 2 ** 24;
  });
}
