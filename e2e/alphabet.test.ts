/** Words that a network invents: read, changed, searched, drawn, thrown, and learned. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright";
import { expect, type Page } from "playwright/test";
import { ensureChromium } from "../src/cli/chromium.ts";
import { readTensors, writeTensors } from "../src/model/safetensors.ts";
import { madeUpFolder } from "../tools/made-up.ts";
import { digits } from "./digits.ts";
import { open, test, text } from "./page";
import { LONG } from "./patience";

const letters = (page: Page) => page.locator("#word .letter");
const word = (page: Page) => text(page, "word");
const found = (page: Page) => page.locator("#code-found button");
/** A picture's dots, to see whether it changes. */
const picture = (page: Page, id: string) =>
  page
    .locator(`#${id}`)
    .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL().replace(/^.*,/, ""));

/** Scrolls to the alphabet, which comes when one is near. */
async function near(page: Page): Promise<void> {
  await page.locator("#alphabet").scrollIntoViewIfNeeded();
  await expect(found(page)).toHaveCount(12, LONG);
}

const openFile = (page: Page, bytes: Uint8Array) =>
  page.locator("#load").setInputFiles({
    ...{ name: "code.safetensors", mimeType: "application/octet-stream" },
    buffer: Buffer.from(bytes),
  });

/** A saved model with some of what it says of itself replaced. */
function altered(saved: Uint8Array, change: { members?: object[] } & Record<string, unknown>) {
  const { metadata, tensors } = readTensors(Uint8Array.from(saved), (what) => {
    throw new Error(what);
  });
  const model = JSON.parse(metadata.model ?? "");
  const members = (change.members ?? []).map((own, i) => ({ ...model.members[i], ...own }));
  const own = { ...model, ...change, ...(change.members ? { members } : {}) };
  return writeTensors({ metadata: { ...metadata, model: JSON.stringify(own) }, tensors });
}

/** Draws a digit on the alphabet's pad with the mouse. */
async function draw(page: Page, digit: number): Promise<void> {
  await page.locator("#code-pad").scrollIntoViewIfNeeded();
  const box = (await page.locator("#code-pad").boundingBox()) as {
    x: number;
    y: number;
    width: number;
  };
  for (const line of digits[digit] ?? []) {
    const points = line.map(
      ([x, y]) =>
        [box.x + box.width * (0.25 + 0.5 * x), box.y + box.width * (0.2 + 0.6 * y)] as const,
    );
    await page.mouse.move(...(points[0] as [number, number]));
    await page.mouse.down();
    for (const point of points.slice(1)) await page.mouse.move(...point);
    await page.mouse.up();
  }
}

