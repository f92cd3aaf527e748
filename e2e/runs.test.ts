/** Runs on the chart and in their table. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, type Page } from "playwright/test";
import { epochAbove, finished, open, test, text, train } from "./page";
import { LONG } from "./patience";

const SMALL = "neuron=tanh&units=10&epochs=1";
const rows = (page: Page) => page.locator("#runs tbody tr");
const button = (page: Page, act: string, row = 0) =>
  rows(page)
    .nth(row)
    .getByRole("button", { name: new RegExp(`^${act}`) });
const ends = (page: Page) => page.locator("#chart .end");
const values = (page: Page) => page.locator("#chart").getAttribute("aria-valuetext");

/** Trains the form's settings, with another seed. */
async function another(page: Page, seed: number): Promise<void> {
  await page.evaluate(
    ([fragment, seed]) => {
      location.hash = `${fragment}&seed=${seed}`;
    },
    [SMALL, seed] as const,
  );
  await expect(page.locator("#seed")).toHaveValue(String(seed));
  await page.locator("#train").click();
  await expect(page.locator("#train")).toHaveText("Pause");
  await finished(page);
}

test("draws a run from step 0, with its first points, and labels its end", async ({ page }) => {
  await open(page, "neuron=tanh&units=10&epochs=20");
  const seen = page.evaluate(async () => {
    const until = (there: () => boolean) =>
      new Promise<number>((resolve) => {
        const look = () => (there() ? resolve(performance.now()) : requestAnimationFrame(look));
        look();
      });
    const text = (selector: string) => document.querySelector(selector)?.textContent ?? "";
    const epoch = text("#epoch");
    return Promise.all([
      until(() => text("#train") === "Pause"),
      until(() => text("#chart .end").startsWith("1 ·") && text("#epoch") === epoch),
      until(() => text("#epoch") !== epoch),
    ]);
  });
  await train(page);
  const [pressed, first, reported] = await seen;
  console.log(
    `seen ${(first - pressed).toFixed(0)} ms after Train; ` +
      `the first report came after ${(reported - pressed).toFixed(0)} ms`,
  );
  expect(first).toBeLessThan(reported);
  await expect(ends(page)).toHaveText("1 · 10 tanh neurons");
  await page.locator("#chart").focus();
  await page.keyboard.press("Home");
  expect(await values(page)).toMatch(/^Epoch 0\.0; 10 tanh neurons: validation 1?\d\.\d %$/);
  await page.keyboard.press("ArrowRight");
  expect(await values(page)).toMatch(/^Epoch 0\.1; .*validation \d\d\.\d %, training \d\d\.\d %/);
  const speed = page.locator("#numbers div", { has: page.locator("#speed") });
  await expect(speed).toHaveText(/^Steps per second\d/);
  const at = async () => Number.parseFloat(await ends(page).evaluate((end) => end.style.left));
  const [early, epoch] = [await at(), Number(await text(page, "epoch"))];
  await epochAbove(page, epoch + 0.5);
  expect(await at()).toBeGreaterThan(early);
});

test("zooms by buttons, keys and drags, and shows all again", async ({ page }) => {
  await open(page, SMALL);
  await train(page);
  await finished(page);
  const shown = page.locator("#shown");
  const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
  await expect(shown).toBeEmpty();
  await press("Zoom in");
  await expect(shown).toHaveText("Shows epochs 0.3 to 0.8 of 1");
  await press("Later epochs");
  await expect(shown).toHaveText("Shows epochs 0.4 to 0.9 of 1");
  await press("Earlier epochs");
  await press("Zoom out");
  await expect(shown).toBeEmpty();
  const chart = page.locator("#chart");
  await chart.focus();
  await page.keyboard.press("End");
  await page.keyboard.press("+");
  await expect(shown).toHaveText("Shows epochs 0.5 to 1.0 of 1"); // where the cursor is
  await page.keyboard.press("Home");
  await expect(shown).toHaveText("Shows epochs 0.0 to 0.5 of 1"); // which is kept in view
  await page.keyboard.press("PageDown");
  await expect(shown).toHaveText("Shows epochs 0.1 to 0.6 of 1");
  await page.keyboard.press("0");
  await expect(shown).toBeEmpty();
  const over = (await chart.locator(".u-over").boundingBox()) as {
    [key in "x" | "y" | "width" | "height"]: number;
  };
  const at = (share: number) => [over.x + share * over.width, over.y + over.height / 2] as const;
  await page.mouse.move(...at(0.8));
  await page.mouse.down();
  await page.mouse.move(...at(0.6), { steps: 4 });
  await page.mouse.move(...at(0.4), { steps: 4 });
  await page.mouse.up();
  await expect(shown).toHaveText("Shows epochs 0.4 to 0.8 of 1");
  await expect(ends(page)).toHaveCount(1);
  await page.mouse.dblclick(...at(0.5));
  await expect(shown).toBeEmpty();
});

