/**
 * The page in Firefox, whose WebGPU has another compiler and another driver: real MNIST, the built
 * site.
 */
import { expect } from "playwright/test";
import { launchFirefox } from "../tools/firefox.ts";
import {
  address,
  epochAbove,
  finished,
  looked,
  open,
  outcome,
  press,
  reads,
  share,
  test,
  text,
} from "./firefox";
import { ownData } from "./own-data.ts";
import { LONG } from "./patience";
import { serveSite } from "./site";

for (const fragment of [
  "neuron=tanh",
  "neuron=binary",
  "neuron=ternary",
  "neuron=staircase&size=5",
  "neuron=onehot&size=5",
]) {
  test(`Firefox learns within one epoch: ${fragment}`, async ({ tab }) => {
    await open(tab, `${fragment}&epochs=1`);
    await press(tab, "Train");
    await finished(tab);
    expect(await share(tab, "validation")).toBeGreaterThan(90);
    expect(await share(tab, "test")).toBeGreaterThan(90);
  });
}

test("Firefox reads a digit drawn by mouse", async ({ tab }) => {
  await open(tab, "neuron=ternary&epochs=1");
  await press(tab, "Train");
  await finished(tab);
  await looked(tab);
  const pad = await tab.$("#pad");
  await pad?.scrollIntoView();
  const box = (await pad?.boundingBox()) as { x: number; y: number; width: number; height: number };
  const at = (x: number, y: number) => [box.x + box.width * x, box.y + box.height * y] as const;
  await tab.mouse.move(...at(0.52, 0.18));
  await tab.mouse.down();
  await tab.mouse.move(...at(0.48, 0.82), { steps: 12 });
  await tab.mouse.up();
  await reads(tab, "read", "a 1");
  expect(await tab.$$eval("#drawn-code span", (units) => units.length)).toBe(100);
  await tab.click("#sample");
  await reads(tab, "uncertain", /100 times over it read 1/);
});

test("Firefox pauses, goes on, resets, and resumes after a reload, to the same numbers", async ({
  tab,
}) => {
  const settings = "neuron=tanh&epochs=2&units=20";
  await open(tab, settings);
  await press(tab, "Train");
  const uninterrupted = await outcome(tab);

  await tab.click("#reset");
  await reads(tab, "train", "Train");
  expect(await text(tab, "validation")).toBe("–");
  await press(tab, "Train");
  await epochAbove(tab, 0.1);
  await press(tab, "Pause");
  await reads(tab, "train", "Continue");
  const paused = await text(tab, "epoch");
  expect(Number(paused)).toBeLessThan(2);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(await text(tab, "epoch")).toBe(paused);
  await press(tab, "Continue");
  expect(await outcome(tab)).toEqual(uninterrupted);

  // In the page itself: it is brief, and asking from outside could miss it.
  const anew = tab.waitForFunction(() => document.querySelector("#epoch")?.textContent === "–", {
    polling: "mutation",
    ...LONG,
  });
  await Promise.all([anew, press(tab, "Train again")]);
  await epochAbove(tab, 1);
  await press(tab, "Pause");
  await reads(tab, "train", "Continue");
  await open(tab, settings);
  await reads(tab, "message", /Your last run \(20 tanh neurons\) is kept, after 1\.0 of 2 epochs/);
  await tab.click("#message button");
  await reads(tab, "train", "Continue");
  expect(await text(tab, "epoch")).toBe("1.0");
  // These are the weights of then: a run from the start would end alike.
  expect(await share(tab, "validation")).toBeGreaterThan(80);
  await looked(tab);
  await press(tab, "Continue");
  expect(await outcome(tab)).toEqual(uninterrupted);
});

test("Firefox takes a person's files, and keeps a run to the data it was trained on", async ({
  tab,
}) => {
  await ownData({
    open: (fragment) => open(tab, fragment),
    give: async (id, paths) => {
      const input = await tab.$(`input#${id}`);
      await input?.uploadFile(...paths);
    },
    click: (selector) => tab.waitForSelector(selector).then((found) => found?.click()),
    text: (id) => text(tab, id),
    reads: (id, expected) => reads(tab, id, expected),
  });
});

test("Firefox goes on after the GPU is lost, to the same weights", async ({ tab }) => {
  await tab.evaluateOnNewDocument(() => {
    const devices: GPUDevice[] = [];
    Object.assign(globalThis, { devices });
    const original = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...args) {
      const device = await original.apply(this, args);
      devices.push(device);
      return device;
    };
  });
  const settings = "neuron=ternary&units=20&epochs=2";
  await open(tab, settings);
  await press(tab, "Train");
  const undisturbed = await outcome(tab);
  await open(tab, settings);
  await press(tab, "Train");
  await epochAbove(tab, 1.1);
  await tab.evaluate(() =>
    (globalThis as unknown as { devices: GPUDevice[] }).devices.at(-1)?.destroy(),
  );
  await reads(tab, "message", /The GPU reset itself. Training/);
  expect(await outcome(tab)).toEqual(undisturbed);
});

