/** Files of one's own in Chromium; firefox.test.ts has the same journey. */
import { expect } from "playwright/test";
import { ownData } from "./own-data.ts";
import { open, test, text } from "./page";
import { LONG } from "./patience";

test("takes a person's files, and keeps a run to the data it was trained on", async ({ page }) => {
  await ownData({
    open: async (fragment) => {
      await page.goto("about:blank"); // or another fragment would only be a change of settings
      await open(page, fragment);
    },
    give: (id, paths) => page.locator(`#${id}`).setInputFiles(paths),
    click: (selector) => page.locator(selector).click(),
    text: (id) => text(page, id),
    reads: (id, expected) => expect(page.locator(`#${id}`)).toHaveText(expected, LONG),
  });
});
