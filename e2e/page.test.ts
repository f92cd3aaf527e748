/** The page as a visitor has it: real browser, real MNIST, the built site. */
import { readFileSync } from "node:fs";
import { expect, type Page } from "playwright/test";
import {
  epochAbove,
  finished,
  longestTask,
  longTasks,
  looked,
  open,
  share,
  test,
  text,
  train,
  watchTasks,
} from "./page";
import { LONG } from "./patience";

/** What the page asks of WebGPU, counted by wrapping its calls before any script runs. */
interface Counts {
  dispatches: number;
  writes: number;
  imageBytes: number;
}

const count = (page: Page) =>
  page.addInitScript(() => {
    const counts: Counts = { dispatches: 0, writes: 0, imageBytes: 0 };
    Object.assign(globalThis, { counts });
    const wrap = <T extends object>(
      prototype: T,
      name: keyof T,
      note: (args: unknown[]) => void,
    ) => {
      const original = prototype[name] as (...args: unknown[]) => unknown;
      Object.assign(prototype, {
        [name](this: T, ...args: unknown[]) {
          note(args);
          return original.apply(this, args);
        },
      });
    };
    wrap(GPUComputePassEncoder.prototype, "dispatchWorkgroups", () => counts.dispatches++);
    wrap(GPUQueue.prototype, "writeBuffer", () => counts.writes++);
    wrap(GPUDevice.prototype, "createBuffer", ([descriptor]) => {
      const { label, size } = descriptor as GPUBufferDescriptor;
      if (label === "the images") counts.imageBytes += size;
    });
  });

const counts = (page: Page) =>
  page.evaluate(() => ({ ...(globalThis as unknown as { counts: Counts }).counts }));
/**
 * The counts as soon as the page shows an epoch of at least `epoch`; reports come in groups, so it
 * may show more.
 */
const countsFromEpoch = async (page: Page, epoch: number) => {
  await page.waitForFunction(
    (least) => Number(document.querySelector("#epoch")?.textContent) >= least,
    epoch,
    LONG,
  );
  return page.evaluate(() => ({
    ...(globalThis as unknown as { counts: Counts }).counts,
    epoch: Number(document.querySelector("#epoch")?.textContent),
  }));
};

test("trains tanh in few dispatches, without a write a step, and stays free", async ({
  page,
  browser,
}) => {
  await count(page);
  await open(page, "neuron=tanh&epochs=1");
  const adapter = (await text(page, "adapter")).split(":")[0];
  console.log(`Chromium ${browser.version()} (Tint), ${adapter}`);
  await watchTasks(page);
  await train(page);
  // Looks, which write an image each, are for those who see them.
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await expect(page.locator("#touch")).not.toBeInViewport();
  const before = await countsFromEpoch(page, 0.1);
  const after = await countsFromEpoch(page, 0.7);
  const steps = 1000 * (after.epoch - before.epoch);
  const dispatches = (after.dispatches - before.dispatches) / steps;
  await finished(page);
  console.log(
    `tanh: ${dispatches.toFixed(2)} dispatches a step, ` +
      `${after.imageBytes} bytes of images; ` +
      `longest task ${(await longestTask(page)).toFixed(0)} ms`,
  );
  expect(dispatches).toBeLessThanOrEqual(5);
  expect(after.writes - before.writes).toBe(0);
  // None, where the two cores are free; with others at work beside, the odd one is stretched.
  expect(await longTasks(page)).toBeLessThanOrEqual(3);
  expect(await share(page, "validation")).toBeGreaterThan(94.5);
  expect((await counts(page)).imageBytes).toBeLessThanOrEqual(48e6);
});

/** Trains for an epoch, and expects accuracies above 90 %. */
async function learns(page: Page, fragment: string): Promise<void> {
  await open(page, `${fragment}&epochs=1`);
  await train(page);
  await finished(page);
  expect(await share(page, "validation")).toBeGreaterThan(90);
  expect(await share(page, "test")).toBeGreaterThan(90);
}

for (const fragment of ["neuron=binary", "neuron=ternary"])
  test(`learns within one epoch: ${fragment}`, ({ page }) => learns(page, fragment));

