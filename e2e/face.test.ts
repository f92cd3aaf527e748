/** The page's face: one picture of a network, whole on one screen, that a visitor can ask. */
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "playwright/test";
import { epochAbove, finished, looked, open, test, train } from "./page";
import { LONG } from "./patience";

/** Whether all of an element is in view, with the page as it was opened. */
const inView = (page: Page, id: string) =>
  page.locator(`#${id}`).evaluate((node) => {
    const { top, bottom, height } = node.getBoundingClientRect();
    const bar = document.getElementById("bar") as HTMLElement;
    const fixed = getComputedStyle(bar).position === "fixed";
    const end = fixed ? bar.getBoundingClientRect().top : innerHeight;
    return height > 0 && top >= 0 && bottom <= end;
  });

for (const [width, height] of [
  [390, 844],
  [1440, 900],
] as const)
  test(`shows digit, choices and answer on a screen of ${width} × ${height}`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await page.goto("./");
    await expect(page.locator("#read")).toHaveText("a 7");
    for (const id of ["pad", "drawn-code", "classes"])
      expect(await inView(page, id), `${id} with the network that came`).toBe(true);
    await open(page, "neuron=onehot&size=5&units=100&epochs=1");
    await train(page);
    await epochAbove(page, 0);
    await expect(page.locator("#drawn-code span")).toHaveCount(100);
    await page.evaluate(() => scrollTo(0, 0));
    for (const id of ["pad", "drawn-code", "classes"])
      expect(await inView(page, id), `${id} while it trains`).toBe(true);
  });

test("keeps Train in reach on a phone, and folds what is long", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page, "neuron=tanh&epochs=1");
  const length = await page.evaluate(() => document.documentElement.scrollHeight);
  expect(length).toBeLessThan(4200);
  const bottom = page.locator("footer");
  await bottom.scrollIntoViewIfNeeded();
  await train(page);
  await expect(page.locator("#so-far")).toHaveText(/^[\d.]+ % after 0\.\d$/, LONG);
  await expect(page.locator("#cards")).toBeHidden();
  await page.getByRole("heading", { name: "Ask it something" }).click();
  await expect(page.locator("#cards")).toBeVisible();
  // On a desk all is open, and a heading folds nothing.
  await page.setViewportSize({ width: 1440, height: 900 });
  await expect(page.locator("#confusion")).toBeVisible();
  await page.getByText("Ask it something").click({ force: true });
  await expect(page.locator("#cards")).toBeVisible();
});

/** The tallest empty part of the page's eight columns, and how far from its top it begins. */
const hole = (page: Page) =>
  page.evaluate(() => {
    const main = document.querySelector("main") as HTMLElement;
    const { left, top, bottom, width } = main.getBoundingClientRect();
    const shown = [...main.querySelectorAll("*")]
      .filter((node) => node.childElementCount === 0 || node.matches("p, li, td, math, button"))
      .filter((node) => node.checkVisibility({ checkVisibilityCSS: true }))
      .map((node) => node.getBoundingClientRect())
      .filter(({ width, height }) => width > 0 && height > 0)
      .sort((a, b) => a.top - b.top);
    const found = Array.from({ length: 8 }, (_, i) => {
      const [from, to] = [left + (width * i) / 8, left + (width * (i + 1)) / 8];
      let [at, tallest, begins] = [top, 0, 0];
      const see = (next: number) => {
        if (next - at > tallest) [tallest, begins] = [next - at, at - top];
      };
      for (const box of shown.filter((box) => box.right > from && box.left < to)) {
        see(box.top);
        at = Math.max(at, box.bottom);
      }
      see(bottom);
      return { tallest, begins };
    });
    return found.reduce((a, b) => (a.tallest > b.tallest ? a : b));
  });

test("leaves no hole on a desk, whatever is open, and shows a layer once, in whole rows", async ({
  page,
}) => {
  await page.goto("./");
  await expect(page.locator("#read")).toHaveText("a 7");
  await expect(page.locator("#confusion tbody tr")).toHaveCount(10);
  await page.locator("#alphabet").scrollIntoViewIfNeeded(); // It comes when one is near.
  await expect(page.locator("#code-found button")).toHaveCount(12, LONG);
  for (const width of [1440, 1920]) {
    await page.setViewportSize({ width, height: 900 });
    for (const open of [false, true]) {
      for (const id of ["more", "own"])
        await page.locator(`#${id}`).evaluate((more: HTMLDetailsElement, open) => {
          more.open = open;
        }, open);
      const { tallest, begins } = await hole(page);
      const where = `${width} px, settings ${open ? "open" : "closed"}, below ${begins} px`;
      expect(tallest, where).toBeLessThan(300);
    }
  }
  await expect(page.locator(".squares")).toHaveCount(1);
  const rows = await page.locator("#drawn-code span").evaluateAll((squares) => {
    const tops = squares.map((square) => square.getBoundingClientRect().top);
    return [...new Set(tops)].map((top) => tops.filter((other) => other === top).length);
  });
  expect(rows).toEqual([10, 10, 10, 10, 10]);
});

test("shows a neuron's curve, where it stands on it, and what it puts out", async ({ page }) => {
  await open(page, "neuron=staircase&size=5&units=20&epochs=1");
  await train(page);
  await finished(page);
  await looked(page);
  await expect(page.locator("#activation-caption")).toContainText("The neuron’s curve");
  const square = page.locator("#drawn-code span").nth(3);
  await square.click();
  const curve = page.locator("#curve svg");
  await expect(curve).toHaveAttribute("aria-label", /^At z −?[\d.]+ its curve is −?[\d.]+, and it/);
  // The ring of what it puts out lies on the line of that level: of one moment, as the last look
  // may still be on its way.
  const between = () =>
    square.evaluate((square) => {
      const ring = document.querySelector("#curve svg .puts-out");
      const line = [...document.querySelectorAll("#curve svg text")].find(
        ({ textContent }) => textContent === square.textContent,
      );
      return Number(line?.getAttribute("y")) - 4 - Number(ring?.getAttribute("cy"));
    });
  await expect.poll(between).toBeCloseTo(0, 6);
  // Levels are ordered shades, each with a number that can be read.
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).include("#touch").analyze();
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
      colorScheme,
    ).toEqual([]);
  }
});
