import { afterEach, expect, it } from "vitest";
import type { Report } from "../index";
import { resolve } from "../model/spec";
import { Chart, nowhere } from "./chart";
import { Curves } from "./curves";
import { DEFAULTS, ofNeuron, toOptions } from "./settings";

const score = { accuracy: 0.9, loss: 0.1 };
const report = (epoch: number) =>
  ({
    epoch,
    step: 1000 * epoch,
    training: score,
    members: [{ validation: score }],
  }) as unknown as Report;
const painted = () => new Promise((resolve) => setTimeout(resolve, 100));
const recipe = (seed = 1) => ({
  spec: resolve(toOptions({ ...DEFAULTS, ...ofNeuron("tanh"), epochs: 2, seed })),
  ...{ kernels: "auto" as const, data: "MNIST" },
});

/** Dots of the plot in the first run's colour, here red. */
function dots(place: HTMLElement): number {
  const canvas = place.querySelector("canvas") as HTMLCanvasElement;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 0; at < data.length; at += 4)
    if ((data[at] as number) > 200 && (data[at + 1] as number) < 50) count++;
  return count;
}

afterEach(() => document.body.replaceChildren());

async function made() {
  document.documentElement.style.setProperty("--run0", "#ff0000");
  document.documentElement.style.setProperty("--run1", "#0000ff");
  const place = document.createElement("div");
  document.body.append(place);
  const curves: Curves = new Curves(
    () => chart?.rebuild(),
    () => chart?.update(),
  );
  const chart = new Chart(nowhere(place), curves);
  await painted();
  return { place, curves };
}

it("draws the evaluation before the first step as a point", async () => {
  const { place, curves } = await made();
  curves.begin(recipe());
  await painted();
  expect(dots(place)).toBe(0);
  curves.start(0, [0.1]);
  await painted();
  expect(dots(place)).toBeGreaterThan(10);
});

it("writes its axis, and the article's line", async () => {
  const said: string[] = [];
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function (...args) {
    said.push(args[0]);
    return fillText.apply(this, args);
  };
  const { place, curves } = await made();
  expect(said).toEqual(expect.arrayContaining(["0 %", "50 %", "98 %", "99 %"]));
  curves.begin(recipe(), undefined, 0.9732);
  curves.start(0, [0.1]);
  await painted();
  CanvasRenderingContext2D.prototype.fillText = fillText;
  const line = place.querySelector<HTMLElement>(".article");
  expect(line?.textContent).toBe("The article: 97.32 %");
  expect(said.filter((text) => text.includes("null"))).toEqual([]);
});

it("draws nothing of runs that are hidden", async () => {
  const { place, curves } = await made();
  curves.begin(recipe());
  curves.start(0, [0.1]);
  curves.add(report(1));
  await painted();
  const [run] = curves.runs as [never];
  const labels = () => place.querySelector(".labels")?.textContent;
  expect(dots(place)).toBeGreaterThan(100);
  expect(labels()).toContain("1");
  curves.hide(run, true);
  await painted();
  expect(dots(place)).toBe(0);
  expect(labels()).toBe("");
  curves.hide(run, false);
  await painted();
  expect(dots(place)).toBeGreaterThan(100);
});

it("says the values at a report, by arrow keys, and each run's last report before", async () => {
  const { place, curves } = await made();
  curves.begin(recipe());
  curves.add(report(0.5));
  curves.add(report(1));
  await painted();
  const press = async (key: string) => {
    place.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
    await painted();
    return place.getAttribute("aria-valuetext");
  };
  const values = "100 tanh neurons: validation 90.0 %, training 90.0 %";
  expect(await press("Home")).toBe(`Epoch 0.5; ${values}`);
  expect(await press("ArrowRight")).toContain("Epoch 1.0; 100 tanh");
  expect(await press("ArrowLeft")).toContain("Epoch 0.5; 100 tanh");
  curves.rename(curves.runs[0] as never, "mine");
  await painted();
  expect(place.getAttribute("aria-valuetext")).toContain("Epoch 0.5; mine: validation");
});
