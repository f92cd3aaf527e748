import { expect, it } from "vitest";
import { call, Program } from "../runtime/program";
import { testDevice } from "../testing";
import { grid, type Kernel, readWrite } from "./kernel";

it("a grid of two rows numbers every workgroup of every member once", async () => {
  const [groups, members] = [65_537, 2];
  const { workgroups, constants } = grid(groups, members);
  expect(workgroups).toEqual([32_769, 2, 2]);
  const kernel = {
    name: "number",
    bindings: { seen: readWrite("array<u32>") },
    constants: { ...constants, COUNT: groups },
    wgsl: `
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) group: vec3u) {
  let number = group.x + group.y * GROUPS_X;
  if (number < COUNT) { seen[group.z * COUNT + number] += 1u; }
}`,
    workgroups,
  } satisfies Kernel;
  const device = await testDevice();
  const seen = device.allocate("seen", 4 * groups * members);
  (await Program.create(device, [call(kernel, { seen })])).run(device);
  const counts = new Uint32Array(await device.read(seen, 4 * groups * members));
  expect(counts.every((count) => count === 1)).toBe(true);
});
