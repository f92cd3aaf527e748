import { describe, expect, it } from "vitest";
import { call, Program } from "../runtime/program";
import { testDevice } from "../testing";
import { ORDERS, randomBytes } from "../verify/random";
import { philoxKernel } from "./standalone";
import { blocksPerTurn, PARTS, type Part, streamKernel } from "./stream";

type Place = Record<Part, number>;

/** Where word `n` of a stream comes from. */
function placeOf(order: readonly Part[], n: number): Place {
  const place: Place = { word: 0, block: 0, seed: 0, layer: 0, step: 0, purpose: 1 };
  order.forEach((part, i) => {
    const slowest = i === order.length - 1;
    place[part] = slowest ? n : n % PARTS[part];
    n = Math.floor(n / PARTS[part]);
  });
  return place;
}

/** Words of the generator as neurons draw them, one place at a time. */
async function drawn(places: Place[], [low, high]: [number, number]): Promise<number[]> {
  const device = await testDevice();
  const counters = device.upload(
    "counters",
    Uint32Array.from(
      places.flatMap(({ block, layer, purpose, step }) => [block, (layer << 8) | purpose, step, 0]),
    ),
  );
  const keys = device.upload(
    "keys",
    Uint32Array.from(
      places.flatMap(({ seed }) => [(low + seed) >>> 0, high + Number(low + seed >= 2 ** 32)]),
    ),
  );
  const words = device.allocate("words", 16 * places.length);
  (
    await Program.create(device, [call(philoxKernel(places.length), { counters, keys, words })])
  ).run(device);
  const all = new Uint32Array(await device.read(words));
  return places.map(({ word }, i) => all[4 * i + word] as number);
}

describe("the random stream", () => {
  for (const [name, order] of Object.entries(ORDERS)) {
    it(`in order ${name} has the words that neurons draw, in launches from anywhere`, async () => {
      const device = await testDevice();
      const [turn, from] = [blocksPerTurn(order), 3];
      // The seed's low word overflows among neighbours.
      const seed: [number, number] = [2 ** 32 - 5, 6];
      const place = device.upload("place", Uint32Array.of(...seed, from));
      const words = device.allocate("words", 32 * turn);
      (
        await Program.create(device, [
          call(streamKernel({ order, blocks: 2 * turn, rounds: 10 }), { place, words }),
        ])
      ).run(device);
      const found = new Uint32Array(await device.read(words));
      const some = Array.from({ length: 400 }, (_, i) =>
        i < 200 ? i : (i * 7919) % (8 * turn),
      ).filter((n) => n < 8 * turn);
      const expected = await drawn(
        some.map((n) => placeOf(order, 4 * turn * from + n)),
        seed,
      );
      expect(some.map((n) => found[n])).toEqual(expected);
    });
  }

  it("goes on across launches without gap or repeat; other seeds give another", async () => {
    const device = await testDevice();
    const begin = async (options: Parameters<typeof randomBytes>[1], launches: number) => {
      const chunks: Uint32Array[] = [];
      for await (const bytes of randomBytes(device, options))
        if (chunks.push(new Uint32Array(bytes.buffer)) === launches) break;
      return chunks;
    };
    const [first, second] = await begin({ order: "training" }, 2);
    const length = first?.length ?? 0;
    expect([second?.[0], second?.[4999], second?.[length - 1]]).toEqual(
      await drawn(
        [length, length + 4999, 2 * length - 1].map((n) => placeOf(ORDERS.training, n)),
        [1, 0],
      ),
    );
    for (const other of [{ seed: 2 }, { rounds: 9 }])
      expect((await begin(other, 1))[0]?.slice(0, 4)).not.toEqual(
        (await begin({}, 1))[0]?.slice(0, 4),
      );
  });
});
