/**
 * Finds or installs what the tests need beyond Chromium: Firefox, Deno, a software Vulkan driver
 * for both, and NumPy.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { hasGpuDevice } from "../src/cli/hardware.ts";
import { installPackage, run } from "../src/cli/packages.ts";
import { inTurn } from "./once.ts";

const say = (line: string): void => console.error(line);

/**
 * What `find` finds, or finds once `install` is through. One at a time: an installation that is
 * under way has files that are not whole yet.
 */
const installed = <T>(find: () => T | undefined, install: () => unknown): T | undefined =>
  inTurn("hosts", () => {
    const found = find();
    if (found !== undefined) return found;
    install();
    return find();
  });

/**
 * An executable that the user names in the environment variable `name`. Nothing else will do then.
 */
function given(name: string): string | undefined {
  const path = process.env[name];
  if (path !== undefined && !existsSync(path))
    throw new Error(`${name} is ${path}, which does not exist`);
  return path;
}

const FIREFOX = [
  "/usr/bin/firefox-esr",
  "/usr/bin/firefox",
  "/snap/bin/firefox",
  "/Applications/Firefox.app/Contents/MacOS/firefox",
  "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
];

/**
 * Firefox's executable: STAIRSTEP_FIREFOX, the system's, or Debian's firefox-esr installed now.
 * Throws without.
 */
export function ensureFirefox(): string {
  const find = () => given("STAIRSTEP_FIREFOX") ?? FIREFOX.find((path) => existsSync(path));
  const found = installed(find, () => installPackage("firefox-esr", say));
  if (!found)
    throw new Error(
      "the tests need Firefox: install it, or set STAIRSTEP_FIREFOX to its executable",
    );
  return found;
}

/**
 * A Python that has NumPy: the system's, or Debian's with python3-numpy installed now. Throws
 * without.
 */
export function ensureNumpy(): string {
  const find = () =>
    ["python3", "/usr/bin/python3"].find((python) => run(python, ["-c", "import numpy"]));
  const found = installed(find, () => installPackage("python3-numpy", say));
  if (!found) throw new Error("the tests need NumPy: install it for python3");
  return found;
}

/** Where Vulkan's loader looks for drivers. */
const DRIVERS = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"];

/**
 * Mesa's llvmpipe, which Vulkan knows as lavapipe; of several architectures, the loader takes the
 * one that fits.
 */
function llvmpipe(): string[] | undefined {
  const drivers = DRIVERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /^lvp_icd.*\.json$/.test(name))
      .map((name) => join(folder, name)),
  );
  return drivers.length > 0 ? drivers : undefined;
}

/** Mesa complains, on standard error, without a folder for sockets that is the user's alone. */
const RUNTIME = fileURLToPath(new URL("../node_modules/.cache/stairstep-runtime", import.meta.url));

/**
 * What to add to the environment of a process that brings wgpu (Firefox, Deno), so that it finds an
 * adapter: nothing where there is a GPU, else the choice of Mesa's llvmpipe, installed if need be.
 * Throws without either.
 */
export function softwareVulkan(): NodeJS.ProcessEnv {
  if (hasGpuDevice()) return {};
  // With the loader, on which it depends.
  const drivers = installed(llvmpipe, () => installPackage("mesa-vulkan-drivers", say));
  if (!drivers)
    throw new Error(
      "the tests need a GPU, or Mesa's software Vulkan driver: install your system's package " +
        "mesa-vulkan-drivers",
    );
  const { XDG_RUNTIME_DIR: runtime } = process.env;
  if (runtime && existsSync(runtime)) return { VK_ICD_FILENAMES: drivers.join(delimiter) };
  mkdirSync(RUNTIME, { recursive: true, mode: 0o700 });
  return { VK_ICD_FILENAMES: drivers.join(delimiter), XDG_RUNTIME_DIR: RUNTIME };
}

/** A locked package of its own: 40 MB that who only trains should not have to download. */
const DENO_PACKAGE = fileURLToPath(new URL("hosts/", import.meta.url));

/** The executable that the npm package brought for this platform. */
function packagedDeno(): string | undefined {
  const platforms = join(DENO_PACKAGE, "node_modules/@deno");
  if (!existsSync(platforms)) return undefined;
  return readdirSync(platforms)
    .flatMap((platform) => [
      join(platforms, platform, "deno"),
      join(platforms, platform, "deno.exe"),
    ])
    .find((path) => existsSync(path));
}

/** Deno's executable: STAIRSTEP_DENO, the one on PATH, or npm's, installed now. Throws without. */
export function ensureDeno(): string {
  const find = () =>
    given("STAIRSTEP_DENO") ??
    (spawnSync("deno", ["--version"]).status === 0 ? "deno" : packagedDeno());
  const found = installed(find, () => {
    say("Installing Deno from npm …");
    run("npm", ["ci", "--prefix", DENO_PACKAGE, "--ignore-scripts", "--no-audit", "--no-fund"]);
  });
  if (!found)
    throw new Error("the tests need Deno: install it, or set STAIRSTEP_DENO to its executable");
  return found;
}
