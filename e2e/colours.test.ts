/** What colours say is still said where a system takes them away, and on paper. */
import { inflateSync } from "node:zlib";
import { expect, type Page } from "playwright/test";
import { test } from "./page";

/** Red, green and blue at the places [x, y] of an element's picture, where it is 1 by 1. */
async function dotsOf(page: Page, selector: string, places: readonly (readonly number[])[]) {
  const shot = (await page.locator(selector).screenshot()).toString("base64");
  return page.evaluate(
    async ([shot, places]) => {
      const image = new Image();
      image.src = `data:image/png;base64,${shot}`;
      await image.decode();
      const context = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
      Object.assign(context.canvas, { width: image.width, height: image.height });
      context.drawImage(image, 0, 0);
      return places.map(([x = 0, y = 0]) =>
        [...context.getImageData(x * image.width, y * image.height, 1, 1).data.slice(0, 3)].join(),
      );
    },
    [shot, places] as const,
  );
}

const lines = (page: Page, ...selectors: string[]) =>
  Promise.all(
    selectors.map((selector) =>
      page
        .locator(selector)
        .first()
        .evaluate((node) => getComputedStyle(node).borderBottomColor),
    ),
  );

test("shares, choices and signs are seen in forced colours, and printed", async ({ page }) => {
  await page.goto("./");
  await expect(page.locator("#read")).toHaveText("a 7");
  const chosen = async () => new Set(await dotsOf(page, "#drawn-code", squares)).size;
  // Beside the numbers of the first row, which are 10 of 5 choices.
  const squares = Array.from({ length: 10 }, (_, i) => [(i + 0.15) / 10, 0.15]);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ forcedColors: "active", colorScheme });
    const middle = [[0.5, 0.5]];
    const [full] = await dotsOf(page, "#classes li:nth-child(8) .track", middle);
    const [empty] = await dotsOf(page, "#classes li:nth-child(1) .track", middle);
    const [canvas] = await dotsOf(page, "#touch", [[0.995, 0.5]]);
    expect([empty, empty === full], colorScheme).toEqual([canvas, false]);
    expect(await chosen(), colorScheme).toBe(4); // of the first ten neurons, none chooses 3
    expect(await lines(page, ".plus", ".minus", ".forward", ".back")).toEqual([
      ...["rgb(213, 94, 0)", "rgb(0, 114, 178)"],
      ...(colorScheme === "light"
        ? ["rgb(11, 98, 184)", "rgb(180, 83, 9)"]
        : ["rgb(122, 184, 245)", "rgb(240, 169, 91)"]),
    ]);
  }
  await page.emulateMedia({ forcedColors: null, colorScheme: null });
  // Printers leave out backgrounds, unless a page says that they matter.
  const printed = (await page.pdf()).toString("latin1");
  const streams = [
    ...printed.matchAll(/FlateDecode[^>]*>>\s*stream\r?\n([\s\S]*?)\r?\nendstream/g),
  ];
  const fills = streams.flatMap(([, stream = ""]) => {
    try {
      return [
        ...inflateSync(Buffer.from(stream, "latin1"))
          .toString("latin1")
          .matchAll(/[.\d]+ [.\d]+ [.\d]+ rg/g),
      ];
    } catch {
      return []; // a font, or a picture
    }
  });
  const colours = new Set(fills.map(([fill]) => fill.trim()));
  for (const [name, fill] of Object.entries({
    "choice 0": ".4235 .7686 .9333 rg",
    "choice 2": ".9412 .6627 .3569 rg",
    "choice 4": ".9059 .6039 .8392 rg",
  }))
    expect(colours, name).toContain(fill);
});
