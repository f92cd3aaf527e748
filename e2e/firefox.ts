/** What the journeys in Firefox share: page.ts over again, for puppeteer's pages. */
import { test as base, expect } from "playwright/test";
import type { Browser, Page } from "puppeteer-core";
import { adapterOf, launchFirefox, versionOf } from "../tools/firefox.ts";
import { LONG } from "./patience";

const PLAIN = process.env.STAIRSTEP_PLAIN === "1";

/**
 * `firefox` is one browser for all journeys. `tab` is a page of its own cookies and caches; with
 * STAIRSTEP_PLAIN=1 its devices have WebGPU's default limits and no optional feature.
 */
export const test = base.extend<{ tab: Page }, { firefox: Browser }>({
  firefox: [
    // Playwright reads the names of fixtures from a pattern, which must be there.
    async ({ playwright: _ }, use) => {
      const browser = await launchFirefox();
      console.log(`Firefox ${await versionOf(browser)} (naga), ${await adapterOf(browser)}`);
      await use(browser);
      await browser.close();
    },
    { scope: "worker", timeout: 300_000 }, // Firefox and a driver may have to be installed
  ],
  tab: async ({ firefox }, use) => {
    const context = await firefox.createBrowserContext();
    const tab = await context.newPage();
    await tab.setViewport({ width: 1440, height: 900 });
    if (PLAIN)
      await tab.evaluateOnNewDocument(() => {
        if (!globalThis.GPUAdapter) return; // not a secure page
        const request = GPUAdapter.prototype.requestDevice;
        GPUAdapter.prototype.requestDevice = function () {
          Object.assign(globalThis, { plain: true });
          return request.call(this);
        };
      });
    await use(tab);
    await context.close();
  },
});

/** The built page's address, at the settings of `fragment`. */
export const address = (fragment = ""): string =>
  `${test.info().project.use.baseURL}${fragment ? `#${fragment}` : ""}`;

export const text = (tab: Page, id: string): Promise<string> =>
  tab.$eval(`#${id}`, (element) => element.textContent);
export const share = async (tab: Page, id: string): Promise<number> =>
  Number.parseFloat(await text(tab, id));
/** Polls far more often than Playwright does by itself, which adds up over a journey. */
const WAITING = { ...LONG, intervals: [100] };
/** Waits until the text of #`id` is `expected`, in full if it is a string. */
export const reads = (tab: Page, id: string, expected: string | RegExp) => {
  const poll = expect.poll(() => text(tab, id), { message: `#${id}`, ...WAITING });
  return typeof expected === "string" ? poll.toBe(expected) : poll.toMatch(expected);
};

/** Opens the page and waits for its data. */
export async function open(tab: Page, fragment = ""): Promise<void> {
  await tab.goto("about:blank"); // from one fragment to another would only be a change of settings
  await tab.goto(address(fragment));
  await reads(tab, "dataset", /55,000 images/);
  if (PLAIN) expect(await tab.evaluate("plain")).toBe(true);
}

/** Presses the button that trains, pauses, goes on or trains again, once it offers `action`. */
export async function press(
  tab: Page,
  action: "Train" | "Pause" | "Continue" | "Train again",
): Promise<void> {
  await reads(tab, "train", action);
  await tab.click("#train");
}
/** At the end of a run, which an error ends as well: then with what the page says of it. */
export async function finished(tab: Page): Promise<void> {
  await expect.poll(() => text(tab, "train"), WAITING).not.toBe("Pause");
  expect(await text(tab, "train"), await text(tab, "message")).toBe("Train again");
}
export const epochAbove = (tab: Page, least: number) =>
  expect.poll(() => share(tab, "epoch"), WAITING).toBeGreaterThan(least);
/** Until the page has looked inside the network as it is now and reads drawings. */
export async function looked(tab: Page): Promise<void> {
  await reads(tab, "reader", "Your network reads.");
  await tab.waitForSelector('#inside[aria-busy="false"] #confusion tbody tr:nth-child(10)', LONG);
}

/** All that a finished run shows of its weights. */
export async function outcome(tab: Page): Promise<string[]> {
  await finished(tab);
  await looked(tab);
  return Promise.all(["validation", "test", "confusion"].map((id) => text(tab, id)));
}
