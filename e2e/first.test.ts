/** The first view as it loads, and while a network trains. Without a GPU: drawing.test.ts. */
import { expect, type Page } from "playwright/test";
import { epochAbove, open, test, text, train } from "./page";
import { LONG } from "./patience";

const first = (page: Page) => page.goto("./#neuron=onehot&size=5&units=100");

test("moves little as it loads", async ({ page }) => {
  await page.addInitScript(() => {
    let moved = 0;
    Object.assign(globalThis, { moved: () => moved });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) moved += (entry as unknown as { value: number }).value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  for (const [width, height] of [
    [390, 844],
    [1440, 900],
    [1920, 1080],
  ] as const) {
    await page.setViewportSize({ width, height });
    await page.goto("about:blank");
    await first(page);
    await expect(page.locator("#dataset")).toContainText("55,000 images", LONG);
    const moved = await page.evaluate("moved()");
    console.log(`layout shift at ${width} px: ${Number(moved).toFixed(3)}`);
    expect(moved).toBeLessThan(0.05);
  }
});

test("is painted before the network that comes with it", async ({ page }) => {
  const paints: number[] = [];
  for (let visit = 0; visit < 3; visit++) {
    await page.goto("about:blank");
    await first(page);
    await expect(page.locator("#read")).toHaveText("a 7");
    const [paint, network] = await page.evaluate(() => {
      const entries = performance.getEntries();
      const begun = (what: RegExp) => entries.find(({ name }) => what.test(name))?.startTime ?? NaN;
      return [begun(/^first-contentful-paint$/), begun(/\.safetensors$/)] as const;
    });
    expect(network).toBeGreaterThan(paint);
    paints.push(paint);
  }
  console.log(`first contentful paint after ${paints.map((ms) => ms.toFixed(0)).join(", ")} ms`);
});

test("changes while a network trains", async ({ page }) => {
  await open(page, "neuron=onehot&size=5&units=100&epochs=1");
  await page.evaluate(() => {
    const read = document.querySelector("#read") as HTMLElement;
    Object.assign(globalThis, { reads: 0 });
    new MutationObserver(() => {
      if (read.ariaBusy === "false") (globalThis as unknown as { reads: number }).reads++;
    }).observe(read, { attributes: true, attributeFilter: ["aria-busy"] });
  });
  const before = await text(page, "drawn-code");
  await train(page);
  await epochAbove(page, 0.2);
  const at = () =>
    page.evaluate(() => [
      performance.now(),
      (globalThis as unknown as { reads: number }).reads,
    ]) as Promise<[number, number]>;
  const [begun, few] = await at();
  await epochAbove(page, 0.6);
  const [ended, many] = await at();
  const rate = (1000 * (many - few)) / (ended - begun);
  console.log(`${rate.toFixed(1)} readings a second while it trains`);
  expect(many).toBeGreaterThan(few + 2); // how often depends on the machine
  expect(await text(page, "drawn-code")).not.toBe(before);
  await expect(page.locator("#reader")).toContainText("while it trains");
});
