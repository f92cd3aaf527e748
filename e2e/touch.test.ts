/** Everything goes by touch: taps and drags of a finger alone, on a phone. */
import { expect, type Page } from "playwright/test";
import { digits } from "./digits.ts";
import { test, text } from "./page";
import { LONG } from "./patience";

test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } });

type Place = readonly [x: number, y: number];

/** Slides a finger along `places`, each with [0, 0] at an element's upper left and 1 wide. */
async function slide(page: Page, selector: string, places: readonly Place[]): Promise<void> {
  const { x, y, width } = (await page.locator(selector).boundingBox()) as {
    [key in "x" | "y" | "width"]: number;
  };
  const client = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove", [right, down]: Place) =>
    client.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: [{ x: x + width * right, y: y + width * down }],
    });
  for (const [at, place] of places.entries())
    await touch(at === 0 ? "touchStart" : "touchMove", place);
  // At rest before it is lifted: the tap after a fling would only stop that.
  await page.waitForTimeout(100);
  await touch("touchMove", places.at(-1) as Place);
  await client.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}

/** Draws a digit in the middle of a pad. */
async function draw(page: Page, selector: string, digit: number): Promise<void> {
  await page.locator(selector).scrollIntoViewIfNeeded();
  for (const line of digits[digit] ?? [])
    await slide(
      page,
      selector,
      line.map(([x, y]) => [0.19 + 0.62 * x, 0.19 + 0.62 * y] as const),
    );
}

/** Whether all of an element is in view, above the bar that stays. */
const uncovered = (page: Page, selector: string) =>
  page.locator(selector).evaluate((node) => {
    const bar = document.getElementById("bar") as HTMLElement;
    const { top, bottom } = node.getBoundingClientRect();
    return top >= 0 && bottom <= bar.getBoundingClientRect().top;
  });

