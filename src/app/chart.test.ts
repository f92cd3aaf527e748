import { afterEach, expect, it } from "vitest";
import type { Report } from "../index";
import { Chart, valuesAt } from "./chart";

const score = { accuracy: 0.9, loss: 0.1 };
const report = (epoch: number) =>
  ({
    epoch,
    step: 1000 * epoch,
    training: score,
    members: [{ validation: score }],
  }) as unknown as Report;
const painted = () => new Promise((resolve) => setTimeout(resolve, 100));

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

function chart() {
  document.documentElement.style.setProperty("--run0", "#ff0000");
  const [place, list] = [document.createElement("div"), document.createElement("ul")];
  document.body.append(place, list);
  return { place, list, chart: new Chart(place, list) };
}

it("draws the first report as a point", async () => {
  const { place, chart: made } = chart();
  made.begin("a run", 2);
  await painted();
  expect(dots(place)).toBe(0);
  made.add(report(0.1));
  await painted();
  expect(dots(place)).toBeGreaterThan(10);
});

it("takes off the run that is reset, and keeps the others", async () => {
  const { list, chart: made } = chart();
  made.begin("a run", 2, "seed 1");
  made.add(report(1));
  made.begin("a run", 2, "seed 2");
  expect(made.runs.map(({ name }) => name)).toEqual(["a run", "a run, seed 2"]);
  made.removeLast();
  made.removeLast();
  await painted();
  expect(made.runs.map(({ name }) => name)).toEqual(["a run"]);
  expect(list.querySelectorAll("button:not(:disabled)")).toHaveLength(1);
});

it("says the values at a report, by arrow keys, and each run's last report before", async () => {
  const { place, chart: made } = chart();
  made.begin("a run", 2);
  made.add(report(0.5));
  made.add(report(1));
  await painted();
  const press = async (key: string) => {
    place.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
    await painted();
    return place.getAttribute("aria-valuetext");
  };
  expect(await press("Home")).toBe("Epoch 0.5; a run: validation 90.0 %, training 90.0 %");
  expect(await press("ArrowRight")).toContain("Epoch 1.0; a run");
  expect(await press("ArrowLeft")).toContain("Epoch 0.5; a run");
  expect(valuesAt(made.runs, 0.2)).toBe("Epoch 0.2");
  expect(valuesAt(made.runs, 0.8)).toContain("a run: validation 90.0 %");
});
