/** Finds an adapter of WebGPU. */
/**
 * The GPU's adapter, else a software one, else undefined.
 * @param name of one among several, for Dawn; browsers and Deno choose themselves.
 */
export async function findAdapter(name?: string): Promise<GPUAdapter | undefined> {
  const gpu = globalThis.navigator?.gpu ?? (await (await import("./hosts")).findGpu(name));
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