test("Firefox without WebGPU is told how to switch it on, and where it cannot be", async () => {
  const without = await launchFirefox({ webgpu: false });
  try {
    const tab = await without.newPage();
    await tab.goto(address());
    await reads(tab, "message", /^This browser offers no WebGPU: .*Firefox/);
    // The advice is by system.
    if (process.platform === "linux")
      await reads(tab, "message", /In Firefox on Linux, switch dom\.webgpu\.enabled on/);
    expect(await tab.$eval("#train", (button) => (button as HTMLButtonElement).disabled)).toBe(
      true,
    );
    await tab.evaluateOnNewDocument(() =>
      Object.defineProperty(globalThis, "isSecureContext", { value: false }),
    );
    await tab.reload();
    await reads(
      tab,
      "message",
      "Browsers offer WebGPU to pages from https or localhost alone: open this one there. " +
        "Drawing and reading digits work without a GPU.",
    );
  } finally {
    await without.close();
  }
});

test("Firefox says that the page was updated since it was opened", async ({ tab }) => {
  const site = await serveSite();
  try {
    await tab.evaluateOnNewDocument(() => {
      ServiceWorkerContainer.prototype.register = () => Promise.reject();
    });
    await tab.goto(`${site.address}#neuron=tanh&units=10&epochs=1`);
    await reads(tab, "read", "a 7");
    await reads(tab, "dataset", /55,000 images/);
    site.update();
    await tab.click("#check");
    await reads(tab, "alarms", /^A part of this page did not come: .*Reload it/);
  } finally {
    site.close();
  }
});

test("Firefox checks its GPU", async ({ tab }) => {
  await open(tab);
  await tab.click("#check");
  await reads(tab, "checked", /^All \d+ checks are right/);
});

test("Firefox drags z along a stair, and trains three networks side by side", async ({ tab }) => {
  await open(tab);
  await tab.focus("#lent");
  await tab.keyboard.press("Home");
  expect(await text(tab, "lent-says")).toContain("z = −2.50");
  const stair = await tab.$("#stair");
  await stair?.scrollIntoView();
  const box = (await stair?.boundingBox()) as { x: number; y: number; width: number };
  await tab.mouse.move(box.x + 0.5 * box.width, box.y + 80);
  await tab.mouse.down();
  await tab.mouse.move(box.x + 0.9 * box.width, box.y + 80, { steps: 5 });
  await tab.mouse.up();
  expect(await text(tab, "stair-says")).toMatch(/y = 2.*slope dy\/dz = 0\.00/s);
  await tab.click("#arms-train");
  await reads(tab, "arms-train", "Let the three learn again");
  expect(await share(tab, "arm-zero")).toBeLessThanOrEqual(30);
  expect(await share(tab, "arm-straight-through")).toBeGreaterThanOrEqual(85);
  expect(await share(tab, "arm-tanh")).toBeGreaterThanOrEqual(93);
});

test("Firefox reads a word, invents another alphabet, and searches all digits by it", async ({
  tab,
}) => {
  await open(tab);
  await tab.$eval("#alphabet", (section) => section.scrollIntoView());
  await tab.waitForSelector("#code-found button:nth-child(12)", LONG);
  await tab.click("#word .letter");
  await reads(tab, "word-says", "The digit’s word, 1 letter changed");
  await tab.click("#code-settings summary");
  for (const [id, value] of Object.entries({
    neurons: "8",
    choices: "4",
    units: "30",
    epochs: "0.3",
  }))
    await tab.$eval(
      `#code-${id}`,
      (field, value) => {
        (field as HTMLInputElement).value = value;
      },
      value,
    );
  await tab.click("#code-train");
  await reads(tab, "code-train", "Invent another alphabet");
  expect(await tab.$$eval("#word .letter", (letters) => letters.length)).toBe(8);
  expect(await share(tab, "code-loss")).toBeLessThan(250);
  await tab.click("#code-widen");
  await reads(tab, "found-says", /^60,000 training digits searched in .* words read in/);
  console.log(await text(tab, "code-says"), await text(tab, "found-says"));
  const ms = /([\d.]+) ms/.exec(await text(tab, "found-says"))?.[1];
  expect(Number(ms)).toBeLessThan(100);
});
