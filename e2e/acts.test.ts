/** The straight-through estimator in three acts: scrolled by, dragged, and trained. */
import { chromium } from "playwright";
import { expect, type Page } from "playwright/test";
import { ensureChromium } from "../src/cli/chromium.ts";
import { finished, open, share, test, text, train } from "./page";
import { LONG } from "./patience";

const says = (page: Page, id: string) => text(page, `${id}-says`);
const z = async (page: Page, id: string) =>
  Number(await page.locator(`#${id}`).getAttribute("aria-valuenow"));
const slope = async (page: Page, id: string) =>
  Number(/slope dy\/dz = (.*)$/.exec((await says(page, id)).trim())?.[1]?.replace("−", "-"));
const drawn = async (page: Page) => {
  await page.goto("./");
  await expect(page.locator("#stair svg")).toBeAttached();
  await expect(page.locator("#idea-reinmax svg")).toBeAttached();
};
const learned = (page: Page) =>
  expect(page.locator("#arms-train")).toHaveText("Let the three learn again", LONG);

test("z goes along the stairs by scrolling alone, until it is taken in hand", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await drawn(page);
  // They stand below the fold: scrolled to, z moves on as they go up.
  await page.locator("#acts").evaluate((section) => section.scrollIntoView({ block: "center" }));
  await expect(page.locator("#stair")).toBeInViewport();
  const [before, y] = [await z(page, "stair"), await says(page, "stair")];
  await page.mouse.wheel(0, 400);
  await expect.poll(() => z(page, "stair")).toBeGreaterThan(before + 0.5);
  expect(await says(page, "stair")).not.toBe(y);
  expect(await slope(page, "stair")).toBe(0);
  expect(await slope(page, "lent")).toBeGreaterThan(0);
  await page.locator("#stair").press("ArrowLeft");
  const taken = await z(page, "stair");
  await page.waitForTimeout(100);
  const other = await z(page, "lent");
  await page.mouse.wheel(0, -300);
  await expect.poll(() => z(page, "lent")).not.toBe(other);
  expect(await z(page, "stair")).toBe(taken);
});

test("nothing moves by itself where motion is reduced", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await drawn(page);
  const before = await z(page, "stair");
  await page.mouse.wheel(0, 500);
  await page.waitForTimeout(500);
  expect(await z(page, "stair")).toBe(before);
});

test("a mouse, a finger and keys drag z; steps move it by the lent slope alone", async ({
  page,
}) => {
  await drawn(page);
  for (const id of ["stair", "lent"]) {
    const place = page.locator(`#${id}`);
    await place.scrollIntoViewIfNeeded();
    const box = (await place.boundingBox()) as { x: number; y: number; width: number };
    const at = (share: number) => [box.x + box.width * share, box.y + 100] as const;
    await page.mouse.move(...at(0.3));
    await page.mouse.down();
    await page.mouse.move(...at(0.2), { steps: 5 });
    expect(await z(page, id)).toBeLessThan(-1);
    await page.mouse.move(...at(0.45), { steps: 5 });
    await page.mouse.up();
    const dragged = await z(page, id);
    expect(Math.abs(dragged)).toBeLessThan(0.5);
    await page.mouse.move(...at(0.9));
    expect(await z(page, id)).toBe(dragged);
    await place.press("End");
    expect([await z(page, id), await place.getAttribute("aria-valuetext")]).toEqual([
      2.5,
      expect.stringContaining("y = 2"),
    ]);
    await place.press("Home");
    await place.press("PageUp");
    await place.press("PageUp");
    await place.press("ArrowRight");
    expect(await z(page, id)).toBe(-1.45);
    expect(await says(page, id)).toContain("y = −1");
    expect((await slope(page, id)) > 0).toBe(id === "lent");
    for (let step = 0; step < 12; step++) await page.locator(`#${id}-learn`).press("Enter");
  }
  expect(await z(page, "stair")).toBe(-1.45);
  await expect(page.locator("#stair-learned")).toContainText("12 steps: y is −1");
  await expect(page.locator("#stair-learned")).toContainText("moved by 0");
  expect(await says(page, "lent")).toContain("y = 2");
  await expect(page.locator("#lent-learned")).toContainText("as wanted");
});

