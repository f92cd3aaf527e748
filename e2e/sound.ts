/** What every view of the page must be: accessible, and no wider than its screen. */
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "playwright/test";

/** The rules that look at colours; no other finds more in the dark. */
const OF_COLOURS = ["color-contrast", "link-in-text-block"];

/** Fails on what axe finds in `view`, light or dark, on phone or desk, and on what overflows. */
export async function sound(page: Page, view: string): Promise<void> {
  for (const width of [390, 1440]) {
    for (const scheme of ["light", "dark"] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: scheme });
      await page.waitForTimeout(150); // the charts follow
      const axe = new AxeBuilder({ page });
      const { violations } = await (scheme === "dark" ? axe.withRules(OF_COLOURS) : axe).analyze();
      expect(
        violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
        ),
        `${view}, ${width} px, ${scheme}`,
      ).toEqual([]);
      await page.screenshot({
        path: `test-results/${view}-${width}-${scheme}.png`,
        fullPage: true,
      });
    }
  }
  for (const width of [320, 390, 1440, 2560]) {
    await page.setViewportSize({ width, height: 900 });
    await page.waitForTimeout(150);
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth),
      `${view}, ${width} px`,
    ).toBeLessThanOrEqual(width);
  }
}
