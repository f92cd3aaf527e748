/**
 * Opens a device for the command line. In Node, Dawn looks for a Vulkan loader when the process
 * starts, so where there is none, or no GPU behind it, this process starts itself again with
 * Chromium's loader and software driver. Deno brings WebGPU itself.
 */
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import {
  type Device,
  type DeviceOptions,
  type KernelChoice,
  requestDevice,
  StairstepError,
} from "../index";
import { findSwiftShader, installChromium, RELAUNCHED, softwareEnvironment } from "./chromium";
import { INSTALL_FLAG, mayInstall } from "./consent";
import { EXIT, endsWith } from "./exit";
import { hasGpuDevice } from "./hardware";
import { supervise } from "./supervisor";

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

const refuse = (why: string): never => {
  throw new StairstepError(why);
};

const noGpu = ({ remedy }: OpenOptions): never =>
  refuse(
    remedy === undefined
      ? "there is no GPU here, and --require-gpu asks for one: install its driver, or leave it out"
      : `there is no GPU here: install its driver, or ${remedy}`,
  );

export interface OpenOptions {
  kernels?: KernelChoice;
  /** Refuse a software adapter. */
  requireGpu?: boolean | undefined;
  /** What to do where one is refused, in place of leaving --require-gpu out. */
  remedy?: string;
  /** Part of the name that the adapter must have. */
  adapter?: string | undefined;
}

const isSoftwareName = (name = ""): boolean =>
  name !== "" && "swiftshader (software)".includes(name.toLowerCase());

/**
 * A GPU if there is one, else the software adapter, installed if missing. Throws `StairstepError`
 * without either, which ends the command with a code of its own.
 */
export async function openDevice(wanted: OpenOptions = {}): Promise<Device> {
  const { requireGpu, adapter } = wanted;
  const opened = async () => {
    const device = await open(wanted);
    const { name, software } = device.adapter;
    if (requireGpu && software) noGpu(wanted);
    if (adapter !== undefined && !name.toLowerCase().includes(adapter.toLowerCase()))
      refuse(`the adapter here is ${name}, and --adapter asks for ${adapter}: name this one`);
    return device;
  };
  return opened().catch(endsWith(EXIT.noGpu));
}

/** Starts again with SwiftShader's driver in `folder`, where a software adapter is allowed. */
function fallBack(folder: string, wanted: OpenOptions): Promise<never> {
  const { requireGpu, adapter } = wanted;
  if (requireGpu) return noGpu(wanted);
  if (adapter !== undefined && !isSoftwareName(adapter))
    return refuse(
      `no adapter here is called ${adapter}, and there is no GPU: leave --adapter out, or ` +
        "take --adapter swiftshader",
    );
  return supervise(softwareEnvironment(folder));
}

/** Installs Chromium where that is allowed; its folder, with SwiftShader's driver. */
async function install(): Promise<string | undefined> {
  if (env.STAIRSTEP_CHROMIUM !== undefined) return undefined;
  if (!(await mayInstall("Chromium, whose software adapter trains without a GPU")))
    return refuse(
      "no GPU adapter was found: install a Vulkan driver for your GPU, or Chromium for its " +
        `software adapter, which ${INSTALL_FLAG} does by Playwright or by Debian's packages`,
    );
  return installChromium((line) => console.error(line)) ? findSwiftShader() : undefined;
}

async function open(wanted: OpenOptions): Promise<Device> {
  const { kernels = "auto", adapter } = wanted;
  const relaunched = Boolean(env[RELAUNCHED]);
  const named = relaunched || adapter === undefined ? {} : { adapter };
  const options = { plain: env.STAIRSTEP_PLAIN === "1", kernels, ...named };
  if (IN_DENO) return openInDeno(options);
  // Without a GPU, a system's loader has at best another software driver, and Dawn says at length
  // why it takes none of them.
  const unasked = !hasGpuDevice() && !driverChosen();
  const swiftShader =
    !relaunched && (unasked || isSoftwareName(adapter)) ? findSwiftShader() : undefined;
  if (swiftShader) return fallBack(swiftShader, wanted);
  if (hasVulkanLoader()) {
    try {
      return await requestDevice(options);
    } catch (error) {
      if (adapter !== undefined && !(error instanceof StairstepError))
        return refuse(`no adapter here is called ${adapter} (${(error as Error).message})`);
      if (!isNoAdapter(error)) throw error;
      const mayFallBack = process.platform === "linux" && !relaunched;
      if (!mayFallBack) throw relaunched ? new StairstepError(NO_ADAPTER) : error;
    }
  }
  if (wanted.requireGpu) noGpu(wanted); // before anything is installed
  const folder = findSwiftShader() ?? (await install());
  return folder ? fallBack(folder, wanted) : refuse(NO_ADAPTER);
}
