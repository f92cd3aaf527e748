/**
 * Finds or installs Chromium: the tests' browser, and the bringer of a software adapter
 * (SwiftShader) where no GPU is.
 */
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { installPackage, run } from "./packages.ts";

/**
 * Programs that a system may have, and folders where Debian's and Google's packages put the
 * libraries.
 */
const SYSTEM = [
  "/usr/lib/chromium/chromium",
  "/usr/lib/chromium-browser/chromium-browser",
  "/opt/google/chrome/chrome",
  "/snap/chromium/current/usr/lib/chromium-browser/chrome",
];

function playwrightCache(): string {
  const given = process.env.PLAYWRIGHT_BROWSERS_PATH;
  if (given && given !== "0") return given;
  if (process.platform === "darwin") return join(homedir(), "Library/Caches/ms-playwright");
  if (process.platform === "win32")
    return join(process.env.LOCALAPPDATA ?? homedir(), "ms-playwright");
  return join(homedir(), ".cache/ms-playwright");
}

function fromPlaywright(): string[] {
  const cache = playwrightCache();
  if (!existsSync(cache)) return [];
  const builds = readdirSync(cache).filter((name) => /^chromium-\d+$/.test(name));
  const places = [
    "chrome-linux64/chrome",
    "chrome-linux/chrome",
    "chrome-mac/Chromium.app/Contents/MacOS/Chromium",
    "chrome-win/chrome.exe",
    "chrome-win64/chrome.exe",
  ];
  return builds.flatMap((build) => places.map((place) => join(cache, build, place)));
}

/** The executable of an installed Chromium: STAIRSTEP_CHROMIUM, Playwright's, or the system's. */
export function findChromium(): string | undefined {
  const given = process.env.STAIRSTEP_CHROMIUM;
  if (given !== undefined) return existsSync(given) ? given : undefined;
  return [...fromPlaywright(), ...SYSTEM].find((path) => existsSync(path));
}

/** Chromium's folder if it has SwiftShader's driver and a Vulkan loader. */
export function findSwiftShader(): string | undefined {
  const chromium = findChromium();
  const folder = chromium && dirname(realpathSync(chromium));
  const files = ["vk_swiftshader_icd.json", "libvk_swiftshader.so", "libvulkan.so.1"];
  return folder && files.every((file) => existsSync(join(folder, file))) ? folder : undefined;
}

/**
 * Set by `softwareEnvironment`: this process has the software adapter, and there is nothing further
 * to fall back to.
 */
export const RELAUNCHED = "STAIRSTEP_SOFTWARE";

/**
 * The environment of a process that is to use SwiftShader of `folder`: its loader is looked for
 * when a process starts. Mesa's layer that chooses among devices stays out: it complains on
 * standard error where there is no desktop. SwiftShader's kernel compiler leaves the C library's
 * arenas in pieces, one arena a thread, and memory grows; with one arena it stays.
 */
export const softwareEnvironment = (folder: string): NodeJS.ProcessEnv => ({
  MALLOC_ARENA_MAX: "1",
  NODEVICE_SELECT: "1",
  ...process.env,
  [RELAUNCHED]: "1",
  LD_LIBRARY_PATH: folder,
  VK_ICD_FILENAMES: `${folder}/vk_swiftshader_icd.json`,
});

/**
 * Installs Chromium: Playwright's download, else Debian's package when root. Returns whether one is
 * there now.
 */
export function installChromium(say: (line: string) => void): boolean {
  if (process.env.STAIRSTEP_CHROMIUM !== undefined) return false;
  say("No Chromium was found; trying Playwright's download …");
  if (run("npx", ["--no-install", "playwright", "install", "chromium"]) && findChromium())
    return true;
  installPackage("chromium", say);
  return findChromium() !== undefined;
}

/** For the tests: the executable, installed if need be. */
export function ensureChromium(): string {
  if (!findChromium()) installChromium((line) => console.error(line));
  const found = findChromium();
  if (!found)
    throw new Error(
      "the tests need Chromium: run npx playwright install chromium, or install your system's " +
        "package chromium",
    );
  return found;
}

/** Flags with which a headless Chromium offers WebGPU without a GPU. */
export const CHROMIUM_ARGS = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--disable-background-networking",
  "--disable-component-update",
];