test("pauses, goes on, keeps earlier runs on the chart, and resets", async ({ page }) => {
  await open(page, "neuron=tanh&epochs=2&units=20");
  await train(page);
  await epochAbove(page, 0.1);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.locator("#train")).toHaveText("Continue", LONG);
  const paused = Number(await text(page, "epoch"));
  await page.waitForTimeout(1000);
  expect(Number(await text(page, "epoch"))).toBe(paused);
  await page.getByRole("button", { name: "Continue" }).click();
  await finished(page);
  expect(await text(page, "epoch")).toBe("2.0");
  await page.locator("#neuron").selectOption("binary");
  await page.getByRole("button", { name: "Train again" }).click();
  await expect(page.locator("#runs tbody tr")).toHaveCount(2);
  await epochAbove(page, 0.1);
  await page.getByRole("button", { name: "Reset" }).click();
  await expect(page.getByRole("button", { name: "Train", exact: true })).toBeVisible(LONG);
  expect(await text(page, "validation")).toBe("–");
  await expect(page.locator("#runs tbody tr")).toHaveCount(1); // its curve went with it
  await page.getByRole("button", { name: "Remove 20 tanh neurons" }).click();
  await expect(page.locator("#runs tbody tr")).toHaveCount(0);
});

test("a link restores every setting, and one that makes none is refused by name", async ({
  page,
}) => {
  const fragment =
    "neuron=onehot&size=7&units=33&layers=2&estimator=gumbel&deterministic=true&tau=0.5&slope=1.5" +
    "&anneal=1.1&normalise=true&optimizer=momentum&rate=0.4&members=3&seed=9&epochs=4";
  await page.goto(`./#${fragment}`);
  const shown = await page.evaluate(() => {
    const of = (id: string) => document.getElementById(id) as HTMLInputElement;
    const ids = [
      "neuron",
      "size",
      "units",
      "layers",
      "estimator",
      "tau",
      "slope",
      "anneal",
      "optimizer",
      "rate",
      "members",
      "seed",
      "epochs",
    ];
    return {
      ...Object.fromEntries(ids.map((id) => [id, of(id).value])),
      deterministic: String(of("deterministic").checked),
      normalise: String(of("normalise").checked),
    };
  });
  expect(shown).toEqual(Object.fromEntries(new URLSearchParams(fragment)));
  await page.locator("#more summary").click();
  await page.getByLabel("Seed", { exact: true }).fill("10");
  await page.getByLabel("Seed", { exact: true }).press("Tab");
  expect(new URLSearchParams(new URL(page.url()).hash.slice(1)).get("seed")).toBe("10");
  expect(new URLSearchParams(new URL(page.url()).hash.slice(1)).get("tau")).toBe("0.5");
  await page.goto("about:blank");
  await page.goto("./#neuron=onehot&size=1e9");
  await expect(page.getByRole("alert")).toContainText(
    "Size must be a whole number from 2 to 50, got 1000000000",
  );
});

/**
 * Draws a bar with the keyboard, the same dots every time, and returns what the network makes of
 * it.
 */
async function typed(page: Page): Promise<string> {
  await page.locator("#pad").focus();
  await page.keyboard.press("Delete");
  await expect(page.locator("#read")).toHaveText("nothing yet");
  await page.keyboard.press("Home");
  for (let i = 0; i < 16; i++) await page.keyboard.press("Shift+ArrowDown");
  await expect(page.locator("#read")).toHaveText(/a \d/, LONG);
  await expect(page.locator("#read")).toHaveAttribute("aria-busy", "false", LONG);
  return text(page, "classes");
}

test("learns within one epoch: neuron=onehot&size=5; reads a digit, goes out and in", async ({
  page,
}) => {
  await learns(page, "neuron=onehot&size=5");
  await looked(page);
  const pad = page.locator("#pad");
  await pad.scrollIntoViewIfNeeded();
  const box = (await pad.boundingBox()) as { x: number; y: number; width: number; height: number };
  const at = (x: number, y: number) => [box.x + box.width * x, box.y + box.height * y] as const;
  await page.mouse.move(...at(0.52, 0.18));
  await page.mouse.down();
  await page.mouse.move(...at(0.48, 0.82), { steps: 12 });
  await page.mouse.up();
  await expect(page.locator("#read")).toHaveText("a 1", LONG);
  await expect(page.locator("#drawn-code span")).toHaveCount(100);
  await page.getByRole("button", { name: "Let it guess 100 times" }).click();
  await expect(page.locator("#uncertain")).toContainText("times over it read 1", LONG);
  const read = await typed(page);

  const downloads = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download the network" }).click();
  const saved = await (await downloads).path();
  await page.reload();
  await open(page);
  await page.evaluate((bytes) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(
      new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], "mine"),
    );
    document.body.dispatchEvent(
      new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }),
    );
  }, readFileSync(saved).toString("base64"));
  await looked(page);
  expect(await text(page, "epoch")).toBe("1.0");
  expect(await typed(page)).toBe(read);
});