test("without a GPU: reads, changes, searches, draws and throws words", async ({ baseURL }) => {
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: ["--no-sandbox"],
  });
  try {
    const page = await browser.newPage({ baseURL, viewport: { width: 1440, height: 900 } });
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto("./");
    await expect(page.locator("#read")).toHaveText("a 7");
    // It comes when a visitor comes near it.
    expect(asked.filter((address) => /code-/.test(address))).toEqual([]);
    await near(page);
    await expect(letters(page)).toHaveCount(20);
    await expect(page.locator("#word-says")).toHaveText("The digit’s word");
    await expect(found(page).first()).toHaveAccessibleName("20 of 20 letters: a 7");
    await expect(page.locator("#found-says")).toContainText("500 test digits searched in");
    await expect(page.locator("#code-train")).toBeDisabled();
    await expect(page.locator("#code-says")).toContainText("takes a GPU");

    await test.step("a letter pointed at shows what it draws", async () => {
      const drawn = await picture(page, "code-drawn");
      await letters(page).nth(4).hover();
      await expect(page.locator("#letter-says")).toContainText("Letter 5 is");
      const effect = await picture(page, "letter-draws");
      await letters(page).nth(5).hover();
      await expect(page.locator("#letter-says")).toContainText("Letter 6 is");
      expect(await picture(page, "letter-draws")).not.toBe(effect);
      await expect(page.locator("#letter-dots")).toHaveText(
        /^It adds [\d.]+ dots of ink, and keeps [\d.]+ away\.$/,
      );
      expect(await picture(page, "code-drawn")).toBe(drawn);
    });

    await test.step("pressed it changes, by mouse and keys, and with it the picture", async () => {
      const [own, drawn] = [await word(page), await picture(page, "code-drawn")];
      await letters(page).first().click();
      await expect(page.locator("#word-says")).toHaveText("The digit’s word, 1 letter changed");
      expect(await picture(page, "code-drawn")).not.toBe(drawn);
      await letters(page).first().focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowDown");
      await expect(letters(page).nth(11)).toBeFocused();
      const symbol = await letters(page).nth(11).textContent();
      await page.keyboard.press(symbol === "d" ? "e" : "d");
      await expect(letters(page).nth(11)).toHaveText(symbol === "d" ? "e" : "d");
      await page.keyboard.press("Enter");
      await expect(letters(page).nth(11)).toHaveText(symbol === "d" ? "f" : "e");
      await expect(page.locator("#word-says")).toHaveText(/1 letter|2 letters/);
      const options = page.locator("#letter-options button");
      await options.nth(9).click();
      await expect(letters(page).nth(11)).toHaveText("j");
      await expect(options.nth(9)).toHaveAttribute("aria-pressed", "true");
      await page.locator("#word-own").click();
      expect([await word(page), await picture(page, "code-drawn")]).toEqual([own, drawn]);
    });

    await test.step("digits are found by the letters ticked", async () => {
      await page.locator("#word .tick-box").nth(2).click();
      await page.locator("#word .tick-box").nth(3).focus();
      await page.keyboard.press("Space");
      await expect(page.locator("#found-says")).toContainText("all 2 letters");
      await expect(page.locator("#found-title")).toHaveText("Digits that share the ticked letters");
      await expect(found(page).first()).toHaveAccessibleName(/^2 of 2 letters/);
      const shared = (await found(page).allTextContents()).map(Number.parseFloat);
      expect(shared).toEqual(shared.toSorted((a, b) => b - a));
      await page.locator("#word-all").click();
      await expect(found(page).first()).toHaveAccessibleName(/^20 of 20 letters/);
      // One that is pressed is read.
      const name = (await found(page).nth(3).getAttribute("aria-label")) ?? "";
      const before = await word(page);
      await found(page).nth(3).click();
      await expect.poll(() => word(page)).not.toBe(before);
      await expect(found(page).first()).toHaveAccessibleName(
        `20 of 20 letters:${name.split(":")[1]}`,
      );
    });

    await test.step("a drawing has a word, and so has chance", async () => {
      await page.locator("#code-wipe").click();
      await expect(page.locator("#word-says")).toHaveText("A word without a digit");
      await draw(page, 0);
      await expect(found(page).first()).toHaveAccessibleName(/: a 0$/);
      const drawing = await word(page);
      await page.locator("#code-chance").click();
      await expect(page.locator("#word-says")).toHaveText("A word without a digit");
      const [thrown, drawn] = [await word(page), await picture(page, "code-drawn")];
      expect(thrown).not.toBe(drawing);
      await page.locator("#code-chance").click();
      expect(await word(page)).not.toBe(thrown);
      expect(await picture(page, "code-drawn")).not.toBe(drawn);
    });
  } finally {
    await browser.close();
  }
});

