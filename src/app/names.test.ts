import { expect, it } from "vitest";
import { resolve } from "../model/spec";
import { describe, facetsOf, namesOf, seedNames } from "./names";
import { DEFAULTS, ofNeuron, ofOptimizer, type Settings, toOptions } from "./settings";

const facets = (changes: Partial<Settings> = {}, data = "MNIST") => {
  const settings = { ...DEFAULTS, ...changes };
  return facetsOf(resolve(toOptions(settings)), settings.kernels, data);
};
const names = (...runs: (Partial<Settings> | string)[]) =>
  namesOf(
    runs.map((run, i) =>
      typeof run === "string"
        ? { number: i + 1, facets: facets(), own: run }
        : { number: i + 1, facets: facets(run) },
    ),
  );

it("names a run by itself as a person would", () => {
  expect(describe(facets())).toBe("100 one-hot neurons, 5 choices each");
  expect(describe(facets({ ...ofNeuron("ternary"), units: 50, layers: 2, seed: 4 }))).toBe(
    "2 layers of 50 ternary neurons",
  );
  expect(describe(facets({ ...ofNeuron("binary"), units: 1, members: 3, rate: 0.1 }))).toBe(
    "1 binary neuron, learning rate 0.1, 3 networks, seeds 1 to 3",
  );
  expect(describe(facets({ ...ofNeuron("staircase"), deterministic: true }))).toBe(
    "100 staircase neurons, 5 levels, rounding",
  );
  expect(describe(facets({ ...ofNeuron("tanh"), ...ofOptimizer("adam") }))).toBe(
    "100 tanh neurons, Adam",
  );
  expect(describe(facets({ kernels: "gpu" }, "your data"))).toBe(
    "100 one-hot neurons, 5 choices each, your data, kernels for GPUs",
  );
});

it("names runs by what they differ in, and says what they have in common", () => {
  expect(names({}, { ...ofNeuron("tanh") })).toEqual({
    names: ["100 one-hot neurons, 5 choices each", "100 tanh neurons"],
    common: "",
  });
  expect(names({}, { estimator: "gumbel" }, { seed: 2 })).toEqual({
    names: ["straight-through, seed 1", "gumbel", "straight-through, seed 2"],
    common: "100 one-hot neurons, 5 choices each",
  });
  expect(names({ rate: 0.1 }, { rate: 0.1, members: 8 })).toEqual({
    names: ["seed 1", "8 networks, seeds 1 to 8"],
    common: "100 one-hot neurons, 5 choices each, learning rate 0.1",
  });
  expect(names({ members: 3 }, { ...ofNeuron("tanh"), seed: 4, epochs: 2 }).names).toEqual([
    "100 one-hot neurons, 5 choices each, 3 networks, seeds 1 to 3",
    "100 tanh neurons",
  ]);
  expect(names({ epochs: 2 }, { epochs: 20 }).names).toEqual(["2 epochs", "20 epochs"]);
  expect(names({ slope: 2 }, { ...ofNeuron("staircase") }).names).toEqual([
    "100 one-hot neurons, 5 choices each, slope 2",
    "100 staircase neurons, 5 levels, slope 2",
  ]);
});

it("tells eleven equal runs by their numbers", () => {
  const { names: eleven } = names(...Array.from({ length: 11 }, () => ({})));
  expect(new Set(eleven).size).toBe(11);
  expect(eleven[10]).toBe("100 one-hot neurons, 5 choices each, run 11");
  expect(names({}, {}, { seed: 2 }).names).toEqual(["seed 1, run 1", "seed 1, run 2", "seed 2"]);
});

it("leaves names that were given, and tells two of the same apart", () => {
  expect(names("mine", {}).names).toEqual(["mine", "100 one-hot neurons, 5 choices each"]);
  expect(names("mine", "mine", { seed: 2 }, {}).names).toEqual([
    "mine, run 1",
    "mine, run 2",
    "seed 2",
    "seed 1",
  ]);
});

it("writes seeds that follow one another as a range", () => {
  expect([[3], [1, 2, 3], [1, 5]].map(seedNames)).toEqual(["seed 3", "seeds 1 to 3", "seeds 1, 5"]);
});
