/** Finds WebGPU, in a browser or in Node through the `webgpu` package (Dawn), and an adapter. */
import { StairstepError } from "./errors";

declare const process: { versions?: { node?: string } } | undefined;

const inNode = (): boolean =>
  typeof process !== "undefined" && process?.versions?.node !== undefined;

/**
 * Dawn's entry object: once it is collected, a later call into Dawn ends the process, so it is kept
 * for good.
 */
let nodeGpu: GPU | undefined;
let nodeGpuFor: string | undefined;

/** Named by a variable, so that bundlers for the browser leave the import alone. */
const NODE_WEBGPU = "webgpu";

async function findGpu(adapter?: string): Promise<GPU> {
  if (globalThis.navigator?.gpu) return globalThis.navigator.gpu;
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
    const dawn = await import(/* @vite-ignore */ NODE_WEBGPU).catch((cause) => {
      throw new StairstepError(
        `Node needs the package webgpu to reach the GPU: npm install webgpu (${cause.message})`,
      );
    });
    Object.assign(globalThis, dawn.globals);
    nodeGpu = dawn.create(adapter ? [`adapter=${adapter}`] : []) as GPU;
    nodeGpuFor = adapter;
  }
  return nodeGpu;
}

/**
 * The GPU's adapter, else a software one, else undefined.
 * @param name of one among several, for Dawn; browsers and Deno choose themselves.
 */
export async function findAdapter(name?: string): Promise<GPUAdapter | undefined> {
  const gpu = await findGpu(name);
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  return adapter ?? (await gpu.requestAdapter({ forceFallbackAdapter: true })) ?? undefined;
}

export interface AdapterSummary {
  /** As the driver calls itself, for people. */
  name: string;
  /** Runs on the CPU: everything works, slowly. */
  software: boolean;
  /**
   * Invocations that run in step and can pass values to each other; undefined when unknown or
   * without the feature.
   */
  subgroup: number | undefined;
}

export function summarise(
  info: GPUAdapterInfo & { isFallbackAdapter?: boolean },
  subgroups: boolean,
): AdapterSummary {
  const {
    vendor,
    architecture,
    device,
    description,
    isFallbackAdapter,
    subgroupMinSize,
    subgroupMaxSize,
  } = info;
  const words = [vendor, architecture, device, description].join(" ");
  const software =
    Boolean(isFallbackAdapter) ||
    /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i.test(words);
  const known = /swiftshader/i.test(words)
    ? "SwiftShader"
    : description || [vendor, architecture].filter(Boolean).join(" ");
  const subgroup = subgroups && subgroupMinSize === subgroupMaxSize ? subgroupMinSize : undefined;
  // Firefox tells pages nothing of the adapter but whether it is software.
  const name = known
    ? `${known}${software ? " (software)" : ""}`
    : software
      ? "a software adapter"
      : "an unnamed GPU";
  return { name, software, subgroup };
}
