import { expect, it } from "vitest";
import { describe, unlike } from "./names";
import { DEFAULTS, ofNeuron } from "./settings";

it("names networks as a person would", () => {
  expect(describe(DEFAULTS)).toBe("100 one-hot neurons, 5 choices each");
  expect(describe({ ...DEFAULTS, neuron: "ternary", units: 50, layers: 2 })).toBe(
    "2 layers of 50 ternary neurons",
  );
  expect(describe({ ...DEFAULTS, neuron: "binary", units: 1, members: 3, rate: 0.1 })).toBe(
    "1 binary neuron, learning rate 0.1, 3 networks",
  );
  expect(describe({ ...DEFAULTS, ...ofNeuron("staircase"), deterministic: true })).toBe(
    "100 staircase neurons, 5 levels, rounding",
  );
});

it("gives eleven equal runs eleven names", () => {
  const names: string[] = [];
  for (let run = 0; run < 11; run++) names.push(unlike("20 tanh neurons", "seed 1", names));
  expect(names.slice(0, 3)).toEqual([
    "20 tanh neurons",
    "20 tanh neurons, seed 1",
    "20 tanh neurons, seed 1 (2)",
  ]);
  expect(new Set(names).size).toBe(11);
  expect(unlike("20 tanh neurons", "seed 2", names)).toBe("20 tanh neurons, seed 2");
});
