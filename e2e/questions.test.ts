/** Questions: a prediction first, then a run beside the committed ones; and the lecture. */
import { expect } from "playwright/test";
import { finished, open, test } from "./page";
import { LONG } from "./patience";

test("asks for a guess, trains what answers it, and says what came out", async ({ page }) => {
  await open(page, "epochs=1");
  await expect(page.locator("#cards button")).toHaveCount(8);
  const card = page.getByRole("button", { name: "Is a third choice worth it?" });
  await card.click();
  await expect(card).toHaveAttribute("aria-expanded", "true");
  const train = page.getByRole("button", { name: "Train: −1, 0 or 1" });
  await expect(train).toBeDisabled();
  await expect(page.locator("#told")).toBeHidden();
  await page.getByLabel("Hardly: by less than seeds differ").check();
  await train.click();
  await expect(page).toHaveURL(/#neuron=ternary/);
  await finished(page);
  const cells = page.locator("#arms tr").first().locator("td");
  const yours = Number.parseFloat((await cells.nth(1).textContent()) ?? "");
  expect(yours).toBeGreaterThan(92);
  await expect(cells.nth(2)).toHaveText("93.4 to 93.6 % after 1");
  await expect(cells.nth(3)).toHaveText("97.2 to 97.7 %");
  await expect(page.locator("#verdict")).toHaveText("You were right.");
  await expect(page.locator("#source")).toHaveAttribute("href", /docs\/answers\.md#what-is-a/);
  // Another guess is judged too; another question begins anew.
  await page.getByLabel("No, it is worse").check();
  await expect(page.locator("#verdict")).toContainText("It came out otherwise: Hardly");
  await page.getByRole("button", { name: "Does annealing help?" }).click();
  await expect(page.locator("#told")).toBeHidden();
  await expect(page.locator("#tell")).toBeDisabled();
});

test("gives a run of one's own to no question", async ({ page }) => {
  await open(page, "epochs=1");
  await page.getByRole("button", { name: "Can a network of yes and no learn?" }).click();
  await page.getByLabel("No, it can only guess").check();
  await page.getByRole("button", { name: "Train: 0 or 1" }).click();
  const yours = page.locator("#arms tr").first().locator("td").nth(1);
  await expect(yours).toContainText("%", LONG);
  await page.getByRole("button", { name: "Reset" }).click();
  await page.locator("#neuron").selectOption("tanh");
  const before = (await yours.textContent()) ?? "";
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await expect(page.locator("#validation")).toContainText("%", LONG);
  await expect(yours).toHaveText(before);
});

test("gives a lecture: one question, large, step by step, by keys", async ({ page }) => {
  await page.goto("./?lesson=choices");
  await expect(page.locator("#dataset")).toContainText("55,000 images", LONG);
  await expect(page.locator("#asks")).toHaveText("Do more choices help a one-hot neuron?");
  await expect(page.locator("#asks")).toBeInViewport();
  for (const id of ["cards", "more", "inside"]) await expect(page.locator(`#${id}`)).toBeHidden();
  const size = await page.evaluate(() =>
    Number.parseFloat(getComputedStyle(document.documentElement).fontSize),
  );
  expect(size).toBeGreaterThan(20);
  await page.keyboard.press("s");
  await expect(page.locator("#stepped")).toHaveText("Step 1", LONG);
  await page.keyboard.press("s");
  await page.keyboard.press("s");
  await expect(page.locator("#stepped")).toHaveText("Step 3");
  await page.waitForTimeout(1000);
  await expect(page.locator("#stepped")).toHaveText("Step 3");
  await page.keyboard.press("f");
  await expect(page.locator("#pace")).toHaveValue("1 step a second");
  await expect(page.locator("#stepped")).toHaveText("Step 5", { timeout: 5000 });
  await page.keyboard.press("f");
  await page.keyboard.press("f");
  await expect(page.locator("#validation")).toContainText("%", LONG);
  await page.keyboard.press("t");
  await expect(page.locator("#train")).toHaveText("Continue");
});

test("copies links, says so, and leaves out what this adapter chose", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page);
  await expect(page.locator("#epochs")).toHaveValue("2");
  await page.locator("#neuron").selectOption("binary");
  await page.locator("#more summary").click();
  await page.getByRole("button", { name: "Copy a link to this experiment" }).click();
  await expect(page.locator("#linked")).toHaveText("Copied.");
  const clip = () => page.evaluate(() => navigator.clipboard.readText());
  expect(await clip()).toMatch(/#neuron=binary$/);
  await page.locator("#epochs").fill("3");
  await page.locator("#epochs").blur();
  await page.getByRole("button", { name: "Copy a link to this experiment" }).click();
  expect(await clip()).toMatch(/#neuron=binary&epochs=3$/);
  await page.getByRole("button", { name: "Does annealing help?" }).click();
  await page.getByRole("button", { name: "Copy the link for a class" }).click();
  expect(await clip()).toMatch(/\/some\/sub-path\/\?lesson=annealing$/);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("./?lesson=annealing");
  await expect(page.locator("#asks")).toBeInViewport(); // not folded, as on other visits
  await page.goto("./?lesson=none");
  await expect(page.locator("#alarms")).toContainText(
    "No lesson none: choose from binary, ternary",
  );
});

test("has a slider for each number, and a field for any other", async ({ page }) => {
  await open(page);
  await page.locator("#more summary").click();
  const slider = page.getByRole("slider", { name: "Learning rate (slider)" });
  await expect(slider).toHaveAttribute("aria-valuetext", "0.5");
  await slider.focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.locator("#rate")).toHaveValue("1");
  await expect(page).toHaveURL(/rate=1$/);
  await page.locator("#rate").fill("0.07");
  await page.locator("#rate").blur();
  await expect(slider).toHaveAttribute("aria-valuetext", "0.07");
  await expect(page).toHaveURL(/rate=0.07$/);
  await expect(page.getByRole("slider", { name: /slider/ })).toHaveCount(8);
  // An optimizer keeps a rate that was typed, and else brings its own.
  const optimizer = page.getByLabel("Optimizer", { exact: true });
  await optimizer.selectOption("momentum");
  await expect(page).toHaveURL(/optimizer=momentum&rate=0.07$/);
  await page.locator("#rate").fill("0.05");
  await page.locator("#rate").blur();
  await optimizer.selectOption("adam");
  await expect(page.locator("#rate")).toHaveValue("0.001");
  await expect(slider).toHaveAttribute("aria-valuetext", "0.001");
  await expect(page.locator("#optimizer-hint")).toContainText("about the rate");
  await expect(page).toHaveURL(/#neuron=onehot&optimizer=adam$/);
});
