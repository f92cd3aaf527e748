/** Every press counts at once. */
import { expect } from "playwright/test";
import { epochAbove, test, text, train } from "./page";
import { LONG } from "./patience";

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
  await expect(page.locator("#dataset")).toContainText("55,000 images", LONG);
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
  await expect(page.locator("#dataset")).toContainText("55,000 images", LONG);
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
