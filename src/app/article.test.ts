import { expect, it } from "vitest";
import { resolve } from "../model/spec";
import { articleValue } from "./article";
import { DEFAULTS, ofNeuron, type Settings, toOptions } from "./settings";

const value = (changes: Partial<Settings>) =>
  articleValue(resolve(toOptions({ ...DEFAULTS, ...changes })));

it("knows what the article printed, whatever the seeds and epochs", () => {
  expect(value({})).toBe(0.9794);
  expect(value({ ...ofNeuron("onehot"), size: 20 })).toBe(0.9754);
  expect(value({ ...ofNeuron("binary") })).toBe(0.9732);
  expect(value({ seed: 7, members: 8, epochs: 3, kernels: "gpu" })).toBe(0.9794);
});

it("knows nothing of other settings", () => {
  for (const changes of [
    { units: 99 },
    { layers: 2 },
    { size: 4 },
    { estimator: "gumbel" },
    { deterministic: true },
    { normalise: true },
    { rate: 0.4 },
    { slope: 2 },
    { anneal: 1.1 },
    ofNeuron("tanh"),
  ])
    expect(value(changes), JSON.stringify(changes)).toBeUndefined();
  const spec = resolve(toOptions(DEFAULTS));
  for (const changes of [{ batch: 100 }, { stepsPerEpoch: 1100 }, { optimizer: "adam" }])
    expect(articleValue({ ...spec, ...changes }), JSON.stringify(changes)).toBeUndefined();
});
