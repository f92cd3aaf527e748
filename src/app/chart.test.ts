import { afterEach, expect, it } from "vitest";
import type { Report } from "../index";
import { Chart } from "./chart";

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
