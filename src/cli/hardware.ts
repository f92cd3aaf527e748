/**
 * Looks for a GPU without opening it, so that a process can be given a software driver before it
 * starts.
 */
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Device nodes of GPUs, below /dev: Linux's render nodes, NVIDIA's own, and Windows' under WSL. */
const NODES = /^(dri\/renderD\d+|nvidia\d+|dxg)$/;

/** A container may show a node that it must not open. */
function mayOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether this machine has a GPU that this process may open. Other systems than Linux always bring
 * a driver, so they count as having one.
 * @param dev where Linux keeps its device nodes.
 */
export function hasGpuDevice(dev = "/dev"): boolean {
  if (process.platform !== "linux") return true;
  const names = ["", "dri"].flatMap((folder) => {
    const path = join(dev, folder);
    return existsSync(path) ? readdirSync(path).map((name) => join(folder, name)) : [];
  });
  return names.some((name) => NODES.test(name) && mayOpen(join(dev, name)));
}
