/** What the journeys share: opening the built page and waiting for what it says. */
import { test as base, expect, type Page } from "playwright/test";
import { LONG } from "./patience";

const PLAIN = process.env.STAIRSTEP_PLAIN === "1";

/**
 * With STAIRSTEP_PLAIN=1, every device of a journey has WebGPU's default limits and no optional
 * feature.
 */
export const test = base.extend({
  context: async ({ context }, use) => {
    if (PLAIN)
      await context.addInitScript(() => {
        if (!globalThis.GPUAdapter) return; // not a secure page
        const request = GPUAdapter.prototype.requestDevice;
        GPUAdapter.prototype.requestDevice = function () {
          Object.assign(globalThis, { plain: true });
          return request.call(this);
        };
      });
    await use(context);
  },
});

export const text = async (page: Page, id: string): Promise<string> =>
  (await page.locator(`#${id}`).textContent()) ?? "";
export const share = async (page: Page, id: string): Promise<number> =>
  Number.parseFloat(await text(page, id));

/** Opens the page, at the settings of `fragment`, and waits for its data. */
export async function open(page: Page, fragment = ""): Promise<void> {
  await page.goto(`./${fragment ? `#${fragment}` : ""}`);
  await expect(page.locator("#adapter")).toContainText("SwiftShader");
  await expect(page.locator("#dataset")).toContainText("55,000 images", LONG);
  if (PLAIN) expect(await page.evaluate("plain")).toBe(true);
}

export const train = (page: Page) =>
  page.getByRole("button", { name: "Train", exact: true }).click();
/** At the end of a run: what the button offers then. */
export const finished = (page: Page) =>
  expect(page.locator("#train")).toHaveText("Train again", LONG);
export const epochAbove = (page: Page, least: number) =>
  page.waitForFunction(
    (least) => Number(document.querySelector("#epoch")?.textContent) > least,
    least,
    LONG,
  );
/** Until the page has looked inside the network as it is now and reads drawings. */
export const looked = async (page: Page): Promise<void> => {
  // The network that came with the page was looked into before.
  await expect(page.locator("#reader")).toHaveText("Your network reads.", LONG);
  await expect(page.locator("#inside")).toHaveAttribute("aria-busy", "false", LONG);
  await expect(page.locator("#confusion tbody tr")).toHaveCount(10, LONG);
};

/** Counts the page's long tasks from here on. */
export const watchTasks = (page: Page) =>
  page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(globalThis, { tasks });
    new PerformanceObserver((list) =>
      tasks.push(...list.getEntries().map(({ duration }) => duration)),
    ).observe({ type: "longtask" });
  });
export const longestTask = (page: Page) =>
  page.evaluate(() => Math.max(0, ...(globalThis as unknown as { tasks: number[] }).tasks));
/** Tasks of over 50 ms. */
export const longTasks = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { tasks: number[] }).tasks.length);
