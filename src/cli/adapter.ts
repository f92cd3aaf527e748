/**
 * Opens a device for the command line. Dawn looks for a Vulkan loader when the process starts, so where there is none,
 * or no GPU behind it, this process starts itself again with Chromium's loader and software driver.
 */
import { spawn, spawnSync } from "node:child_process";
import { type Device, type KernelChoice, requestDevice, StairstepError } from "../index";
import { findSwiftShader, installChromium, RELAUNCHED, softwareEnvironment } from "./chromium";

/** Dawn prints a warning of its own without a loader, so look before it does. Unknown counts as present. */
function hasVulkanLoader(): boolean {
  if (process.platform !== "linux" || process.env[RELAUNCHED]) return true;
  const { status, stdout } = spawnSync("/sbin/ldconfig", ["-p"], { encoding: "utf8" });
  return status !== 0 || stdout.includes("libvulkan.so.1") || Boolean(process.env.LD_LIBRARY_PATH);
}

const NO_ADAPTER =
  "no GPU adapter was found, and no software adapter could be installed: install a Vulkan driver, or Chromium (npx playwright install chromium, or your system's package chromium)";

/** Never returns: the child does the work, and this process ends as it does. */
function relaunch(folder: string): Promise<never> {
  const child = spawn(process.execPath, process.argv.slice(1), { stdio: "inherit", env: softwareEnvironment(folder) });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((_, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
  });
}

/** A GPU if there is one, else the software adapter, installed if missing. Throws `StairstepError` without either. */
export async function openDevice(kernels: KernelChoice = "auto"): Promise<Device> {
  if (hasVulkanLoader()) {
    try {
      return await requestDevice({ plain: process.env.STAIRSTEP_PLAIN === "1", kernels });
    } catch (error) {
      const mayFallBack = process.platform === "linux" && !process.env[RELAUNCHED] && error instanceof StairstepError && error.message.startsWith("no GPU");
      if (!mayFallBack) throw process.env[RELAUNCHED] ? new StairstepError(NO_ADAPTER) : error;
    }
  }
  const folder = findSwiftShader() ?? (installChromium((line) => console.error(line)) ? findSwiftShader() : undefined);
  if (!folder) throw new StairstepError(NO_ADAPTER);
  return relaunch(folder);
}
