/** "Check this GPU", the choice of kernels, and what a person reads when a compiler refuses one. */
import { expect, type Page } from "playwright/test";
import { epochAbove, finished, open, share, test, train } from "./page";
import { LONG } from "./patience";
import { sound } from "./sound";

/** Replaces text in every kernel that the page compiles from here on. */
const breakKernels = (page: Page, text: string, broken: string) =>
  page.addInitScript(
    ([text, broken]) => {
      const create = GPUDevice.prototype.createShaderModule;
      GPUDevice.prototype.createShaderModule = function (descriptor) {
        return create.call(this, {
          ...descriptor,
          code: descriptor.code.replaceAll(text as string, broken as string),
        });
      };
    },
    [text, broken],
  );

test("checks this GPU, beside a run, and shows what was checked", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page, "neuron=tanh&units=10&epochs=1");
  await train(page);
  await page.getByRole("button", { name: "Check this GPU" }).click();
  await expect(page.locator("#checked")).toContainText(
    "checks are right: training works on SwiftShader",
    LONG,
  );
  await finished(page);
  expect(await share(page, "validation")).toBeGreaterThan(80);
  await page.locator("#checked summary").click();
  await expect(page.locator("#checked tbody tr").first()).toContainText("philox");
  expect(await page.locator("#checked tbody tr").count()).toBeGreaterThan(20);
  await page.getByRole("button", { name: "Copy the result" }).click();
  const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  expect(copied).toMatchObject({
    adapter: expect.stringContaining("SwiftShader"),
    kernels: "software",
    failed: 0,
  });
  await sound(page, "checked");
});

test("says which checks a broken kernel fails, while others go on", async ({ page }) => {
  await breakKernels(page, "2.0*unit(", "2.1*unit(");
  await open(page);
  await page.getByRole("button", { name: "Check this GPU" }).click();
  await expect(page.locator("#checked")).toContainText(
    /^Checking … \d+ %\d+ of \d+ checks are wrong \(initial weights.*do not trust/,
    LONG,
  );
});

test("trains with the kernels that its address names, and keeps them in the link", async ({
  page,
}) => {
  await open(page, "neuron=tanh&units=10&epochs=1&kernels=gpu");
  await page.locator("#more summary").click();
  await expect(page.getByLabel("Kernels", { exact: true })).toHaveValue("gpu");
  await train(page);
  await epochAbove(page, 0.4); // slow, on a software adapter
  expect(await share(page, "validation")).toBeGreaterThan(80);
  await expect(page.locator("#runs tbody tr").last()).toContainText("kernels for GPUs");
  await page.getByRole("button", { name: "Reset" }).click();
  await expect(page.locator("#train")).toHaveText("Train", LONG);
  await page.getByLabel("Kernels", { exact: true }).selectOption("software");
  expect(page.url()).toContain("kernels=software");
  await train(page);
  await expect(page.locator("#runs tbody tr").last()).toContainText(
    "kernels for software adapters",
    LONG,
  );
  await finished(page);
});

test("shows a person's words first, and the compiler's behind them", async ({ page }) => {
  await breakKernels(page, "fn permute(", "fn permute(nonsense ");
  await open(page, "neuron=tanh&units=10&epochs=1");
  await train(page);
  await expect(page.getByRole("alert")).toContainText(
    "Kernel order does not compile on this adapter",
    LONG,
  );
  await expect(page.locator("#message pre")).toBeHidden();
  await page.locator("#message summary").click();
  await expect(page.locator("#message pre")).toHaveText(/^line \d+: .*parameter\n.*fn permute/);
});