test("shows one run alone, hides, renames and removes", async ({ page }) => {
  await open(page, SMALL);
  await train(page);
  await finished(page);
  await another(page, 2);
  await another(page, 2);
  const names = () => rows(page).locator(".name").allTextContents();
  expect(await names()).toEqual(["seed 1", "seed 2, run 2", "seed 2, run 3"]);
  await expect(page.locator("#runs caption")).toHaveText("All: 10 tanh neurons");
  await expect(ends(page)).toHaveCount(3);
  const places = await ends(page).evaluateAll((all) =>
    all.map((end) => Number.parseFloat((end as HTMLElement).style.top)).sort((a, b) => a - b),
  );
  expect((places[1] ?? 0) - (places[0] ?? 0)).toBeGreaterThan(14); // apart, though lines meet
  await button(page, "Solo", 1).click();
  await expect(ends(page)).toHaveText("2 · seed 2, run 2");
  await button(page, "Solo", 1).click();
  await expect(ends(page)).toHaveCount(3);
  await button(page, "Hide", 0).press("Enter");
  await expect(ends(page)).toHaveCount(2);
  await expect(button(page, "Hide", 0)).toHaveAttribute("aria-pressed", "true");
  await expect(page.locator("#chart")).not.toHaveAttribute("aria-label", /seed 1/);
  await button(page, "Hide", 0).press("Enter");
  await button(page, "Rename", 1).press("Enter");
  await expect(page.getByRole("textbox", { name: "New name of seed 2, run 2" })).toBeFocused();
  await page.keyboard.type("my best");
  await page.keyboard.press("Enter");
  await expect(button(page, "Rename", 1)).toBeFocused();
  expect(await names()).toEqual(["seed 1", "my best", "seed 2"]);
  await expect(ends(page).filter({ hasText: "my best" })).toHaveCount(1);
  await button(page, "Rename", 1).press("Enter");
  await page.keyboard.type("another");
  await page.keyboard.press("Escape");
  expect(await names()).toEqual(["seed 1", "my best", "seed 2"]);
  await button(page, "Remove", 0).press("Enter");
  expect(await names()).toEqual(["my best", "10 tanh neurons"]);
  await expect(button(page, "Remove", 0)).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(rows(page)).toHaveCount(0);
  await expect(page.locator("#chart")).toBeFocused();
  await expect(page.locator("#csv")).toBeDisabled();
});