test("one tap from first paint changes what is read; a drawing is read, and cleared", async ({
  page,
}) => {
  await page.goto("./");
  const read = page.locator("#read");
  await expect(read).toHaveText("a 7");
  const bars = await text(page, "classes");
  const pad = (await page.locator("#pad").boundingBox()) as { x: number; y: number };
  await page.touchscreen.tap(pad.x + 80, pad.y + 80);
  await expect(read).toHaveText(/^a [^7]$/);
  expect(await text(page, "classes")).not.toBe(bars);
  await page.locator("#clear").tap();
  await expect(read).toHaveText("nothing yet");
  await draw(page, "#pad", 3);
  await expect(read).toHaveText("a 3");
  expect(await page.evaluate(() => scrollY)).toBe(0); // a finger on the pad draws
  await test.step("a square that is tapped tells of its neuron, in view", async () => {
    const squares = page.locator("#drawn-code span");
    await squares.nth(12).tap();
    await expect(page.locator("#neuron-says")).toHaveText(/^Neuron 12 chooses \d\.$/);
    await expect(squares.nth(12)).toHaveAttribute("aria-selected", "true");
    expect(await page.evaluate(() => scrollY)).toBe(0);
    expect(await uncovered(page, "#neuron-says")).toBe(true);
    // Its chances are those of its choice, which is the likeliest.
    const chances = await page.locator("#chances li").evaluateAll((items) =>
      items.map((item) => ({
        share: Number((item as HTMLElement).style.getPropertyValue("--share")),
        chosen: item.ariaCurrent === "true",
      })),
    );
    expect(chances).toHaveLength(5);
    expect(chances.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    const most = Math.max(...chances.map(({ share }) => share));
    expect(chances.filter(({ chosen }) => chosen).map(({ share }) => share)).toEqual([most]);
    await expect(page.locator("#fields canvas")).toHaveCount(5);
    await page.keyboard.press("ArrowRight");
    await expect(page.locator("#neuron-says")).toHaveText(/^Neuron 13 chooses \d\.$/);
  });

  await page.locator("#sample").tap();
  await expect(page.locator("#uncertain")).toContainText("100 times over it read 3");
  await test.step("a case that is tapped shows its images, a wrong digit is read", async () => {
    await page.locator("#inside summary").tap();
    await expect(page.locator("#activation-caption")).toContainText("makes each choice");
    const first = page.locator("#confusion tbody button").first();
    const times = Number(await first.textContent());
    const caption = page.locator("#mistakes-caption");
    await first.tap();
    await expect(caption).toHaveText("Images of a 0 that it reads right");
    await expect(page.locator("#mistakes button")).toHaveCount(times);
    await first.tap();
    await expect(caption).toHaveText("Digits it gets wrong");
    const wrong = page.locator("#mistakes button").first();
    const guess = /read as (\d)/.exec((await wrong.getAttribute("aria-label")) ?? "")?.[1];
    await wrong.tap();
    await expect(read).toHaveText(`a ${guess}`);
    await expect(page.locator("#pad")).toBeInViewport();
    // By the keyboard too: what has the focus comes out from behind the bar.
    await page.locator("#clear").tap();
    await wrong.evaluate((node) => {
      scrollTo(0, scrollY + node.getBoundingClientRect().top - innerHeight + 40);
      node.focus({ preventScroll: true });
    });
    expect(await uncovered(page, "#mistakes button:first-child")).toBe(false);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Tab");
    await expect(wrong).toBeFocused();
    expect(await uncovered(page, "#mistakes button:first-child")).toBe(true);
    await page.keyboard.press("Enter");
    await expect(read).toHaveText(`a ${guess}`);
    await expect(page.locator("#pad")).toBeInViewport();
  });
});

test("settings, questions, acts, chart, alphabet and training go by taps", async ({ page }) => {
  await page.goto("./#neuron=tanh&units=10&epochs=50");
  await expect(page.locator("#read")).toHaveText("a 7");

  await test.step("a slider of the settings", async () => {
    await page.locator("#more summary").tap();
    const slider = page.getByRole("slider", { name: "Learning rate (slider)" });
    await slider.scrollIntoViewIfNeeded();
    const { x, y, width } = (await slider.boundingBox()) as {
      [key in "x" | "y" | "width"]: number;
    };
    await page.touchscreen.tap(x + 0.99 * width, y + 14);
    await expect(page.locator("#rate")).toHaveValue("10");
    await expect(page).toHaveURL(/rate=10&/);
    await page.locator("#more summary").tap();
  });

  await test.step("the chart's cursor, and buttons as large as a thumb", async () => {
    await page.locator("#chart").scrollIntoViewIfNeeded();
    await slide(page, "#chart .u-over", [[0.5, 0.2]]);
    await expect(page.locator("#values")).toHaveText(/^Epoch [456]\.\d; The network that came/);
    for (const button of await page.locator("#zoom button, #runs button").all())
      expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  });

  await test.step("a question's card", async () => {
    await page.locator("#questions summary").tap();
    await page.getByRole("button", { name: "Do more stairs help?" }).tap();
    await page.getByLabel("No, many do harm").tap();
    await page.getByRole("button", { name: "What came out?" }).tap();
    await expect(page.locator("#verdict")).toHaveText("You were right.");
  });

  await test.step("z along a stair", async () => {
    await page.locator("#acts summary").tap();
    const stair = page.locator("#stair");
    await stair.scrollIntoViewIfNeeded();
    // Up and down, a finger there scrolls the page.
    expect(await stair.evaluate((at) => getComputedStyle(at).touchAction)).toBe("pan-y");
    const z = async () => Number(await stair.getAttribute("aria-valuenow"));
    await slide(page, "#stair", [[0.15, 0.2]]);
    expect(await z()).toBeLessThan(-1.5);
    await slide(page, "#stair", [
      [0.2, 0.2],
      [0.5, 0.2],
      [0.8, 0.2],
    ]);
    expect(await z()).toBeGreaterThan(1);
    await page.locator("#stair-learn").tap();
    await expect(page.locator("#stair-learned")).toContainText("1 step");
  });

  await test.step("the alphabet's letters and pad", async () => {
    await page.locator("#alphabet summary").first().tap();
    const letters = page.locator("#word .letter");
    await expect(letters).toHaveCount(20, LONG);
    await letters.nth(6).tap(); // points
    await letters.nth(6).tap();
    await expect(page.locator("#word-says")).toHaveText("The digit’s word, 1 letter changed");
    await page.locator("#letter-options button").nth(9).tap();
    await expect(letters.nth(6)).toHaveText("j");
    await page.locator("#code-wipe").tap();
    await draw(page, "#code-pad", 0);
    await expect(page.locator("#code-found button").first()).toHaveAccessibleName(/: a 0$/);
  });

  await test.step("Train, which stays in reach, Pause and Reset", async () => {
    const train = page.locator("#train");
    await train.tap();
    await expect(train).toHaveText("Pause");
    await expect(page.locator("#so-far")).toContainText(" % after ", LONG);
    await train.tap();
    await expect(train).toHaveText("Continue");
    await page.locator("#reset").tap();
    await expect(train).toHaveText("Train");
    await expect(page.locator("#alarms")).toBeEmpty();
  });
});
