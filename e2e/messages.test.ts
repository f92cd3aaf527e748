/** What is wrong, or under way, is said where it can be seen. */
import { expect } from "playwright/test";
import { finished, open, test, text, train } from "./page";
import { LONG } from "./patience";

test("shows a wrong number wherever it is, and trains once it is right", async ({ page }) => {
  await open(page, "neuron=tanh&units=10&epochs=1");
  await page.locator("#more summary").click();
  await page.getByLabel("Neurons", { exact: true }).fill("5000");
  await page.locator("#more summary").click();
  await train(page);
  await expect(page.getByLabel("Neurons", { exact: true })).toBeFocused();
  await expect(page.getByRole("alert")).toHaveText(
    "Neurons must be a whole number from 1 to 1000, not 5000",
  );
  expect(page.url()).toContain("units=10");
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("12");
  await page.keyboard.press("Enter");
  await expect(page.locator("#alarms")).toBeEmpty();
  await finished(page);
  await expect(page.locator("#runs tbody tr")).toContainText("12 tanh neurons");
});

test("keeps several messages at once, an alarm only for alarms", async ({ page }) => {
  await open(page, "neuron=tanh&units=10&epochs=1&optimizer=adam");
  await train(page);
  await finished(page);
  await expect(page.locator("#runs tbody tr")).toContainText("10 tanh neurons, Adam");
  const learned = await text(page, "validation");
  await page.reload();
  await open(page, "neuron=tanh&units=10&epochs=1");
  await expect(page.locator("#notices")).toContainText("Your last run (10 tanh neurons) is kept");
  await expect(page.getByRole("alert")).toBeEmpty();
  await page
    .locator("#load")
    .setInputFiles({ name: "bad.safetensors", mimeType: "", buffer: Buffer.from("x") });
  await expect(page.getByRole("alert")).toContainText("bad.safetensors is not a Stairstep model");
  await expect(page.locator("#notices")).toContainText("Your last run (10 tanh neurons) is kept");
  await page.getByRole("button", { name: "Open it" }).click();
  await expect(page.locator("#train")).toHaveText("Train again", LONG);
  expect(await text(page, "validation")).toBe(learned);
});

test("says what to do about a GPU that does not open, without a word of Linux", async ({
  page,
}) => {
  await page.addInitScript(() => {
    GPUAdapter.prototype.requestDevice = () =>
      Promise.reject(new DOMException("out of devices", "OperationError"));
  });
  await page.goto("./");
  await expect(page.getByRole("alert")).toContainText(
    "The GPU did not open (out of devices). Close other tabs and programs that use the GPU",
  );
  await expect(page.getByRole("alert")).not.toContainText("Linux");
  await expect(page.locator("#train")).toBeDisabled();
  await expect(page.locator("#train")).toHaveText("Train");
});

test("counts a download in full before it says how much of it has come", async ({ page }) => {
  await page.route("**/mnist/train-images*", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await route.continue();
  });
  await page.addInitScript(() => {
    const said: string[] = [];
    Object.assign(globalThis, { said });
    addEventListener("DOMContentLoaded", () =>
      new MutationObserver(() =>
        said.push(document.getElementById("dataset")?.textContent ?? ""),
      ).observe(document.getElementById("dataset") as HTMLElement, { childList: true }),
    );
  });
  await open(page);
  const said = await page.evaluate(() => (globalThis as unknown as { said: string[] }).said);
  const totals = said.flatMap((text) => /of ([\d.]+) MB/.exec(text)?.[1] ?? []).map(Number);
  expect(totals.length).toBeGreaterThan(0);
  expect(Math.min(...totals)).toBeGreaterThan(9.8);
});