test("learns a code while one watches, and searches all 60,000 digits by it", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await open(page);
  await near(page);

  await test.step("the page’s own code searches all of them", async () => {
    await page.locator("#code-widen").click();
    await expect(page.locator("#found-says")).toContainText("60,000 training digits", LONG);
    // Labels, pictures and words are of the same images.
    const names = await found(page).evaluateAll((all) => all.map(({ ariaLabel }) => ariaLabel));
    expect(names.filter((name) => name?.endsWith(": a 7")).length).toBeGreaterThan(6);
    const last = names.at(-1)?.split(":")[1];
    await found(page).last().click();
    await expect(found(page).first()).toHaveAccessibleName(`20 of 20 letters:${last}`);
  });

  await page.locator("#code-settings summary").click();
  await page.locator("#code-neurons").fill("100");
  await page.locator("#code-train").click();
  await expect(page.locator("#code-says")).toHaveText(
    "Letters in a word must be a whole number from 1 to 60, not 100",
  );
  for (const [id, value] of [
    ["neurons", "10"],
    ["choices", "4"],
    ["units", "50"],
    ["rate", "0.003"],
    ["epochs", "0.6"],
  ])
    await page.locator(`#code-${id}`).fill(value ?? "");
  await page.locator("#code-train").click();
  await expect(page.locator("#code-train")).toHaveText("Pause");
  await expect(letters(page)).toHaveCount(10, LONG);
  await page.evaluate(() => {
    Object.assign(globalThis, { changes: 0 });
    const drawn = document.querySelector("#code-drawn") as HTMLCanvasElement;
    let last = drawn.toDataURL();
    setInterval(() => {
      const next = drawn.toDataURL();
      if (next !== last) (globalThis as unknown as { changes: number }).changes++;
      last = next;
    }, 25);
  });
  await expect(page.locator("#code-loss")).toHaveText(/^\d+\.\d$/, LONG);
  const [begun, early] = [Date.now(), Number(await text(page, "code-loss"))];
  await expect(page.locator("#code-train")).toHaveText("Invent another alphabet", LONG);
  const changes = (await page.evaluate("changes")) as number;
  const seconds = (Date.now() - begun) / 1000;
  console.log(`${(changes / seconds).toFixed(1)} pictures a second while a code is learned`);
  expect(changes).toBeGreaterThan(2); // how often depends on the machine
  expect(Number(await text(page, "code-loss"))).toBeLessThan(early);
  expect(Number(await text(page, "code-kl"))).toBeGreaterThan(0);
  expect(await text(page, "code-unused")).toMatch(/^\d+ of 40$/);
  await expect(page.locator("#code-choice")).toHaveValue("own");

  await test.step("all that the page’s code does", async () => {
    await expect(found(page).first()).toHaveAccessibleName(/^\d+ of 10 letters/);
    const drawn = await picture(page, "code-drawn");
    await letters(page).nth(3).click();
    await letters(page).nth(7).click();
    expect(await picture(page, "code-drawn")).not.toBe(drawn);
    await expect(page.locator("#letter-options button")).toHaveCount(4);
    await page.locator("#code-chance").click();
    await expect(page.locator("#word-says")).toHaveText("A word without a digit");
    await page.locator("#code-other").click();
    await expect(page.locator("#word-says")).toHaveText("The digit’s word");
  });

  await test.step("60,000 digits are searched within 100 ms", async () => {
    await page.locator("#code-widen").click();
    await expect(page.locator("#found-says")).toContainText("words read in", LONG);
    const says = await text(page, "found-says");
    console.log(says);
    const longest: number[] = [];
    for (const at of [0, 1, 2]) {
      await page.locator("#word .tick-box").nth(at).click();
      const which = at === 0 ? "this letter" : `all ${at + 1} letters`;
      await expect(page.locator("#found-says")).toContainText(which);
      const said = await text(page, "found-says");
      expect(said).toMatch(/^60,000 training digits searched in/);
      longest.push(Number(/([\d.]+) ms/.exec(said)?.[1]));
      const shared = (await found(page).allTextContents()).map(Number.parseFloat);
      expect(shared).toEqual(shared.toSorted((a, b) => b - a));
    }
    expect(Math.max(...longest)).toBeLessThan(100);
    await expect(found(page)).toHaveCount(12);
  });

  const downloads = page.waitForEvent("download");
  await page.locator("#code-keep").click();
  const saved = readFileSync(await (await downloads).path());
  const header = JSON.parse(saved.toString("utf8", 8, 8 + Number(saved.readBigUInt64LE())));
  expect(JSON.parse(header.__metadata__.model)).toMatchObject({
    ...{ task: "reconstruct", step: 600, inputs: 784, outputs: 784 },
    hidden: [{ neuron: "tanh", units: 50 }, { units: 10, size: 4 }, { neuron: "tanh" }],
  });
  // Back to the page's own, whose words have 20 letters.
  await page.locator("#code-choice").selectOption("shipped");
  await expect(letters(page)).toHaveCount(20);
  await expect(page.locator("#alarms")).toBeEmpty();

  await test.step("is opened again from its file, and says what it cannot show", async () => {
    await page.locator("#code-choice").selectOption("own");
    const [digit, itsWord] = [await picture(page, "code-seen"), await word(page)];
    await page.setViewportSize({ width: 390, height: 844 }); // where the section begins folded
    await page.reload();
    await openFile(page, saved);
    await expect(page.locator("#code-pad")).toBeInViewport();
    await expect(page.locator("#code-says")).toHaveText(
      "Opened code.safetensors, trained on MNIST.",
    );
    await expect(page.locator("#code-choice")).toHaveValue("own");
    await expect(page.locator("#code-epoch")).toHaveText("0.6");
    await expect(page.locator("#code-keep")).toBeVisible();
    const same = async () => (await picture(page, "code-seen")) === digit;
    while (!(await same())) await page.locator("#code-other").click();
    expect(await word(page)).toBe(itsWord);

    // Of the slope that annealing has come to: the same weights spell another word.
    await openFile(
      page,
      altered(saved, { stepsPerEpoch: 100, epochs: 6, members: [{ anneal: 0.5 }] }),
    );
    await expect(page.locator("#code-epoch")).toHaveText("6.0");
    while (!(await same())) await page.locator("#code-other").click();
    expect(await word(page)).not.toBe(itsWord);

    await openFile(page, altered(saved, { loss: "mse" }));
    await expect(page.locator("#alarms")).toContainText("this network has u8 and mse");
    await expect(letters(page)).toHaveCount(10);
  });
});

