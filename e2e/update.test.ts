/** A tab that is open while the site is updated: what it asks for later is no longer there. */
import { expect } from "playwright/test";
import { finished, test, text, train } from "./page";
import { LONG } from "./patience";
import { serveSite } from "./site";

const near = (id: string) => `document.getElementById("${id}").scrollIntoView()`;

test("an open tab goes on with its own version, from the cache", async ({ page }) => {
  const site = await serveSite();
  try {
    await page.goto(`${site.address}#neuron=tanh&units=10&epochs=1`);
    await expect(page.locator("#read")).toHaveText("a 7");
    await page.evaluate("navigator.serviceWorker.ready");
    await expect.poll(() => page.evaluate("!!navigator.serviceWorker.controller")).toBe(true);
    site.update();
    // As another tab does that opens the new version.
    await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      const { active } = registration;
      await registration.update();
      while (registration.active === active || registration.active?.state !== "activated")
        await new Promise((resolve) => setTimeout(resolve, 50));
    });
    expect(await page.evaluate(() => caches.has("stairstep-site-another"))).toBe(true);
    await page.evaluate(near("alphabet-view"));
    await expect(page.locator("#word .letter")).toHaveCount(20);
    await expect(page.locator("#dataset")).toContainText("55,000 images", LONG);
    await train(page);
    await finished(page);
    await expect(page.locator("#message")).toBeHidden();
  } finally {
    site.close();
  }
});

test.describe("without a worker", () => {
  test.use({ serviceWorkers: "block" });

  const says = "A part of this page did not come: the page was updated since it was opened";

  test("says that its network did not come", async ({ page }) => {
    await page.route("**/*.safetensors", (route) => route.abort());
    await page.goto("./");
    await expect(page.getByRole("alert")).toContainText(says);
  });

  test("says that a part did not come, and to reload", async ({ page }) => {
    const site = await serveSite();
    try {
      await page.goto(`${site.address}#neuron=tanh&units=10&epochs=1`);
      await expect(page.locator("#read")).toHaveText("a 7");
      await expect(page.locator("#dataset")).toContainText("55,000 images", LONG);
      site.update();
      await page.evaluate(near("alphabet-view"));
      await expect(page.getByRole("alert")).toContainText(says);
      expect(await text(page, "alphabet-view")).toBe("The code did not come.");
      await page.getByRole("button", { name: "Check this GPU" }).click();
      await expect(page.locator("#checked")).toBeHidden();
      await train(page);
      await expect(page.locator("#train")).toHaveText("Continue", LONG);
      expect(new Set((await text(page, "alarms")).match(/A part of this page/g)).size).toBe(1);
      expect(await text(page, "message")).not.toContain("http");
    } finally {
      site.close();
    }
  });
});
