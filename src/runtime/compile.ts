/** From a kernel's declaration to a pipeline. */
import { flatten } from "../shaders/flatten";
import type { Binding, Bindings, Kernel } from "../shaders/kernel";

export interface CompiledKernel {
  pipeline: GPUComputePipeline;
  layout: GPUBindGroupLayout;
}

const declare = ([name, { access, type }]: [string, Binding], index: number): string =>
  `@group(0) @binding(${index}) var<storage, ${access === "read" ? "read" : "read_write"}> ` +
  `${name}: ${type};\n`;

/** Loops over lists are the same for a whole subgroup, which the compiler cannot know. */
const SUBGROUPS = "enable subgroups;\ndiagnostic(off, subgroup_uniformity);\n";

const constant = ([name, value]: [string, number]): string => `const ${name} = ${value}u;\n`;

/** The kernel's whole WGSL: directives, its constants and bindings, then its body. */
export const source = ({ subgroups, constants = {}, bindings, wgsl }: Kernel): string =>
  [
    subgroups ? SUBGROUPS : "",
    // Kernels share lists of sizes; a text has those that it names.
    ...Object.entries(constants)
      .filter(([name]) => new RegExp(`\\b${name}\\b`).test(wgsl))
      .map(constant),
    ...Object.entries(bindings).map(declare),
    wgsl,
  ].join("");

/** Throws a first line for people, and what the compiler said behind it. */
export async function compile<B extends Bindings>(
  gpu: GPUDevice,
  kernel: Kernel<B>,
): Promise<CompiledKernel> {
  const tooMany = kernel.workgroups.find((n) => n > gpu.limits.maxComputeWorkgroupsPerDimension);
  if (tooMany !== undefined)
    throw (await import("./diagnosis")).tooManyWorkgroups(kernel.name, tooMany, gpu.limits);
  const code = flatten(source(kernel));
  gpu.pushErrorScope("validation");
  const module = gpu.createShaderModule({ label: kernel.name, code });
  const layout = gpu.createBindGroupLayout({
    label: kernel.name,
    entries: Object.values(kernel.bindings).map(({ access }, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: access === "read" ? "read-only-storage" : "storage" },
    })),
  });
  const pending = gpu.createComputePipelineAsync({
    label: kernel.name,
    layout: gpu.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: "main" },
  });
  const scope = gpu.popErrorScope();
  const pipeline = await pending.catch((error: Error) => error);
  const invalid = await scope;
  if (!(pipeline instanceof Error) && !invalid) return { pipeline, layout };
  const { diagnosis } = await import("./diagnosis");
  throw await diagnosis(kernel.name, code, module, (invalid ?? (pipeline as Error)).message);
}
