/**
 * The page for everyone: accessible in every view (that of a check: check.test.ts), by keyboard
 * alone, on every width; from its own origin, under its policy; and lasting.
 */

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect } from "playwright/test";
import { epochAbove, finished, looked, open, test, text, train } from "./page";
import { LONG } from "./patience";
import { sound } from "./sound";

test("axe finds nothing in any view, light or dark, on phone or desk; nothing overflows", async ({
  page,
  browser,
}) => {
  test.setTimeout(900_000);
  await open(page, "neuron=onehot&size=5&epochs=1");
  // Folded, as a visitor finds it, the page is "without-gpu".
  await page.locator("#more summary").click();
  await page.locator("#own summary").click();
  await sound(page, "settings");
  await train(page);
  await epochAbove(page, 0);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.locator("#train")).toHaveText("Continue", LONG);
  await looked(page);
  await page.getByRole("button", { name: "A test image" }).click();
  await expect(page.locator("#read")).toHaveText(/a \d/);
  await expect(page.locator("#drawn-code span")).toHaveCount(100);
  await sound(page, "paused");
  await page.getByRole("button", { name: "Reset" }).click();
  await expect(page.locator("#train")).toHaveText("Train", LONG);
  await page.getByLabel("Neurons", { exact: true }).fill("10");
  await train(page);
  await finished(page);
  await page.getByLabel("Seed", { exact: true }).fill("2");
  await page.getByRole("button", { name: "Train again" }).click();
  await finished(page);
  await looked(page);
  await page.getByRole("button", { name: "A test image" }).click();
  await expect(page.locator("#read")).toHaveText(/a \d/);
  await page.locator("#runs summary").first().click();
  await page.getByText("Reading the chart").click();
  await page.getByRole("button", { name: "Hide seed 1" }).click();
  await page.getByRole("button", { name: "Zoom in" }).click();
  await page.getByRole("button", { name: "Rename seed 2" }).click();
  await sound(page, "runs");
  await page.goto("./bench.html");
  await expect(page.locator("#adapter")).toContainText("SwiftShader");
  await sound(page, "bench");
  const without = await (await browser.newContext()).newPage();
  await without.addInitScript(() =>
    Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined }),
  );
  await without.goto("./");
  await expect(without.getByRole("alert")).toBeVisible();
  await sound(without, "without-gpu");
});

test("everything goes by keyboard alone", async ({ page }) => {
  // While anyone listens, Playwright takes file choosers over; begun only with the key press, it
  // may come too late.
  page.on("filechooser", () => {});
  const tabTo = async (name: RegExp) => {
    for (let i = 0; i < 80; i++) {
      await page.keyboard.press("Tab");
      const label = await page.evaluate(() => {
        const at = document.activeElement as HTMLInputElement | null;
        return (
          at?.getAttribute("aria-label") ?? at?.labels?.[0]?.textContent ?? at?.textContent ?? ""
        );
      });
      if (name.test(label)) return;
    }
    throw new Error(`Tab never comes to ${name}`);
  };
  await open(page, "epochs=1");
  await tabTo(/^Neuron$/);
  await page.keyboard.type("ternary");
  await expect(page.locator("#neuron")).toHaveValue("ternary");
  await tabTo(/^Train/);
  await page.keyboard.press("Enter");
  await epochAbove(page, 0);
  await page.keyboard.press("Enter");
  await expect(page.locator("#train")).toHaveText("Continue", LONG);
  await page.keyboard.press("Enter");
  await finished(page);
  await looked(page);
  await tabTo(/^Drawing pad/);
  for (let i = 0; i < 14; i++) await page.keyboard.press("Shift+ArrowDown");
  await expect(page.locator("#read")).toHaveText(/a \d/, LONG);
  await tabTo(/100 times/);
  await page.keyboard.press("Enter");
  await expect(page.locator("#uncertain")).toContainText("100 times over", LONG);
  const top = () => page.locator("h1").click();
  await top();
  await tabTo(/Download the network/);
  const downloads = page.waitForEvent("download");
  await page.keyboard.press("Enter");
  const saved = await (await downloads).path();
  await tabTo(/Load a network/);
  const chooser = page.waitForEvent("filechooser");
  await page.keyboard.press("Space");
  await (await chooser).setFiles({
    name: "mine.safetensors",
    mimeType: "",
    buffer: readFileSync(saved),
  });
  await expect(page.locator("#runs tbody tr").last()).toContainText("mine.safetensors", LONG);
  await expect(page.locator("#train")).toHaveText("Train again", LONG);
  await top();
  await tabTo(/All settings/);
  await page.keyboard.press("Enter");
  await tabTo(/^Seed/);
  await page.keyboard.press("ArrowUp");
  await tabTo(/Copy a link/);
  await page.keyboard.press("Enter");
  await expect(page.locator("#linked")).toHaveText("Copied.");
  expect(page.url()).toContain("seed=2");
  await tabTo(/Your own data/);
  await page.keyboard.press("Enter");
  await tabTo(/Four IDX files/);
  const files = page.waitForEvent("filechooser");
  await page.keyboard.press("Space");
  await (await files).setFiles({
    name: "train-images-idx3-ubyte",
    mimeType: "",
    buffer: Buffer.from("x"),
  });
  await expect(page.getByRole("alert")).toContainText("there is no train-labels-idx1-ubyte");
  await top();
  await tabTo(/^Reset/);
  await page.keyboard.press("Enter");
  await expect(page.locator("#train")).toHaveText("Train");
});

