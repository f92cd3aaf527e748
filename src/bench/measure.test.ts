import { expect, it, vi } from "vitest";
import { call } from "../runtime/program";
import { type Kernel, readWrite } from "../shaders/kernel";
import { testDevice } from "../testing";
import { time } from "./measure";

it("times kernels alike where finished work is told late, as in Firefox", async () => {
  const device = await testDevice();
  const kernel: Kernel = {
    name: "count",
    bindings: { out: readWrite("array<f32>") },
    wgsl: `
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  for (var i = 0u; i < 256u; i++) { out[id.x] += 1.0; }
}`,
    workgroups: [16, 1, 1],
  };
  const work = [call(kernel, { out: device.allocate("out", 4 * 1024) })];
  const ms = await time(device, work);
  const done = device.done.bind(device);
  const late = vi.spyOn(device, "done").mockImplementation(async () => {
    await done();
    await new Promise((resolve) => setTimeout(resolve, 100));
  });
  // The delay is some hundred times the kernel; the factor leaves room for whoever else is at work.
  expect(await time(device, work)).toBeLessThan(5 * ms);
  late.mockRestore();
});
