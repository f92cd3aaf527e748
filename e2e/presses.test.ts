/** Every press counts at once, and what is wrong is said where it can be seen. */
import { expect } from "playwright/test";
import { epochAbove, finished, open, test, text, train } from "./page";

test("loses no press of Train, Pause and Reset, 50 ms apart in the first 5 s", async ({ page }) => {
  await page.goto("./#neuron=onehot&size=5&epochs=2");
  const presses = await page.evaluate(async () => {
    const of = (id: string) => document.getElementById(id) as HTMLButtonElement;
    const NEXT: Record<string, string> = {
      Train: "Pause",
      Pause: "Continue",
      Continue: "Pause",
      "Train again": "Pause",
    };
    const lost: string[] = [];
    let made = 0;
    for (const end = performance.now() + 5000; performance.now() < end; made++) {
      // Train, Pause, Continue, Pause, Reset; and again.
      const reset = made % 5 === 4;
      const button = of(reset ? "reset" : "train");
      const wanted = reset ? "Train" : NEXT[of("train").textContent];
      button.click();
      if (of("train").textContent !== wanted) lost.push(`${made}: not ${wanted}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    of("reset").click();
    return { made, lost };
  });
  console.log(`${presses.made} presses, ${presses.lost.length} lost`);
  expect(presses.made).toBeGreaterThan(20);
  expect(presses.lost).toEqual([]);
  await expect(page.locator("#dataset")).toContainText("55,000 images", { timeout: 60_000 });
  await page.waitForTimeout(1500);
  expect(await text(page, "train")).toBe("Train");
  expect(await text(page, "epoch")).toBe("–");
  await expect(page.locator("#reader")).toContainText("came with this page");
  await train(page);
  await page.waitForTimeout(5000);
  expect(await text(page, "message")).toBe("");
  await epochAbove(page, 0);
  await expect(page.locator("#runs tbody tr")).toHaveCount(1);
});

test("pauses before the first step, goes on, and resets in the midst of a run", async ({
  page,
}) => {
  await page.goto("./#neuron=tanh&units=20&epochs=50");
  await expect(page.locator("#keep")).toBeDisabled();
  await train(page);
  await expect(page.locator("#keep")).toBeDisabled(); // there is nothing yet
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.locator("#train")).toHaveText("Continue", { timeout: 200 });
  await expect(page.locator("#dataset")).toContainText("55,000 images", { timeout: 60_000 });
  await page.waitForTimeout(3000);
  expect(await text(page, "epoch")).toBe("–");
  await page.getByRole("button", { name: "Continue" }).click();
  await epochAbove(page, 0);
  await expect(page.locator("#keep")).toBeEnabled();
  await page.getByRole("button", { name: "Reset" }).click();
  await expect(page.locator("#train")).toHaveText("Train", { timeout: 200 });
  // What is recorded of the network that came with the page may be there, once no run is.
  const own = page.locator("#runs tbody tr").filter({ hasNotText: "came with this page" });
  await expect(own).toHaveCount(0);
  await page.waitForTimeout(1000);
  expect(await text(page, "epoch")).toBe("–");
  await expect(page.locator("#keep")).toBeDisabled();
});

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
  await expect(page.locator("#train")).toHaveText("Train again", { timeout: 30_000 });
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
