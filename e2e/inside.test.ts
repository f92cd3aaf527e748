/** What is inside a network can be touched, chosen and seen whole. */
import { expect, type Page } from "playwright/test";
import { finished, looked, open, test, text, train } from "./page";
import { LONG } from "./patience";

const trained = async (page: Page, fragment: string) => {
  await page.goto("about:blank"); // or another fragment would only be a change of settings
  await open(page, fragment);
  await train(page);
  await finished(page);
  await looked(page);
};

test("lets one choose among networks and layers", async ({ page }) => {
  await trained(page, "neuron=ternary&units=20&layers=2&members=2&epochs=1");
  await expect(page.locator("#network option")).toHaveText(["1, seed 1", "2, seed 2"]);
  await expect(page.locator("#layer option")).toHaveText(["1 of 2", "2 of 2"]);
  const before = await text(page, "confusion");
  await page.locator("#network").selectOption("2, seed 2");
  await expect(page.locator("#confusion")).not.toHaveText(before, LONG);
  await looked(page);
  await expect(page.locator("#speaks")).toContainText("ink here raises its z, lowers it");
  const first = page.locator("#confusion tbody button").first();
  const times = Number(await first.textContent());
  await first.click();
  await expect(page.locator("#mistakes-caption")).toHaveText(
    `Images of a 0 that it reads right, the first 24 of ${times}`,
  );
  await expect(page.locator("#mistakes button")).toHaveCount(24);
  await page.locator("#layer").selectOption("2 of 2");
  await expect(page.locator("#fields")).toHaveText(/what the neurons of layer 1 put out/, LONG);
  // The network that came with the page has one layer and one member, also for the dice.
  await page.locator("#dice").check();
  await page.getByRole("button", { name: "Reset" }).click();
  await expect(page.locator("#drawn-code span")).toHaveCount(50);
  await expect(page.locator("#network-choice")).toBeHidden();
  await expect(page.locator("#alarms")).toBeEmpty();
});

test("guesses by chance where it was trained to round, and says where nothing is", async ({
  page,
}) => {
  await trained(page, "neuron=ternary&deterministic=true&units=20&epochs=1");
  const testImage = async () => {
    await page.getByRole("button", { name: "A test image" }).click();
    await expect(page.locator("#read")).toHaveText(/a \d/, LONG);
  };
  await testImage();
  await page.getByRole("button", { name: "Let it guess 100 times" }).click();
  await expect(page.locator("#uncertain")).toContainText("It was trained to round", LONG);
  await expect(page.locator("#uncertain")).toContainText(/between [\d.]+ % and [\d.]+ % sure/);
  await trained(page, "neuron=tanh&units=20&epochs=1");
  await testImage();
  await page.getByRole("button", { name: "Let it guess 100 times" }).click();
  await expect(page.locator("#uncertain")).toContainText("decided by chance", LONG);
});

test("shows the whole confusion matrix at 320 px, and a dark pad in the dark", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 800 });
  await page.goto("./"); // the network that came with it
  await page.getByRole("heading", { name: "Look inside" }).click();
  await expect(page.locator("#confusion")).toBeVisible();
  const cut = await page
    .locator("#confusion")
    .evaluate(
      ({ parentElement: around }) => (around?.scrollWidth ?? 0) - (around?.clientWidth ?? 0),
    );
  expect(cut).toBe(0);
  await page.getByRole("button", { name: "Clear" }).click();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator("#pad").scrollIntoViewIfNeeded();
  const shot = (await page.locator("#pad").screenshot()).toString("base64");
  const brightness = await page.evaluate(async (shot) => {
    const image = new Image();
    image.src = `data:image/png;base64,${shot}`;
    await image.decode();
    const context = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
    context.drawImage(image, 0, 0);
    return context.getImageData(50, 50, 1, 1).data[0] as number;
  }, shot);
  expect(brightness).toBeLessThan(60);
});
