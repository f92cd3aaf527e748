/**
 * The browsers that run.mjs can measure in. `open(script)` gives a page of its own, where `script`
 * runs before the page's scripts; `adapter(page)` names the adapter. Playwright's pages and
 * puppeteer's are otherwise used alike.
 * @param load imports a TypeScript file of the repository.
 */
export const browsers = {
  async chromium(load) {
    const { chromium } = await import("playwright");
    const { CHROMIUM_ARGS, ensureChromium } = await load("/src/cli/chromium.ts");
    const browser = await chromium.launch({
      executablePath: ensureChromium(),
      args: CHROMIUM_ARGS,
    });
    return {
      version: browser.version(),
      open: async (script) => {
        const page = await browser.newPage();
        await page.addInitScript(script);
        return page;
      },
      adapter: (page) =>
        page.evaluate(async () => {
          const { vendor, architecture, description } = (await navigator.gpu.requestAdapter()).info;
          return description || `${vendor} ${architecture}`;
        }),
      close: () => browser.close(),
    };
  },
  async firefox(load) {
    const { adapterOf, launchFirefox, versionOf } = await load("/tools/firefox.ts");
    const browser = await launchFirefox();
    return {
      version: await versionOf(browser),
      open: async (script) => {
        const page = await (await browser.createBrowserContext()).newPage();
        await page.evaluateOnNewDocument(script);
        return page;
      },
      adapter: () => adapterOf(browser),
      close: () => browser.close(),
    };
  },
};
