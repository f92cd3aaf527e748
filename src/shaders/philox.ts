/**
 * Philox4x32-10, a counter-based random number generator: words = philox(counter, key).
 *
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC'11, section
 * 3.3. A draw is a pure function of (key, counter): no state to store, the same bits on every
 * adapter.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/** Rounds of the published generator; fewer weaken it. */
export const ROUNDS = 10;

/** What a draw is for: the low byte of the counter's second word. The layer is the rest. */
export const Purpose = { weights: 0, training: 1, evaluation: 2, order: 3, backward: 4 } as const;

/** Second counter word of layer `layer` (0 is the lowest) and a purpose. */
export const stream = (purpose: number, layer: number): number => (layer << 8) | purpose;

/**
 * `philox(counter: vec4u, key: vec2u) -> vec4u`, of so many rounds. WGSL has no 64-bit product, so
 * the high half is built from 16-bit halves; no partial sum overflows.
 */
export const philoxOf = (rounds: number): string => wgsl`
const PHILOX_ROUNDS = ${rounds}u;
fn multiply_high(a: u32, b: u32) -> u32 {
  let low = b & 0xffffu;
  let high = b >> 16u;
  let cross = (a >> 16u) * low + (((a & 0xffffu) * low) >> 16u);
  return (a >> 16u) * high + (cross >> 16u) + (((a & 0xffffu) * high + (cross & 0xffffu)) >> 16u);
}

fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0u; round < PHILOX_ROUNDS; round++) { // unroll
    let high0 = multiply_high(0xD2511F53u, c.x);
    let high1 = multiply_high(0xCD9E8D57u, c.z);
    c = vec4u(high1 ^ c.y ^ k.x, 0xCD9E8D57u * c.z, high0 ^ c.w ^ k.y, 0xD2511F53u * c.x);
    k += vec2u(0x9E3779B9u, 0xBB67AE85u);
  }
  return c;
}
`;

export const philox = philoxOf(ROUNDS);

/** `unit(bits24: u32) -> f32`: 24 random bits as a number in [0, 1). */
export const unit = wgsl`
fn unit(bits24: u32) -> f32 {
  return f32(bits24) * 0x1p-24;
}
`;

/**
 * `open_block(block: u32)`: makes the four words of a block. The kernel sets `noise_key`,
 * `noise_stream` and `noise_step` first.
 */
const blocks = wgsl`
${philox}
${unit}
var<private> noise_key: vec2u;
var<private> noise_stream: u32;
var<private> noise_step: u32;
var<private> noise_words: vec4u;
fn open_block(block: u32) {
  noise_words = philox(vec4u(block, noise_stream, noise_step, 0u), noise_key);
}
`;

/**
 * `draw(element: u32) -> u32`: 24 random bits of an element of this layer, step and member: of word
 * e mod 4 of block e div 4, for element e. The invocation has opened that block: a software adapter
 * would make it anew for each element, since it runs what stands behind a condition in any case.
 */
export const drawsOfBlock = wgsl`
${blocks}
fn draw(element: u32) -> u32 {
  return noise_words[element & 3u] >> 8u;
}
`;

/** As above, for any element. Keeps the last block: sequential draws run Philox once per four. */
export const draws = wgsl`
${blocks}
var<private> noise_block: u32 = 0xffffffffu;
fn draw(element: u32) -> u32 {
  if (element >> 2u != noise_block) {
    noise_block = element >> 2u;
    open_block(noise_block);
  }
  return noise_words[element & 3u] >> 8u;
}
`;
