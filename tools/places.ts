/**
 * Where tools run the library: in this process, through Dawn, or in a page of a headless Chromium.
 */
import { spawnSync } from "node:child_process";
import { chromium } from "playwright";
import { createServer } from "vite";
import {
  CHROMIUM_ARGS,
  ensureChromium,
  findSwiftShader,
  RELAUNCHED,
  softwareEnvironment,
} from "../src/cli/chromium";

/**
 * Returns where this process has a GPU or the software adapter; else starts itself again with the
 * latter, whose loader is looked for when a process starts.
 */
export function withAdapter(): void {
  const folder = findSwiftShader();
  if (!folder || process.env[RELAUNCHED]) return;
  const args = [...process.execArgv, ...process.argv.slice(1)];
  const env = softwareEnvironment(folder);
  process.exit(spawnSync(process.execPath, args, { stdio: "inherit", env }).status ?? 1);
}

/** A page whose scripts can import("/src/index.ts"), and the address of the data there. */
export async function inChromium() {
  const server = { port: 0, hmr: false, watch: null } as const;
  const site = await createServer({ logLevel: "error", server });
  await site.listen();
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: [...CHROMIUM_ARGS, "--js-flags=--expose-gc", "--enable-precise-memory-info"],
  });
  const page = await browser.newPage();
  const address = site.resolvedUrls?.local[0] ?? "";
  await page.goto(`${address}bench.html`);
  const close = async () => {
    await browser.close();
    await site.close();
  };
  return { browser, page, data: `${address}mnist/`, close };
}
