/** How work is cut up, before any kernel is. */
import { describe, expect, it } from "vitest";
import { call, Program } from "../runtime/program";
import { testDevice } from "../testing";
import { goodTile, type Kernel, readWrite, spread, startsOf, sure } from "./kernel";

describe("spread", () => {
  it("keeps one row as long as WebGPU's limit of a side allows", () => {
    expect(spread(65_535)).toEqual({ workgroups: [65_535, 1, 1], index: "group.x" });
    expect(spread(65_536, 3)).toEqual({
      workgroups: [32_768, 2, 3],
      index: "(group.x + group.y * 32768u)",
    });
  });

  it("numbers every workgroup of every member once, also in later rows", async () => {
    const [groups, members] = [65_537, 2];
    const { workgroups, index } = spread(groups, members);
    const kernel = {
      name: "number",
      bindings: { seen: readWrite("array<u32>") },
      wgsl: `@compute @workgroup_size(1) fn main(@builtin(workgroup_id) group: vec3u) {
  let number = ${index};
  if (number < ${groups}u) { seen[group.z * ${groups}u + number] += 1u; }
}`,
      workgroups,
    } satisfies Kernel;
    const device = await testDevice();
    const seen = device.allocate("seen", 4 * groups * members);
    (await Program.create(device, [call(kernel, { seen })])).run(device);
    const counts = new Uint32Array(await device.read(seen, 4 * groups * members));
    expect(counts.every((count) => count === 1)).toBe(true);
  });
});

it("tiles divide the rows where they can, and waste the least where they cannot", () => {
  expect([
    goodTile(50, 25),
    goodTile(50, 16),
    goodTile(71, 25),
    goodTile(3, 8),
    goodTile(13, 4),
  ]).toEqual([25, 10, 24, 3, 2]);
});

it("the last tile surely has what is left over", () => {
  expect([sure(50, 25), sure(50, 16), sure(3, 3), sure(7, 4)]).toEqual([25, 2, 3, 3]);
});

it("lengths lie one behind the other", () => {
  expect(startsOf([4, 0, 7])).toEqual([0, 4, 4]);
});
