/** A fixed list of kernels with their buffers, made once and replayed as often as wanted. */
import type { Bindings, Kernel } from "../shaders/kernel";
import type { Device } from "./device";

/** A kernel and a buffer for each of its bindings; made by `call`, which types them. */
export interface Call {
  kernel: Kernel;
  buffers: Readonly<Record<string, GPUBuffer>>;
}

export function call<B extends Bindings>(
  kernel: Kernel<B>,
  buffers: { readonly [name in keyof B]: GPUBuffer },
): Call {
  return { kernel, buffers };
}

interface Dispatch {
  pipeline: GPUComputePipeline;
  bindings: GPUBindGroup;
  workgroups: readonly [number, number, number];
}

export class Program {
  private constructor(private readonly dispatches: readonly Dispatch[]) {}

  /**
   * Compiles all kernels at once. Throws with the kernel's name when one does not compile or a
   * buffer does not fit it.
   */
  static async create(device: Device, calls: readonly Call[]): Promise<Program> {
    const dispatches = calls.map(async ({ kernel, buffers }): Promise<Dispatch> => {
      const { pipeline, layout } = await device.compile(
        device.kernels === "software" ? sized({ kernel, buffers }) : kernel,
      );
      const bound = await entries({ kernel, buffers });
      const bindings = await device.guard(`kernel ${kernel.name}`, () =>
        device.gpu.createBindGroup({ label: kernel.name, layout, entries: bound }),
      );
      return { pipeline, bindings, workgroups: kernel.workgroups };
    });
    return new Program(await Promise.all(dispatches));
  }

  /** Records the whole list `times` times over. Each kernel sees what those before it wrote. */
  encode(pass: GPUComputePassEncoder, times = 1): void {
    for (let i = 0; i < times; i++) {
      for (const { pipeline, bindings, workgroups } of this.dispatches) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindings);
        pass.dispatchWorkgroups(...workgroups);
      }
    }
  }

  /** Records and submits the list alone. */
  run(device: Device): void {
    device.submit((encoder) => {
      const pass = encoder.beginComputePass();
      this.encode(pass);
      pass.end();
    });
  }
}

/**
 * The kernel with its buffers' lengths in the types of their arrays. An array whose length is asked
 * for at run time costs a software adapter four divisions wherever it is indexed: 8 % of an update
 * (bench/NOTES.md).
 */
function sized({ kernel, buffers }: Call): Kernel {
  const withLength = (type: string, bytes = 0): string => {
    const [known, lanes = 1, count = 1] =
      /^array<(?:array<)?(?:vec(\d)[uf]|[uf]32)(?:, (\d+)>)?>$/.exec(type) ?? [];
    const length = Math.floor(bytes / (4 * Number(lanes) * Number(count)));
    return known && length > 0 ? `${type.slice(0, -1)}, ${length}>` : type;
  };
  const bindings = Object.entries(kernel.bindings).map(([name, { access, type }]) => [
    name,
    { access, type: withLength(type, buffers[name]?.size) },
  ]);
  return { ...kernel, bindings: Object.fromEntries(bindings) };
}

/** Of the kernel's bindings, in their order. Throws by name where they do not go together. */
async function entries({ kernel, buffers }: Call): Promise<GPUBindGroupEntry[]> {
  const names = Object.keys(kernel.bindings);
  const bound = names.map((name) => buffers[name]);
  if (new Set(bound).size < names.length || bound.includes(undefined))
    (await import("./diagnosis")).checkBound(kernel, buffers);
  return bound.map((buffer, binding) => ({ binding, resource: { buffer: buffer as GPUBuffer } }));
}
