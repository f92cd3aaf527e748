/**
 * Opens a device for the command line. In Node, Dawn looks for a Vulkan loader when the process
 * starts, so where there is none, or no GPU behind it, this process starts itself again with
 * Chromium's loader and software driver. Deno brings WebGPU itself.
 */
import { spawn, spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import {
  type Device,
  type DeviceOptions,
  type KernelChoice,
  requestDevice,
  StairstepError,
} from "../index";
import { findSwiftShader, installChromium, RELAUNCHED, softwareEnvironment } from "./chromium";
import { hasGpuDevice } from "./hardware";

const { env } = process;
const IN_DENO = "Deno" in globalThis;

/** Whether the user has chosen a Vulkan driver. */
const driverChosen = (): boolean => Boolean(env.VK_ICD_FILENAMES || env.VK_DRIVER_FILES);

/**
 * Dawn prints a warning of its own without a loader, so look before it does. Unknown counts as
 * present.
 */
function hasVulkanLoader(): boolean {
  if (process.platform !== "linux" || env[RELAUNCHED]) return true;
  const { status, stdout } = spawnSync("/sbin/ldconfig", ["-p"], { encoding: "utf8" });
  return status !== 0 || stdout.includes("libvulkan.so.1") || Boolean(env.LD_LIBRARY_PATH);
}

const NO_ADAPTER =
  "no GPU adapter was found, and no software adapter could be installed: install a Vulkan " +
  "driver, or Chromium (npx playwright install chromium, or your system's package chromium)";

/** Never returns: the child does the work, and this process ends as it does. */
function relaunch(folder: string): Promise<never> {
  const child = spawn(process.execPath, process.argv.slice(1), {
    stdio: "inherit",
    env: softwareEnvironment(folder),
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => child.kill(signal));
  return new Promise((_, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
  });
}

/** Deno's WebGPU (wgpu), on whatever Vulkan's loader finds. */
async function openInDeno(options: DeviceOptions): Promise<Device> {
  // Mesa complains on standard error where this is missing, and asks no more of it than to begin
  // with a slash.
  if (process.platform === "linux") env.XDG_RUNTIME_DIR ||= tmpdir();
  try {
    return await requestDevice(options);
  } catch (error) {
    if (!isNoAdapter(error)) throw error;
    throw new StairstepError(
      "Deno found no GPU adapter: install a Vulkan driver, without a GPU Mesa's (your " +
        "system's package mesa-vulkan-drivers), or run this in Node",
    );
  }
}

const isNoAdapter = (error: unknown): boolean =>
  error instanceof StairstepError && error.message.startsWith("no GPU");

/**
 * A GPU if there is one, else the software adapter, installed if missing. Throws `StairstepError`
 * without either.
 */
export async function openDevice(kernels: KernelChoice = "auto"): Promise<Device> {
  const options = { plain: env.STAIRSTEP_PLAIN === "1", kernels };
  if (IN_DENO) return openInDeno(options);
  const relaunched = Boolean(env[RELAUNCHED]);
  // Without a GPU, a system's loader has at best another software driver, and Dawn says at length
  // why it takes none of them.
  const swiftShader =
    relaunched || hasGpuDevice() || driverChosen() ? undefined : findSwiftShader();
  if (swiftShader) return relaunch(swiftShader);
  if (hasVulkanLoader()) {
    try {
      return await requestDevice(options);
    } catch (error) {
      const mayFallBack = process.platform === "linux" && !relaunched && isNoAdapter(error);
      if (!mayFallBack) throw relaunched ? new StairstepError(NO_ADAPTER) : error;
    }
  }
  const folder =
    findSwiftShader() ??
    (installChromium((line) => console.error(line)) ? findSwiftShader() : undefined);
  if (!folder) throw new StairstepError(NO_ADAPTER);
  return relaunch(folder);
}