test("trains a run again with 8 seeds, whose band is theirs", async ({ page }) => {
  await open(page, `${SMALL.replace("epochs=1", "epochs=2")}&rate=0.3&seed=5`);
  await train(page);
  await epochAbove(page, 0);
  // What is refused says why; Playwright would wait until it is not.
  await button(page, "Again with 8 seeds").press("Enter");
  await expect(page.locator("#notices")).toContainText("A run is under way");
  await button(page, "Remove").press("Enter");
  await expect(page.locator("#notices")).toContainText("Reset ends it");
  await expect(rows(page)).toHaveCount(1);
  await finished(page);
  await button(page, "Again with 8 seeds").click();
  await expect(page.locator("#train")).toHaveText("Pause");
  await expect(button(page, "Again with 8 seeds")).toBeFocused();
  await finished(page);
  const row = rows(page).nth(1);
  await expect(row.locator(".name")).toHaveText("8 networks, seeds 1 to 8");
  await expect(row.locator("summary")).toHaveText("Seeds 1 to 8 · weights of each");
  await row.locator("summary").click();
  const members = await row.locator("li").allTextContents();
  expect(members.map((member) => Number(/^Seed (\d)/.exec(member)?.[1]))).toEqual(
    Array.from({ length: 8 }, (_, i) => i + 1),
  );
  const shares = members.map((member) => Number(/validation ([\d.]+) %/.exec(member)?.[1]));
  const [low, high] = [Math.min(...shares), Math.max(...shares)];
  expect(high).toBeGreaterThan(low);
  const mean = shares.reduce((sum, x) => sum + x, 0) / 8;
  await expect(row.locator(".validation")).toHaveText(
    `${mean.toFixed(1)} % (${low.toFixed(1)} to ${high.toFixed(1)})`,
  );
  const downloads = page.waitForEvent("download");
  await page.getByRole("button", { name: "Curves as CSV" }).click();
  const csv = readFileSync(await (await downloads).path(), "utf8")
    .trim()
    .split("\n");
  const [, , , , least, most] = (csv.at(-1)?.split(/,(?=[^ ])/) ?? []).map(Number);
  expect([least?.toFixed(2), most?.toFixed(2)]).toEqual([low.toFixed(2), high.toFixed(2)]);
});

test("draws the article's value where the settings are its own", async ({ page }) => {
  await open(page, "neuron=onehot&size=5&units=100&epochs=2");
  await train(page);
  await expect(page.locator("#chart .article")).toHaveText("The article: 97.94 %", LONG);
  await expect(rows(page)).toContainText("The article: 97.94 % after 20 epochs");
  await expect(page.locator("#chart")).toHaveAttribute("aria-label", /The article: 97.94 %/);
  await page.getByRole("button", { name: "Reset" }).click();
  await expect(page.locator("#chart .article")).toHaveCount(0);
  await page.evaluate((fragment) => {
    location.hash = fragment;
  }, SMALL);
  await train(page);
  await expect(ends(page)).toHaveCount(1, LONG);
  await expect(page.locator("#chart .article")).toHaveCount(0);
});

test("shows the hash of a run's weights, which is that of its file", async ({ page }) => {
  await open(page, SMALL);
  await train(page);
  await finished(page);
  const summary = rows(page).locator("summary");
  await expect(summary).toHaveText(/^Seed 1 · weights [0-9a-f]{8}$/);
  await summary.click();
  const hash = /weights ([0-9a-f]{64})$/.exec((await rows(page).locator("li").textContent()) ?? "");
  const downloads = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download the network" }).click();
  const bytes = readFileSync(await (await downloads).path());
  const tensors = bytes.subarray(8 + Number(bytes.readBigUInt64LE())); // behind the header
  expect(hash?.[1]).toBe(createHash("sha256").update(tensors).digest("hex"));
  await page.locator("#load").setInputFiles({
    ...{ name: "again.safetensors", mimeType: "", buffer: bytes },
  });
  await expect(rows(page)).toHaveCount(2);
  await expect(rows(page).nth(1).locator("summary")).toHaveText(
    (await summary.first().textContent()) ?? "",
    LONG,
  );
  await another(page, 2);
  await expect(rows(page).nth(2).locator("summary")).not.toContainText(
    hash?.[1]?.slice(0, 8) ?? "",
  );
});

test("keeps the keyboard where it is while reports come", async ({ page }) => {
  await open(page, "neuron=tanh&units=10&epochs=20");
  await train(page);
  await epochAbove(page, 0);
  for (const act of ["Hide", "Rename"]) {
    await button(page, act).focus();
    if (act === "Rename") {
      await page.keyboard.press("Enter");
      await page.keyboard.type("half a na");
    }
    await page.evaluate(() => Object.assign(globalThis, { focused: document.activeElement }));
    const epoch = Number(await text(page, "epoch"));
    await epochAbove(page, epoch + 0.5);
    expect(
      await page.evaluate(
        () => document.activeElement === (globalThis as unknown as { focused: Element }).focused,
      ),
      act,
    ).toBe(true);
  }
  await page.keyboard.type("me");
  await page.keyboard.press("Enter");
  await expect(rows(page).locator(".name")).toHaveText("half a name");
});
