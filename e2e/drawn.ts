/** Digits drawn with the mouse, wherever and however large. */
import { expect, type Page } from "playwright/test";
import { digits } from "./digits.ts";
import { text } from "./page";
import { LONG } from "./patience";

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
export async function drawn(page: Page, digit: number, place: string): Promise<string> {
  const [size, right, down] = PLACES[place] as readonly [number, number, number];
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(page.locator("#read")).toHaveText("nothing yet");
  await page.locator("#pad").scrollIntoViewIfNeeded();
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
  await expect(page.locator("#read")).toHaveAttribute("aria-busy", "false", LONG);
  return text(page, "read");
}

/** Draws ten digits in six places, and counts those that are read right. */
export async function readRight(page: Page, name: string): Promise<number> {
  let right = 0;
  for (const place of Object.keys(PLACES)) {
    const wrong: string[] = [];
    for (const digit of digits.keys()) {
      const read = await drawn(page, digit, place);
      if (read === `a ${digit}`) right++;
      else wrong.push(`${digit} as ${read}`);
      if (digit === 4) await page.screenshot({ path: `test-results/drawn-${name}-${place}.png` });
    }
    console.log(`${name}, ${place}: ${10 - wrong.length} of 10 right ${wrong.join(", ")}`);
  }
  console.log(`${name}: ${right} of 60 right`);
  return right;
}
