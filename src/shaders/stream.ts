/**
 * The generator's words one behind the other, as a battery of statistical tests reads them: `draw`
 * in every respect but that whole words come out, not their upper 24 bits. An order says which part
 * of (key, counter) runs fastest.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { gridOf, type Kernel, read, readWrite, WORKGROUP } from "./kernel";
import { philoxOf } from "./philox";

/**
 * The parts of a word's address in the generator, and how many of each a stream takes before the
 * next part moves on.
 */
export const PARTS = { word: 4, block: 1250, seed: 16, layer: 16, step: 16, purpose: 4 } as const;
export type Part = keyof typeof PARTS;

export interface StreamShape {
  /**
   * Parts from the fastest to the slowest; the last runs on without end. It has `word`, and each
   * part once.
   */
  order: readonly Part[];
  /**
   * Blocks of four words in one launch: a multiple of those that all parts but the last make
   * together.
   */
  blocks: number;
  rounds: number;
}

/** Blocks of four words that all parts of an order but the last make together. */
export const blocksPerTurn = (order: readonly Part[]): number =>
  order.slice(0, -1).reduce((product, part) => product * PARTS[part], 1) / PARTS.word;

/**
 * words [4 · blocks] of a stream; `place` holds the 64-bit seed, low word first, and where the
 * slowest part begins. One invocation makes the four words of a block and puts each where the order
 * wants it.
 */
export function streamKernel({ order, blocks, rounds }: StreamShape) {
  const { workgroups, constants } = gridOf(blocks);
  let stride = 1;
  let wordStride = 1;
  const lines = order.map((part, i) => {
    const slowest = i === order.length - 1;
    const own = stride;
    stride *= PARTS[part];
    if (part === "word") {
      wordStride = own;
      return "";
    }
    return slowest
      ? `at += rest * ${own}u; let ${part} = place[2] + rest;`
      : `let ${part} = rest % ${PARTS[part]}u; rest /= ${PARTS[part]}u; at += ${part} * ${own}u;`;
  });
  const of = (part: Part) => (order.includes(part) ? part : "0u");
  return {
    name: "stream",
    bindings: { place: read("array<u32>"), words: readWrite("array<u32>") },
    constants: { ...constants, WORKGROUP, BLOCKS: blocks, WORD_STRIDE: wordStride },
    wgsl: wgsl`
${philoxOf(rounds)}
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3u) {
  var rest = (group.x + group.y * GROUPS_X) * WORKGROUP + local;
  if (rest >= BLOCKS) { return; }
  var at = 0u;
  ${lines.join("\n  ")}
  let low = place[0] + ${of("seed")};
  let key = vec2u(low, place[1] + u32(low < place[0]));
  let stream = (${of("layer")} << 8u) | ${order.includes("purpose") ? "purpose" : "1u"};
  let drawn = philox(vec4u(${of("block")}, stream, ${of("step")}, 0u), key);
  for (var i = 0u; i < 4u; i++) { words[at + i * WORD_STRIDE] = drawn[i]; }
}`,
    workgroups,
  } satisfies Kernel;
}
