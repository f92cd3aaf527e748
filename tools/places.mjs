/** Where the tools run the library: in this process, through Dawn, or in a page of a headless Chromium. */
import { spawnSync } from "node:child_process";
import { createServer } from "vite";

/** The library in this process. Where there is no GPU, starts the process again with the software adapter: the loader is looked for at its start. */
export async function inNode() {
  const server = await createServer({ mode: "cli", logLevel: "error", server: { port: 0, hmr: false, watch: null } });
  const { findSwiftShader, RELAUNCHED, softwareEnvironment } = await server.ssrLoadModule("/src/cli/chromium.ts");
  const folder = findSwiftShader();
  if (folder && !process.env[RELAUNCHED]) {
    await server.close();
    process.exit(spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], { stdio: "inherit", env: softwareEnvironment(folder) }).status ?? 1);
  }
  return { library: await server.ssrLoadModule("/src/index.ts"), close: () => server.close() };
}

/** A page whose scripts can import("/src/index.ts"), and the data's folder there. */
export async function inChromium() {
  const { chromium } = await import("playwright");
  const site = await createServer({ logLevel: "error", server: { port: 0, hmr: false, watch: null } });
  const { CHROMIUM_ARGS, ensureChromium } = await site.ssrLoadModule("/src/cli/chromium.ts");
  await site.listen();
  const browser = await chromium.launch({ executablePath: ensureChromium(), args: [...CHROMIUM_ARGS, "--js-flags=--expose-gc", "--enable-precise-memory-info"] });
  const page = await browser.newPage();
  const address = site.resolvedUrls.local[0];
  await page.goto(`${address}bench.html`);
  const close = async () => {
    await browser.close();
    await site.close();
  };
  return { browser, page, data: `${address}mnist/`, close };
}
