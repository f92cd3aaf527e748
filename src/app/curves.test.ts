import { expect, it, vi } from "vitest";
import type { Report } from "../index";
import { resolve } from "../model/spec";
import { Curves } from "./curves";
import { DEFAULTS, ofNeuron, type Settings, toOptions } from "./settings";
import record from "./shipped/record.json";
import { articlesOf, describeChart, lastOf, valuesAt } from "./values";

const recipe = (changes: Partial<Settings> = {}) => ({
  spec: resolve(toOptions({ ...DEFAULTS, ...ofNeuron("tanh"), units: 20, ...changes })),
  kernels: "auto" as const,
  data: "MNIST",
});
const report = (epoch: number, ...accuracies: number[]) =>
  ({
    epoch,
    training: { accuracy: 0.5 },
    members: accuracies.map((accuracy) => ({ validation: { accuracy } })),
  }) as unknown as Report;

it("begins a curve before the first step, and adds reports", () => {
  const curves = new Curves(() => {});
  curves.begin(recipe({ epochs: 2 }));
  curves.start(0, [0.1]);
  curves.add(report(0.1, 0.8));
  const [run] = curves.runs;
  expect(run).toMatchObject({ epochs: [0, 0.1], validation: [10, 80], training: [undefined, 50] });
  expect(curves.until).toBe(2);
  expect(valuesAt(curves.runs, 0)).toBe("Epoch 0.0; 20 tanh neurons: validation 10.0 %");
  expect(valuesAt(curves.runs, 0.1)).toContain("validation 80.0 %, training 50.0 %");
});

it("keeps mean, least and largest of a population, and its members' ends", () => {
  const curves = new Curves(() => {});
  curves.begin(recipe({ members: 3 }));
  curves.add(report(1, 0.9, 0.96, 0.93));
  curves.ended([{ test: 0.91 }, { test: 0.97, weights: "ab" }]);
  const [run] = curves.runs;
  expect(run).toMatchObject({
    low: [90],
    high: [96],
    name: "20 tanh neurons, 3 networks, seeds 1 to 3",
  });
  expect(run && lastOf(run)).toBe("93.0 % (90.0 to 96.0)");
  expect(run?.members).toEqual([
    { seed: 1, validation: 0.9, test: 0.91 },
    { seed: 2, validation: 0.96, test: 0.97, weights: "ab" },
    { seed: 3, validation: 0.93 },
  ]);
});

it("shows one run alone, hides others, and brings all back", () => {
  const curves = new Curves(() => {});
  for (const seed of [1, 2, 3]) curves.begin(recipe({ seed }));
  const [one, two, three] = curves.runs as [never, never, never];
  const seen = () => curves.seen.map(({ number }) => number);
  curves.hide(two, true);
  expect(seen()).toEqual([1, 3]);
  curves.toggleSolo(two);
  expect(seen()).toEqual([2]);
  curves.toggleSolo(two);
  expect(seen()).toEqual([1, 3]);
  curves.toggleSolo(one);
  curves.hide(three, true);
  expect(seen()).toEqual([1]);
  curves.remove(one);
  expect(seen()).toEqual([]);
  curves.hide(two, false);
  expect(seen()).toEqual([2]);
});

it("names runs anew when one is renamed or removed", () => {
  const curves = new Curves(() => {});
  curves.begin(recipe({ seed: 1 }));
  curves.begin(recipe({ seed: 2 }));
  const [first, second] = curves.runs as [never, never];
  const names = () => curves.runs.map(({ name }) => name);
  expect(names()).toEqual(["seed 1", "seed 2"]);
  expect(curves.common).toBe("20 tanh neurons");
  curves.rename(first, "  mine ");
  expect(names()).toEqual(["mine", "20 tanh neurons"]);
  curves.rename(second, "mine");
  expect(names()).toEqual(["mine, run 1", "mine, run 2"]);
  curves.rename(first, "");
  curves.remove(second);
  expect(names()).toEqual(["20 tanh neurons"]);
  expect(curves.common).toBe("");
});

it("keeps what was recorded until a run begins, and tells changes from reports", () => {
  const [changed, reported] = [vi.fn(), vi.fn()];
  const curves = new Curves(changed, reported);
  const reports = { epochs: [0, 0.1, 0.2], training: [0.5, 0.6], validation: [0.1, 0.6, 0.7] };
  curves.record({ name: "recorded", reports });
  expect(curves.runs).toMatchObject([
    { name: "recorded", validation: [10, 60, 70], training: [undefined, 50, 60] },
  ]);
  curves.end();
  expect(curves.runs).toEqual([]);
  curves.begin(recipe());
  const before = changed.mock.calls.length;
  curves.add(report(1, 0.9));
  expect([changed.mock.calls.length - before, reported.mock.calls.length]).toEqual([0, 1]);
  curves.removeCurrent();
  curves.add(report(2, 0.9)); // of nobody
  expect(curves.runs).toEqual([]);
});

it("comes with a curve from step 0 on, where the network guesses", () => {
  const { epochs, training, validation } = record.reports;
  expect([epochs[0], epochs[1], epochs.at(-1)]).toEqual([0, 0.1, 10]);
  expect([validation.length, training.length + 1]).toEqual([epochs.length, epochs.length]);
  expect(validation[0]).toBeLessThan(0.2);
  expect(validation.at(-1)).toBe(record.validation);
});

it("says whose the article's value is", () => {
  const curves = new Curves(() => {});
  expect(describeChart([])).toBe("Accuracy over epochs, empty so far");
  curves.begin(recipe(), undefined, 0.9794);
  expect(articlesOf(curves.runs)).toEqual([{ value: 97.94, text: "The article: 97.94 %" }]);
  curves.begin(recipe({ units: 5 }));
  expect(describeChart(curves.runs)).toContain("The article for 1: 97.94 %");
});