test("one click: zero learns next to nothing, straight-through all but what tanh does", async ({
  page,
}) => {
  await open(page);
  await expect(page.locator("#arms-recorded")).toBeVisible();
  await page.locator("#arms-train").click();
  await expect(page.locator("#arms-recorded")).toBeHidden();
  await expect(page.locator("#arm-tanh")).toContainText("%", LONG);
  await expect(page.locator("#arms-chart polyline.arm")).toHaveCount(3);
  await learned(page);
  // Each curve begins at step 0, where the axis does.
  const curves = page.locator("#arms-chart polyline.arm");
  for (const curve of await curves.all())
    expect(await curve.getAttribute("points")).toMatch(/^46(\.0+)?,/);
  const of = (name: string) => share(page, `arm-${name}`);
  const [zero, through, tanh] = [await of("zero"), await of("straight-through"), await of("tanh")];
  console.log(`zero ${zero} %, straight-through ${through} %, tanh ${tanh} %`);
  expect(zero).toBeLessThanOrEqual(30);
  expect(through).toBeGreaterThanOrEqual(85);
  expect(tanh).toBeGreaterThanOrEqual(93);
  expect(await page.locator("#arms-chart").getAttribute("aria-label")).toContain(
    `zero ${zero.toFixed(1)} %`,
  );
  await expect(page.locator("#arms-says")).toContainText("Done");
  await expect(page.locator("#acts")).toContainText("Why is zero not simply at 10 %");
  // What comes with the page is what a visitor gets.
  await page.locator("#arms-layers").selectOption("1");
  await expect(page.locator("#arms-recorded")).toBeVisible();
  expect(await of("zero")).toBeGreaterThan(40);
});

test("the three and one's own run take turns, and neither changes the other", async ({ page }) => {
  await open(page, "neuron=tanh&units=20&epochs=1");
  await train(page);
  await finished(page);
  const alone = [await text(page, "validation"), await text(page, "test")];
  await page.getByRole("button", { name: "Train again" }).click();
  await page.locator("#arms-train").click();
  await expect(page.locator("#train")).toHaveText("Continue");
  await expect(page.locator("#arms-train")).toHaveText("Pause");
  await expect(page.locator("#arm-zero")).toContainText("%", LONG);
  await page.locator("#train").click();
  await expect(page.locator("#arms-train")).toHaveText("Continue");
  await expect(page.locator("#arms-says")).toContainText("while your own run trains");
  await finished(page);
  expect([await text(page, "validation"), await text(page, "test")]).toEqual(alone);
  await page.locator("#arms-train").click();
  await expect(page.locator("#arms-train")).toHaveText("Pause");
  await page.locator("#arms-stop").click();
  await expect(page.locator("#arms-train")).toHaveText("Let the three learn");
  await expect(page.locator("#arms-stop")).toBeHidden();
  await expect(page.locator("#arms-recorded")).toBeVisible();
  await expect(page.locator("#alarms")).toBeEmpty();
});

test("without a GPU, two acts can be played, and the third was recorded", async ({ baseURL }) => {
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: ["--no-sandbox"],
  });
  try {
    const page = await browser.newPage({ baseURL });
    await drawn(page);
    await page.locator("#lent").press("Home");
    expect(await z(page, "lent")).toBe(-2.5);
    await expect(page.locator("#arms-train")).toBeDisabled();
    await expect(page.locator("#arms-says")).toContainText("needs a GPU");
    await expect(page.locator("#arms-chart polyline.arm")).toHaveCount(3);
    expect(await share(page, "arm-straight-through")).toBeGreaterThan(85);
  } finally {
    await browser.close();
  }
});
