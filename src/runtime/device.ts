/**
 * A GPU device with what Stairstep adds: named buffers, compiled kernels, errors as exceptions,
 * readback.
 */
import { formatBytes } from "../format";
import type { Bindings, Kernel } from "../shaders/kernel";
import { type AdapterSummary, findAdapter, summarise } from "./adapter";
import { type CompiledKernel, compile, source } from "./compile";
import { DeviceLostError, StairstepError } from "./errors";
import { checkKeys } from "./keys";
import { patiently } from "./patience";

/** Buffers that Stairstep binds in one kernel at the most; WebGPU's default limit. */
const STORAGE_BUFFERS = 8;

/** Asked for where they exist; without them kernels take another way to the same result. */
const OPTIONAL_FEATURES: readonly GPUFeatureName[] = ["subgroups", "timestamp-query"];

/**
 * Which kernels to run: those shaped for GPUs, those shaped for software adapters, or what suits
 * the adapter.
 */
export const KERNEL_CHOICES = ["auto", "gpu", "software"] as const;
export type KernelChoice = (typeof KERNEL_CHOICES)[number];

export class Device {
  readonly adapter: AdapterSummary;
  /** The shape of kernels that run here. */
  readonly kernels: "gpu" | "software";
  private readonly compiled = new Map<string, Promise<CompiledKernel>>();
  private failure: StairstepError | undefined;

  constructor(
    readonly gpu: GPUDevice,
    info: GPUAdapterInfo,
    kernels: KernelChoice = "auto",
  ) {
    this.adapter = summarise(info, gpu.features.has("subgroups"));
    this.kernels = kernels !== "auto" ? kernels : this.adapter.software ? "software" : "gpu";
    const told = ({ error }: GPUUncapturedErrorEvent) => {
      this.failure ??= new StairstepError(`the GPU reported an error: ${error.message}`);
    };
    gpu.addEventListener("uncapturederror", told);
    void gpu.lost.then((lost) => {
      this.failure = new DeviceLostError(
        `the GPU device was lost (${lost.message || lost.reason}): request a new device and ` +
          "start again",
      );
      // Dawn holds on to a handler for as long as the process lives, and with it to this object and
      // all that it compiled.
      gpu.removeEventListener("uncapturederror", told);
      this.compiled.clear();
    });
  }

  /**
   * On an app's own `GPUDevice`, whose handlers stay the app's; `destroy` destroys it. An error
   * that nobody captures there ends training too, whoever made it. Throws `StairstepError` where a
   * kernel may have too few buffers (a compatibility device).
   */
  static from(gpu: GPUDevice, { kernels }: Pick<DeviceOptions, "kernels"> = {}): Device {
    checkBuffers(gpu.limits, gpu.adapterInfo);
    return new Device(gpu, gpu.adapterInfo, checkChoice(kernels));
  }

  /** "SwiftShader (software), kernels for software adapters": what a result was made on. */
  get description(): string {
    return (
      `${this.adapter.name}, kernels for ` +
      `${this.kernels === "gpu" ? "GPUs" : "software adapters"}`
    );
  }

  get limits(): GPUSupportedLimits {
    return this.gpu.limits;
  }

  /**
   * Throws what the GPU has reported since: validation errors outside `guard`, or the loss of the
   * device.
   */
  check(): void {
    if (this.failure) throw this.failure;
  }

  /**
   * Runs `work`; a validation or memory error that it causes becomes an exception that names
   * `what`.
   */
  async guard<T>(what: string, work: () => T): Promise<T> {
    const { result, checked } = this.guarded(what, work);
    await checked;
    return result;
  }

  /**
   * As `guard`, but gives the result at once, and `checked`, which rejects when it is not to be
   * used after all. `work` must not wait: error scopes are a stack, and others would come in
   * between.
   */
  guarded<T>(what: string, work: () => T): { result: T; checked: Promise<void> } {
    this.check();
    this.gpu.pushErrorScope("out-of-memory");
    this.gpu.pushErrorScope("validation");
    let scopes: Promise<GPUError | null>[] = [];
    const check = async () => {
      const errors = await Promise.all(scopes).catch(() => this.gpu.lost.then(() => []));
      this.check();
      for (const error of errors) {
        if (error) throw new StairstepError(`${what}: ${error.message}`);
      }
    };
    try {
      const result = work();
      scopes = [this.gpu.popErrorScope(), this.gpu.popErrorScope()];
      return { result, checked: check() };
    } catch (error) {
      void this.gpu.popErrorScope();
      void this.gpu.popErrorScope();
      throw error;
    }
  }

  /**
   * A zeroed storage buffer. Throws when it is over the adapter's limit, before anything is
   * allocated.
   * @param bytes rounded up to a multiple of 16.
   */
  allocate(name: string, bytes: number): GPUBuffer {
    this.fits(name, bytes);
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    return this.gpu.createBuffer({
      label: name,
      size: Math.max(16, 16 * Math.ceil(bytes / 16)),
      usage,
    });
  }

