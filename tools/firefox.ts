/** Starts Firefox with WebGPU, for the page's journeys and for the benchmarks beside its peers. */
import puppeteer, { type Browser } from "puppeteer-core";
import { ensureFirefox, softwareVulkan } from "./hosts.ts";

/**
 * A headless Firefox with a profile of its own. By puppeteer: Playwright drives a Firefox build of
 * its own, and sends a released one commands that it does not know.
 * @param webgpu false for a Firefox as Linux has it by default, without WebGPU.
 */
export function launchFirefox({ webgpu = true } = {}): Promise<Browser> {
  return puppeteer.launch({
    browser: "firefox",
    executablePath: ensureFirefox(),
    args: ["--remote-allow-system-access"], // for `adapterOf`
    env: { ...process.env, ...softwareVulkan() },
    // Software adapters are on the blocklist.
    extraPrefsFirefox: { "dom.webgpu.enabled": webgpu, "gfx.webgpu.ignore-blocklist": true },
  });
}

/** What `adapterOf` needs of WebDriver BiDi that puppeteer keeps to itself. */
interface Bidi {
  send(
    method: "browsingContext.getTree",
    params: object,
  ): Promise<{ result: { contexts: { context: string }[] } }>;
  send(
    method: "script.evaluate",
    params: object,
  ): Promise<{ result: { result: { value?: string } } }>;
}

/** The adapter's name. Firefox withholds it from pages, but not from its own window. */
export async function adapterOf(browser: Browser): Promise<string> {
  const { connection } = browser as unknown as { connection: Bidi };
  const { contexts } = (await connection.send("browsingContext.getTree", { "moz:scope": "chrome" }))
    .result;
  const evaluated = await connection.send("script.evaluate", {
    target: { context: contexts[0]?.context },
    expression: "navigator.gpu.requestAdapter().then(({ info }) => info.wgpuName)",
    awaitPromise: true,
  });
  const name = evaluated.result.result.value;
  if (!name)
    throw new Error(`Firefox does not name its adapter: ${JSON.stringify(evaluated.result)}`);
  return name;
}

/** As "153.7.0". */
export const versionOf = async (browser: Browser): Promise<string> =>
  (await browser.version()).replace(/^firefox\//i, "");
