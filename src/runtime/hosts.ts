/**
 * WebGPU where no `navigator.gpu` is: in Node through the package `webgpu` (Dawn), and why there is
 * none elsewhere. Browsers that have it never load this.
 */
import { StairstepError } from "./errors";
import { importOutside, inNode } from "./outside";

/** The package webgpu, whose types clash with those of TypeScript. */
interface Dawn {
  create: (options: string[]) => GPU;
  globals: object;
}

/**
 * Dawn's entry object: once it is collected, a later call into Dawn ends the process, so it is kept
 * for good.
 */
let nodeGpu: GPU | undefined;
let nodeGpuFor: string | undefined;

/** Where there is WebGPU, and no adapter. */
export const noAdapter = (): StairstepError =>
  new StairstepError(
    "no GPU adapter was found: " +
      (inNode()
        ? "install your GPU's Vulkan driver; without a GPU, a software driver such as Chromium's " +
          "(VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json " +
          "LD_LIBRARY_PATH=/usr/lib/chromium)"
        : "update the graphics driver, or see what chrome://gpu says of WebGPU"),
  );

/** Throws `StairstepError` that says what this host lacks. */
export async function findGpu(adapter?: string): Promise<GPU> {
  if (!inNode()) {
    if (globalThis.isSecureContext === false)
      throw new StairstepError(
        "browsers offer WebGPU to pages from https or localhost alone: open this one there",
      );
    throw new StairstepError(
      "this browser offers no WebGPU: use a current Chrome, Edge or Safari, or Firefox on " +
        "Windows or Apple silicon",
    );
  }
  if ("Deno" in globalThis)
    throw new StairstepError(
      "this Deno has its WebGPU switched off: run it as deno run -A --unstable-webgpu",
    );
  if (!nodeGpu || nodeGpuFor !== adapter) {
    const dawn = await importOutside<Dawn>("webgpu").catch((cause) => {
      throw new StairstepError(
        `Node needs the package webgpu to reach the GPU: npm install webgpu (${cause.message})`,
      );
    });
    Object.assign(globalThis, dawn.globals);
    nodeGpu = dawn.create(adapter ? [`adapter=${adapter}`] : []);
    nodeGpuFor = adapter;
  }
  return nodeGpu;
}