  /** Throws unless a buffer of `bytes` bytes can be bound. */
  fits(name: string, bytes: number): void {
    const most = Math.min(this.limits.maxStorageBufferBindingSize, this.limits.maxBufferSize);
    if (!(bytes <= most)) {
      throw new StairstepError(
        `${name} needs ${formatBytes(bytes)} in one buffer, and ${this.adapter.name} allows ` +
          `${formatBytes(most)}: use fewer units, members or images`,
      );
    }
  }

  /** A storage buffer that holds `data`. */
  upload(name: string, data: ArrayBuffer | ArrayBufferView<ArrayBuffer>): GPUBuffer {
    const buffer = this.allocate(name, data.byteLength);
    this.write(buffer, data);
    return buffer;
  }

  /** Queues `data` to the start of `buffer`. */
  write(buffer: GPUBuffer, data: ArrayBuffer | ArrayBufferView<ArrayBuffer>): void {
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
    const whole = bytes.length - (bytes.length % 4);
    if (whole > 0) this.gpu.queue.writeBuffer(buffer, 0, bytes, 0, whole); // Deno dies of nothing
    if (whole < bytes.length) {
      const rest = new Uint8Array(4);
      rest.set(bytes.subarray(whole));
      this.gpu.queue.writeBuffer(buffer, whole, rest);
    }
  }

  /** The buffer's contents, once all submitted work is done. */
  async read(source: GPUBuffer, bytes = source.size): Promise<ArrayBuffer> {
    const staging = this.gpu.createBuffer({
      label: `read ${source.label}`,
      size: bytes,
      usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
    });
    try {
      this.submit((encoder) => encoder.copyBufferToBuffer(source, 0, staging, 0, bytes));
      return await this.map(staging);
    } finally {
      staging.destroy();
    }
  }

  /** Resolves once all submitted work is done. Throws when the device was lost meanwhile. */
  async done(): Promise<void> {
    await this.patiently(Promise.race([this.gpu.queue.onSubmittedWorkDone(), this.gpu.lost]));
    this.check();
  }

  /**
   * The contents of a MAP_READ buffer, once all submitted work is done. Throws when the device was
   * lost meanwhile.
   */
  async map(staging: GPUBuffer): Promise<ArrayBuffer> {
    await this.patiently(staging.mapAsync(GPUMapMode.READ).catch(() => this.gpu.lost));
    this.check();
    return staging.getMappedRange().slice(0);
  }

  submit(encode: (encoder: GPUCommandEncoder) => void): void {
    const encoder = this.gpu.createCommandEncoder();
    encode(encoder);
    this.gpu.queue.submit([encoder.finish()]);
  }

  private patiently<T>(work: Promise<T>): Promise<T> {
    return this.adapter.software ? patiently(work) : work;
  }

  /**
   * Compiled once per device and text. Throws with the kernel's name and the WGSL line at fault.
   */
  compile<B extends Bindings>(kernel: Kernel<B>): Promise<CompiledKernel> {
    const key = `${kernel.name}\n${source(kernel)}`;
    let compiled = this.compiled.get(key);
    if (!compiled) {
      compiled = this.patiently(compile(this.gpu, kernel)).catch(async (error) => {
        await this.gpu.queue.onSubmittedWorkDone().catch(() => {}); // by now a loss is known
        this.check();
        throw error;
      });
      this.compiled.set(key, compiled);
    }
    return compiled;
  }

  destroy(): void {
    this.gpu.destroy();
  }
}

export interface DeviceOptions {
  /**
   * Ask for WebGPU's default limits and no optional feature: what every adapter has. Results are
   * the same; large networks may not fit.
   */
  plain?: boolean;
  /**
   * For comparisons and bug reports. The two kinds add up in different orders, so their results
   * differ in the last bits.
   */
  kernels?: KernelChoice;
  /** In Node: the name of one adapter among several. */
  adapter?: string;
}

function checkChoice(kernels: KernelChoice = "auto"): KernelChoice {
  if (!KERNEL_CHOICES.includes(kernels))
    throw new StairstepError(
      `there are no kernels ${kernels}: choose from ${KERNEL_CHOICES.join(", ")}`,
    );
  return kernels;
}

function checkBuffers(
  { maxStorageBuffersPerShaderStage: most }: GPUSupportedLimits,
  info: GPUAdapterInfo,
): void {
  if (most < STORAGE_BUFFERS)
    throw new StairstepError(
      `${summarise(info, false).name} allows ${most} storage buffers in a kernel, and Stairstep ` +
        `needs ${STORAGE_BUFFERS}: use another adapter`,
    );
}

/**
 * Opens the GPU, or a software adapter where there is none. Throws `StairstepError` without either.
 */
export async function requestDevice(options: DeviceOptions = {}): Promise<Device> {
  checkKeys("a device", options, ["plain", "kernels", "adapter"]);
  const { plain = false, adapter: wanted } = options;
  const kernels = checkChoice(options.kernels);
  const adapter = await findAdapter(wanted);
  if (!adapter) throw (await import("./hosts")).noAdapter();
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  checkBuffers(adapter.limits, adapter.info);
  const requiredFeatures = OPTIONAL_FEATURES.filter((feature) => adapter.features.has(feature));
  const gpu = await adapter.requestDevice(
    plain
      ? {}
      : { requiredFeatures, requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } },
  );
  return new Device(gpu, adapter.info, kernels);
}
