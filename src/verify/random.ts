/** The GPU's random stream, for batteries of statistical tests such as dieharder. */
import type { Device } from "../runtime/device";
import { StairstepError } from "../runtime/errors";
import { call, Program } from "../runtime/program";
import { ROUNDS } from "../shaders/philox";
import { blocksPerTurn, type Part, streamKernel } from "../shaders/stream";

/**
 * Orders in which a stream takes the generator's words. `blocks` is one neuron layer's draws of one
 * step, in succession; the others put neighbouring streams side by side, word by word; `training`
 * is what a population of 16 with 16 layers of 5,000 draws a batch takes, step after step.
 */
export const ORDERS = {
  blocks: ["word", "block"],
  seeds: ["seed", "word", "block"],
  layers: ["layer", "word", "block"],
  steps: ["step", "word", "block"],
  purposes: ["purpose", "word", "block"],
  members: ["word", "seed", "block"],
  training: ["word", "block", "seed", "layer", "step"],
} as const satisfies Record<string, readonly Part[]>;
export type Order = keyof typeof ORDERS;

/** Blocks of 16 bytes in one launch, about: enough to hide what a launch costs. */
const LAUNCH = 1 << 20;

export interface StreamOptions {
  /** Default: blocks. */
  order?: Order;
  /** Non-negative integer below 2^53. Default: 1. */
  seed?: number;
  /** Default: 10, as published. Fewer weaken the generator. */
  rounds?: number;
}

/**
 * Philox4x32's 32-bit words, little-endian, 16 MB or so at a time, until its counter is at its end
 * (2^32 times one turn of the order). Source: Salmon et al., SC'11. Throws `StairstepError` when
 * the device is lost.
 */
export async function* randomBytes(
  device: Device,
  { order = "blocks", seed = 1, rounds = ROUNDS }: StreamOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (!Object.hasOwn(ORDERS, order))
    throw new StairstepError(`no order ${order}: choose from ${Object.keys(ORDERS).join(", ")}`);
  const parts = ORDERS[order];
  const turn = blocksPerTurn(parts);
  const turns = Math.max(1, Math.floor(LAUNCH / turn));
  const blocks = turns * turn;
  const place = device.allocate("place of the stream", 12);
  const words = device.allocate("random words", 16 * blocks);
  try {
    const program = await Program.create(device, [
      call(streamKernel({ order: parts, blocks, rounds }), { place, words }),
    ]);
    const launch = (start: number) => {
      device.write(place, Uint32Array.of(seed >>> 0, Math.floor(seed / 2 ** 32), start));
      program.run(device);
      return device.read(words, 16 * blocks);
    };
    let next = launch(0);
    for (let start = 0; start + turns <= 2 ** 32; start += turns) {
      const bytes = await next;
      // The GPU makes the next words while these are tested.
      next = launch((start + turns) % 2 ** 32);
      next.catch(() => {}); // told when it is awaited
      yield new Uint8Array(bytes);
    }
  } finally {
    place.destroy();
    words.destroy();
  }
}