test("says what is wrong: bad files, no WebGPU", async ({ page, browser }) => {
  await open(page);
  await page.getByText("Your own data").click();
  await page
    .locator("#files")
    .setInputFiles({ name: "train-images-idx3-ubyte", mimeType: "", buffer: Buffer.from("x") });
  await expect(page.getByRole("alert")).toContainText("there is no train-labels-idx1-ubyte");
  await page.locator("#alarms").evaluate((message) => message.replaceChildren());
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["x"], "train-labels-idx1-ubyte"));
    document.body.dispatchEvent(
      new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }),
    );
  });
  await expect(page.getByRole("alert")).toContainText("there is no train-images-idx3-ubyte");
  await page
    .locator("#load")
    .setInputFiles({ name: "bad.bin", mimeType: "", buffer: Buffer.from("x") });
  await expect(page.getByRole("alert")).toContainText("bad.bin is not a Stairstep model");
  // Empty when it opens, so that the same file can be chosen again once it is mended.
  const chooser = page.waitForEvent("filechooser");
  await page.getByText("Load a network").click();
  await chooser;
  await expect(page.locator("#load")).toHaveValue("");
  const without = await browser.newPage();
  await without.addInitScript(() =>
    Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined }),
  );
  await without.goto("./");
  await expect(without.getByRole("alert")).toContainText("his browser offers no WebGPU");
  await expect(without.getByRole("button", { name: "Train" })).toBeDisabled();
});

test("goes on after the GPU is lost, to the same weights", async ({ page }) => {
  await page.addInitScript(() => {
    const devices: GPUDevice[] = [];
    Object.assign(globalThis, { devices });
    const original = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...args) {
      const device = await original.apply(this, args);
      devices.push(device);
      return device;
    };
  });
  const classify = async () => {
    await looked(page);
    return text(page, "confusion");
  };
  await open(page, "neuron=ternary&units=20&epochs=2");
  await train(page);
  await finished(page);
  const undisturbed = [await text(page, "validation"), await text(page, "test"), await classify()];
  await page.reload();
  await open(page, "neuron=ternary&units=20&epochs=2");
  await train(page);
  await epochAbove(page, 1.1);
  await page.evaluate(() =>
    (globalThis as unknown as { devices: GPUDevice[] }).devices.at(-1)?.destroy(),
  );
  const message = page.locator("#message");
  await expect(message).toContainText("The GPU reset itself. Training", LONG);
  await finished(page);
  await expect(message).toHaveText(
    "The GPU reset itself. Training continued from the last saved step.",
  );
  await expect(page.getByRole("alert")).toBeEmpty(); // all went well
  expect([await text(page, "validation"), await text(page, "test"), await classify()]).toEqual(
    undisturbed,
  );
});

test("trains without a network after the first visit, and offers the last run", async ({
  page,
  context,
}) => {
  await open(page, "neuron=tanh&epochs=1&units=10");
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while ((await (await caches.open("stairstep-1")).keys()).length < 4)
      await new Promise((resolve) => setTimeout(resolve, 100));
  });
  await train(page);
  await finished(page);
  await context.setOffline(true);
  await page.goto("about:blank");
  await open(page, "neuron=tanh&epochs=1&units=20");
  await expect(page.locator("#message")).toContainText(
    "Your last run (10 tanh neurons) is kept, after 1.0 of 1 epochs",
  );
  await train(page);
  await finished(page);
  await context.setOffline(false);
});

test("trains where the browser keeps nothing", async ({ page }) => {
  const errors: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  await page.addInitScript(() => {
    const get = (): never => {
      throw new DOMException("The user denied permission.", "SecurityError");
    };
    for (const name of ["indexedDB", "caches", "localStorage", "sessionStorage"])
      Object.defineProperty(globalThis, name, { get });
    Object.defineProperty(Navigator.prototype, "serviceWorker", { get });
  });
  await open(page, "neuron=tanh&epochs=1&units=10");
  await train(page);
  await finished(page);
  await expect(page.locator("#message")).toBeHidden();
  expect(errors).toEqual([]);
});