test("pauses for others, and others for it", async ({ page }) => {
  await open(page, "neuron=tanh&units=20&epochs=1");
  await near(page);
  await page.locator("#code-settings summary").click();
  await page.locator("#code-units").fill("20");
  await page.locator("#code-train").click();
  await expect(page.locator("#found-says")).toContainText("Words still change", LONG);
  await page.locator("#train").click();
  await expect(page.locator("#code-train")).toHaveText("Continue");
  await expect(page.locator("#code-says")).toContainText("Paused while something else trains");
  // Its words stay by now: they are searched.
  await expect(found(page)).toHaveCount(12, LONG);
  await page.locator("#code-train").click();
  await expect(page.locator("#train")).toHaveText("Continue");
  await expect(page.locator("#code-train")).toHaveText("Pause");
  await page.locator("#code-stop").click();
  await expect(page.locator("#code-train")).toHaveText("Invent an alphabet");
  await expect(letters(page)).toHaveCount(20);
  await expect(found(page).first()).toHaveAccessibleName(/^20 of 20 letters/);
  await expect(page.locator("#alarms")).toBeEmpty();
});

test("invents an alphabet for a person's own images, of another size", async ({ page }) => {
  const errors: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  await open(page);
  await near(page);
  const folder = mkdtempSync(join(tmpdir(), "stairstep-alphabet-"));
  try {
    const path = madeUpFolder(join(folder, "own"), 4, 32);
    const paths = readdirSync(path).map((name) => join(path, name));
    await page.locator("#files").setInputFiles(paths);
    await expect(page.locator("#dataset")).toContainText("your data");
  } finally {
    rmSync(folder, { recursive: true });
  }
  await page.locator("#code-widen").click();
  await expect(page.locator("#found-says")).toContainText(
    "This code is of 784 u8 values an image, and the data has 1024 u8",
  );
  await page.locator("#code-settings summary").click();
  for (const [id, value] of [
    ["neurons", "6"],
    ["units", "10"],
    ["epochs", "0.2"],
  ])
    await page.locator(`#code-${id}`).fill(value ?? "");
  await page.locator("#code-train").click();
  await expect(page.locator("#code-train")).toHaveText("Invent another alphabet", LONG);
  await expect(letters(page)).toHaveCount(6);
  await expect(found(page)).not.toHaveCount(0);
  expect(await page.locator("#code-drawn").getAttribute("width")).toBe("32");
  await page.locator("#code-widen").click();
  await expect(page.locator("#found-says")).toContainText("training digits searched");
  await page.locator("#code-choice").selectOption("shipped");
  await expect(letters(page)).toHaveCount(20);
  await expect(found(page).first()).toHaveAccessibleName(/^20 of 20 letters/);
  expect(await page.locator("#code-drawn").getAttribute("width")).toBe("28");
  expect(errors).toEqual([]);
});

test("axe finds nothing on phone or desk; a finger points, then changes", async ({
  browser,
  baseURL,
}) => {
  const context = await browser.newContext({
    ...{ baseURL, hasTouch: true, viewport: { width: 390, height: 844 } },
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  await page.goto("./");
  await page.locator("#alphabet summary").first().tap(); // folded on a phone
  await near(page);
  await letters(page).nth(6).tap();
  await expect(page.locator("#letter-says")).toContainText("Letter 7 is");
  await expect(page.locator("#word-says")).toHaveText("The digit’s word");
  await letters(page).nth(6).tap();
  await expect(page.locator("#word-says")).toHaveText("The digit’s word, 1 letter changed");
  await page.locator("#word .tick-box").nth(6).tap();
  await expect(page.locator("#found-says")).toContainText("this letter");
  await page.locator("#code-settings summary").tap();
  for (const width of [320, 390, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth),
      `${width} px`,
    ).toBeLessThanOrEqual(width);
    if (width === 320) continue;
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page }).include("#alphabet").analyze();
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
        `${width} px, ${colorScheme}`,
      ).toEqual([]);
      await page
        .locator("#alphabet")
        .screenshot({ path: `test-results/alphabet-${width}-${colorScheme}.png` });
    }
  }
  await context.close();
});
