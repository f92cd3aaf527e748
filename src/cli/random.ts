/**
 * `stairstep random`: the GPU's random words on standard output, for a battery of statistical
 * tests.
 */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Command, Option } from "commander";
import { StairstepError } from "../index";
import { ORDERS, type Order, randomBytes } from "../verify/index";
import { openDevice } from "./adapter";
import { whole } from "./options";

interface RandomFlags {
  bytes?: number;
  order: Order;
  seed: number;
  rounds: number;
}

export function addRandom(program: Command): void {
  program
    .command("random")
    .description(
      "Write the random words that sampled neurons draw from, as bytes, for a battery of " +
        "statistical tests.",
    )
    .option("--bytes <number>", "how many (default: until the reader closes)", whole(1))
    .addOption(
      new Option("--order <name>", "which words stand side by side")
        .choices(Object.keys(ORDERS))
        .default("blocks"),
    )
    .option("--seed <number>", "seed", whole(0), 1)
    .option("--rounds <number>", "rounds of Philox; fewer than 10 weaken it", whole(1), 10)
    .addHelpText(
      "after",
      "\nExamples:\n  $ stairstep random | dieharder -a -g 200\n" +
        "  $ stairstep random --rounds 3 --bytes 16000000 | ent",
    )
    .action(run);
}

async function run({
  bytes = Number.POSITIVE_INFINITY,
  order,
  seed,
  rounds,
}: RandomFlags): Promise<void> {
  if (process.stdout.isTTY)
    throw new StairstepError(
      "these are bytes, not text: send them to a file or a program, such as stairstep random " +
        "| dieharder -a -g 200",
    );
  const device = await openDevice();
  let left = bytes;
  let written = 0;
  async function* limited() {
    for await (const chunk of randomBytes(device, { order, seed, rounds })) {
      const part = chunk.subarray(0, Math.min(left, chunk.length));
      yield part;
      written += part.length;
      left -= part.length;
      if (left === 0) return;
    }
    if (Number.isFinite(left))
      throw new StairstepError(
        `the counter ended ${left} bytes early: take another --seed or --order for more`,
      );
  }
  try {
    await pipeline(Readable.from(limited()), process.stdout, { end: false });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (cause instanceof StairstepError) throw cause;
    // A battery closes the pipe when it has had enough.
    if (code !== "EPIPE" && code !== "ERR_STREAM_PREMATURE_CLOSE")
      throw new StairstepError(`standard output cannot be written (${code}): choose another place`);
  }
  console.error(
    `${written} bytes of order ${order}, seed ${seed}, ${rounds} rounds, on ${device.adapter.name}`,
  );
}
