/** A fixed list of kernels with their buffers, made once and replayed as often as wanted. */
import type { Bindings, Kernel } from "../shaders/kernel";
import type { Device } from "./device";
import { StairstepError } from "./errors";

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
      const bindings = await device.guard(`kernel ${kernel.name}`, () =>
        device.gpu.createBindGroup({
          label: kernel.name,
          layout,
          entries: entries({ kernel, buffers }),
        }),
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

/**
 * WebGPU forbids a buffer that one dispatch both writes and binds again; say so here, by name,
 * rather than at submit.
 */
function entries({ kernel, buffers }: Call): GPUBindGroupEntry[] {
  const names = Object.keys(kernel.bindings);
  for (const name of names) {
    const twin = names.find((other) => other !== name && buffers[other] === buffers[name]);
    if (twin && kernel.bindings[name]?.access === "readWrite") {
      throw new StairstepError(
        `kernel ${kernel.name}: ${name} and ${twin} are bound to one buffer, and ${name} is ` +
          "written",
      );
    }
  }
  return names.map((name, binding) => {
    const buffer = buffers[name];
    if (!buffer) throw new StairstepError(`kernel ${kernel.name}: no buffer was given for ${name}`);
    return { binding, resource: { buffer } };
  });
}