test("loads little before the data and the network that comes with it", async ({ page }) => {
  const sizes: Promise<number>[] = [];
  page.on("response", (response) => {
    if (!/\/mnist\/|\.safetensors$|\.bin$/.test(response.url()))
      sizes.push(response.body().then((body) => gzipSync(body).length));
  });
  await page.goto("./");
  await expect(page.getByRole("button", { name: "Train" })).toBeEnabled();
  const interactive = await page.evaluate(() => performance.now());
  // What the first view needs has come; what is fetched later is not counted.
  await expect(page.locator("#stair svg")).toBeAttached();
  await expect(page.locator("#read")).toHaveText("a 7");
  page.removeAllListeners("response");
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  console.log(
    `${(bytes / 1000).toFixed(1)} kB gzipped before the data; Train can be pressed after ` +
      `${(interactive / 1000).toFixed(2)} s`,
  );
  expect(bytes).toBeLessThanOrEqual(150_000);
});

test("asks nothing of another origin, and runs no script or style but its own files'", async ({
  page,
  baseURL,
}) => {
  const foreign: string[] = [];
  page.on("request", (request) => {
    if (
      !request.url().startsWith(new URL(baseURL ?? "").origin) &&
      !/^(blob|data):/.test(request.url())
    )
      foreign.push(request.url());
  });
  await open(page, "neuron=tanh&epochs=1&units=10");
  await train(page);
  await finished(page);
  await looked(page);
  expect(foreign).toEqual([]);
  const tried = await page.evaluate(async () => {
    const violated: string[] = [];
    addEventListener("securitypolicyviolation", (event) => violated.push(event.effectiveDirective));
    const script = document.createElement("script");
    script.textContent = "globalThis.ran = true";
    const style = document.createElement("style");
    style.textContent = "body { color: red }";
    document.body.append(script, style);
    // In a task of its own: what the test's driver evaluates is exempt.
    const evaluated = await new Promise((resolve) =>
      setTimeout(() => {
        try {
          resolve(new Function("return 1")());
        } catch {
          resolve("refused");
        }
      }),
    );
    const elsewhere = await fetch("https://example.com/").then(
      () => "fetched",
      () => "refused",
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    return {
      violated: [...new Set(violated)].sort(),
      ran: "ran" in globalThis,
      evaluated,
      elsewhere,
    };
  });
  expect(tried).toEqual({
    violated: ["connect-src", "script-src", "script-src-elem", "style-src-elem"],
    ran: false,
    evaluated: "refused",
    elsewhere: "refused",
  });
});

test("keeps its memory over 20 runs and resets", async ({ page }) => {
  test.slow();
  await page.addInitScript(() => {
    const alive = { bytes: 0 };
    Object.assign(globalThis, { alive });
    const sizes = new WeakMap<GPUBuffer, number>();
    const create = GPUDevice.prototype.createBuffer;
    GPUDevice.prototype.createBuffer = function (descriptor) {
      const buffer = create.call(this, descriptor);
      sizes.set(buffer, descriptor.size);
      alive.bytes += descriptor.size;
      return buffer;
    };
    const destroy = GPUBuffer.prototype.destroy;
    GPUBuffer.prototype.destroy = function () {
      alive.bytes -= sizes.get(this) ?? 0;
      sizes.delete(this);
      return destroy.call(this);
    };
  });
  await open(page, "neuron=ternary&units=20&epochs=1");
  const client = await page.context().newCDPSession(page);
  const memory = async () => {
    await page.waitForTimeout(1500); // a run ends behind the press that resets it
    await client.send("HeapProfiler.collectGarbage");
    const heap = (await client.send("Runtime.getHeapUsage")).usedSize / 1e6;
    return {
      heap,
      gpu:
        (await page.evaluate(
          () => (globalThis as unknown as { alive: { bytes: number } }).alive.bytes,
        )) / 1e6,
    };
  };
  const cycle = async () => {
    await train(page);
    await epochAbove(page, 0);
    await page.getByRole("button", { name: "Reset" }).click();
    await expect(page.locator("#train")).toHaveText("Train", LONG);
    while ((await page.locator("#runs tbody tr").count()) > 1)
      await page
        .getByRole("button", { name: /^Remove/ })
        .first()
        .click();
  };
  for (let i = 0; i < 3; i++) await cycle();
  const before = await memory();
  for (let i = 0; i < 20; i++) await cycle();
  const after = await memory();
  console.log(
    `memory before and after 20 runs: JavaScript ${before.heap.toFixed(1)} and ` +
      `${after.heap.toFixed(1)} MB, GPU buffers ${before.gpu.toFixed(1)} and ` +
      `${after.gpu.toFixed(1)} MB`,
  );
  expect(after.gpu - before.gpu).toBeLessThan(0.1);
  expect(after.heap - before.heap).toBeLessThan(3);
  expect(await text(page, "validation")).toBe("–");
});
