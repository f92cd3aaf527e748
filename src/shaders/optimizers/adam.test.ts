import { describe, expect, it } from "vitest";
import { call, Program } from "../../runtime/program";
import { testDevice } from "../../testing";
import { type Kernel, readWrite } from "../kernel";
import { sinceZero } from "./adam";

/** `since_zero(q, t)` of each q and t, on the device. */
async function found(pairs: readonly (readonly [q: number, t: number])[]): Promise<Float32Array> {
  const device = await testDevice();
  const kernel: Kernel = {
    name: "since zero",
    bindings: { q: readWrite("array<f32>"), t: readWrite("array<u32>") },
    constants: {},
    wgsl: /* wgsl */ `
${sinceZero}
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  q[id.x] = since_zero(q[id.x], t[id.x]);
}`,
    workgroups: [pairs.length, 1, 1],
  };
  const buffers = {
    q: device.upload(
      "q",
      Float32Array.from(pairs, ([q]) => q),
    ),
    t: device.upload(
      "t",
      Uint32Array.from(pairs, ([, t]) => t),
    ),
  };
  const program = await Program.create(device, [call(kernel, buffers)]);
  program.run(device);
  return new Float32Array(await device.read(buffers.q));
}

describe("what a zero at the start still weighs", () => {
  it("is 1 - bᵗ to 3e-7, at any step", async () => {
    const steps = [1, 2, 3, 7, 10, 100, 1000, 4095, 20_000, 1_000_000, 2 ** 32 - 1];
    const pairs = [0.1, 0.001].flatMap((q) => steps.map((t) => [q, t] as const));
    const values = await found(pairs);
    for (const [i, [q, t]] of pairs.entries()) {
      const want = -Math.expm1(t * Math.log1p(-q));
      expect(Math.abs((values[i] as number) / want - 1), `q ${q}, t ${t}`).toBeLessThan(3e-7);
    }
  });
});
