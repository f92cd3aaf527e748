import { describe, expect, it, vi } from "vitest";
import { type Kernel, read, readWrite } from "../shaders/kernel";
import { DEVICE, testDevice } from "../testing";
import { Device, requestDevice } from "./device";
import { DeviceLostError } from "./errors";
import { call, Program } from "./program";

const double = (body = "b[id.x] = 2.0 * a[id.x];") =>
  ({
    name: "double",
    bindings: { a: read("array<f32>"), b: readWrite("array<f32>") },
    wgsl:
      "@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) {\n  " +
      `${body}\n}`,
    workgroups: [1, 1, 1],
  }) satisfies Kernel;

describe("a program", () => {
  it("replays its kernels in order, each seeing what those before wrote", async () => {
    const device = await testDevice();
    const [a, b] = [device.upload("a", Float32Array.of(1, 2, 3, 4)), device.allocate("b", 16)];
    const program = await Program.create(device, [
      call(double(), { a, b }),
      call(double(), { a: b, b: a }),
    ]);
    device.submit((encoder) => {
      const pass = encoder.beginComputePass();
      program.encode(pass, 3);
      pass.end();
    });
    expect([...new Float32Array(await device.read(a))]).toEqual([64, 128, 192, 256]);
  });

  it("names the kernel and quotes the WGSL line that does not compile", async () => {
    const device = await testDevice();
    const [a, b] = [device.allocate("a", 16), device.allocate("b", 16)];
    await expect(
      Program.create(device, [call(double("b[id.x] = nonsense;"), { a, b })]),
    ).rejects.toThrow(
      new RegExp(
        "^kernel double does not compile on this adapter: mend .* report this:\\n" +
          "line 4: .*nonsense.*\\n {4}b\\[id\\.x\\] = nonsense;\\n +\\^",
      ),
    );
  });

  it("names the kernel when a buffer is missing, bound twice, or of the wrong kind", async () => {
    const device = await testDevice();
    const a = device.allocate("a", 16);
    await expect(Program.create(device, [{ kernel: double(), buffers: { a } }])).rejects.toThrow(
      "kernel double: no buffer was given for b",
    );
    await expect(Program.create(device, [call(double(), { a, b: a })])).rejects.toThrow(
      "kernel double: b and a are bound to one buffer, and b is written",
    );
    const uniform = device.gpu.createBuffer({ size: 16, usage: GPUBufferUsage.UNIFORM });
    await expect(Program.create(device, [call(double(), { a, b: uniform })])).rejects.toThrow(
      /kernel double: .*[Uu]sage/,
    );
  });

  it("refuses more workgroups than the adapter allows", async () => {
    const device = await testDevice();
    const [a, b] = [device.allocate("a", 16), device.allocate("b", 16)];
    const kernel = { ...double("b[0] = a[0];"), workgroups: [70_000, 1, 1] as const };
    await expect(Program.create(device, [call(kernel, { a, b })])).rejects.toThrow(
      /kernel double needs 70000 workgroups/,
    );
  });
});

describe("a device", () => {
  it("refuses a buffer over its limit, by name, before allocating", async () => {
    const device = await testDevice();
    expect(() => device.allocate("the images", 1e15)).toThrow(
      /the images needs 1000 TB in one buffer.*allows/,
    );
  });

  it("lets go of what it compiled once it is destroyed", async () => {
    const device = await requestDevice(DEVICE);
    const kernel = double();
    expect(await device.compile(kernel)).toBe(await device.compile(kernel));
    const removed = vi.spyOn(device.gpu, "removeEventListener");
    const gone = device.gpu.lost;
    device.destroy();
    await gone;
    // Dawn keeps a handler, and what it refers to, for good.
    expect(removed).toHaveBeenCalledWith("uncapturederror", expect.any(Function));
    expect(() => device.check()).toThrow(DeviceLostError);
  });

  it("can be an app's own, whose handlers stay the app's", async () => {
    const adapter = await navigator.gpu.requestAdapter();
    const gpu = (await adapter?.requestDevice()) as GPUDevice;
    const own = vi.fn((event: Event) => event.preventDefault());
    gpu.onuncapturederror = own;
    const device = Device.from(gpu, { kernels: "gpu" });
    expect(device.kernels).toBe("gpu");
    expect(device.adapter.software).toBe((await testDevice()).adapter.software);
    const [a, b] = [device.upload("a", Float32Array.of(1, 2, 3, 4)), device.allocate("b", 16)];
    (await Program.create(device, [call(double(), { a, b })])).run(device);
    expect([...new Float32Array(await device.read(b))]).toEqual([2, 4, 6, 8]);
    expect(gpu.onuncapturederror).toBe(own);
    gpu.createBuffer({ size: 16, usage: 0 }).destroy();
    gpu.queue.writeBuffer(a, 1e9, new Uint8Array(4));
    await gpu.queue.onSubmittedWorkDone();
    await expect.poll(() => own.mock.calls.length).toBeGreaterThan(0);
    expect(() => device.check()).toThrow("the GPU reported an error");
    const few = { ...device.limits, maxStorageBuffersPerShaderStage: 4 };
    const compatible = { limits: few, adapterInfo: gpu.adapterInfo } as GPUDevice;
    expect(() => Device.from(compatible)).toThrow("allows 4 storage buffers in a kernel");
    expect(() => Device.from(gpu, { kernels: "cpu" as "gpu" })).toThrow("there are no kernels cpu");
    device.destroy();
  });

  it("compiles kernels of one text apart when their buffers are of other types", async () => {
    const device = await testDevice();
    const kernel = double("b[id.x] = a[id.x];");
    const integers = { ...kernel, bindings: { a: read("array<u32>"), b: readWrite("array<u32>") } };
    expect(await device.compile(integers)).not.toBe(await device.compile(kernel));
  });

  it("writes and reads back any number of bytes", async () => {
    const device = await testDevice();
    const buffer = device.upload("bytes", Uint8Array.of(1, 2, 3, 4, 5, 6, 7));
    expect([...new Uint8Array(await device.read(buffer)).slice(0, 8)]).toEqual([
      1, 2, 3, 4, 5, 6, 7, 0,
    ]);
  });
});
