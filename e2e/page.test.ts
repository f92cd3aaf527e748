/** The page as a visitor has it: real browser, real MNIST, the built site. */
import { expect, type Page, test } from "playwright/test";

/** What the page asks of WebGPU, counted by wrapping its calls before any script runs. */
interface Counts {
  dispatches: number;
  submits: number;
  writes: number;
  maps: number;
  imageBytes: number;
}

const count = (page: Page) =>
  page.addInitScript(() => {
    const counts: Counts = { dispatches: 0, submits: 0, writes: 0, maps: 0, imageBytes: 0 };
    Object.assign(globalThis, { counts });
    const wrap = <T extends object>(prototype: T, name: keyof T, note: (args: unknown[]) => void) => {
      const original = prototype[name] as (...args: unknown[]) => unknown;
      Object.assign(prototype, {
        [name](this: T, ...args: unknown[]) {
          note(args);
          return original.apply(this, args);
        },
      });
    };
    wrap(GPUComputePassEncoder.prototype, "dispatchWorkgroups", () => counts.dispatches++);
    wrap(GPUQueue.prototype, "submit", () => counts.submits++);
    wrap(GPUQueue.prototype, "writeBuffer", () => counts.writes++);
    wrap(GPUBuffer.prototype, "mapAsync", () => counts.maps++);
    wrap(GPUDevice.prototype, "createBuffer", ([descriptor]) => {
      const { label, size } = descriptor as GPUBufferDescriptor;
      if (label?.includes("images")) counts.imageBytes += size;
    });
  });

const counts = (page: Page) => page.evaluate(() => ({ ...(globalThis as unknown as { counts: Counts }).counts }));
/** The counts as soon as the page shows an epoch of at least `epoch`; reports come in groups, so it may show more. */
const countsFromEpoch = async (page: Page, epoch: number) => {
  await page.waitForFunction((least) => Number(document.querySelector("#epoch")?.textContent) >= least, epoch, { timeout: 120_000 });
  return page.evaluate(() => ({
    ...(globalThis as unknown as { counts: Counts }).counts,
    epoch: Number(document.querySelector("#epoch")?.textContent),
  }));
};
const share = async (page: Page, id: string) => Number.parseFloat((await page.locator(`#${id}`).textContent()) ?? "");

async function start(page: Page, neuron: string, epochs: number): Promise<void> {
  await page.goto("./");
  await expect(page.locator("#adapter")).toContainText("SwiftShader");
  await expect(page.locator("#dataset")).toContainText("55,000 images", { timeout: 60_000 });
  await page.getByLabel("Neuron", { exact: true }).selectOption(neuron);
  await page.getByLabel("Epochs", { exact: true }).fill(String(epochs));
  await page.getByRole("button", { name: "Train" }).click();
}

test("trains tanh, in few dispatches and submits, without writes or reads per step", async ({ page }) => {
  await count(page);
  await start(page, "tanh", 1);
  const before = await countsFromEpoch(page, 0.1);
  const after = await countsFromEpoch(page, 0.7);
  const steps = 1000 * (after.epoch - before.epoch);
  const per = { dispatches: (after.dispatches - before.dispatches) / steps, submits: after.submits - before.submits };
  console.log(`tanh: ${per.dispatches.toFixed(2)} dispatches a step, ${(steps / per.submits).toFixed(0)} steps a submit, ${after.imageBytes} bytes of images`);
  expect(per.dispatches).toBeLessThanOrEqual(5);
  expect(steps / per.submits).toBeGreaterThanOrEqual(190);
  expect(after.writes - before.writes).toBe(0);
  expect(after.maps - before.maps).toBeLessThanOrEqual(9);
  await expect(page.locator("#test")).toContainText("%", { timeout: 60_000 });
  expect(await share(page, "validation")).toBeGreaterThan(94.5);
  expect((await counts(page)).imageBytes).toBeLessThanOrEqual(48e6);
});

test("stops on demand and trains again; at phone and desktop width nothing overflows", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await start(page, "onehot", 2);
  await expect(page.locator("#epoch")).toHaveText(/0\.[2-9]/, { timeout: 90_000 });
  for (const [width, scheme] of [
    [390, "light"],
    [390, "dark"],
    [1440, "light"],
    [1440, "dark"],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: `test-results/page-${width}-${scheme}.png`, fullPage: true });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("button", { name: "Train" })).toBeVisible({ timeout: 60_000 });
  await expect(page.locator("#message")).toBeHidden();
  await page.getByLabel("Neuron", { exact: true }).selectOption("ternary");
  await page.getByRole("button", { name: "Train" }).click();
  await expect(page.locator("#epoch")).not.toHaveText("–", { timeout: 60_000 });
});

test("says what is wrong: bad files, bad settings, no WebGPU", async ({ page, browser }) => {
  await start(page, "tanh", 1);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Use your own data").click();
  await page.locator("#files").setInputFiles({ name: "train-images-idx3-ubyte", mimeType: "", buffer: Buffer.from("x") });
  await expect(page.getByRole("alert")).toContainText("lacks train-labels-idx1-ubyte");
  const without = await browser.newPage();
  await without.addInitScript(() => Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined }));
  await without.goto("./");
  await expect(without.getByRole("alert")).toContainText("this browser offers no WebGPU");
  await expect(without.getByRole("button", { name: "Train" })).toBeDisabled();
});
