import { expect, it } from "vitest";
import { resolve } from "../model/spec";
import { eightSeeds } from "./eight";
import { DEFAULTS, ofNeuron, toOptions } from "./settings";

it("makes a population of a run's settings, with seeds 1 to 8", () => {
  const settings = {
    ...DEFAULTS,
    ...ofNeuron("staircase"),
    rate: 0.3,
    slope: 3,
    seed: 5,
    epochs: 2,
  };
  const spec = resolve(toOptions(settings));
  expect(resolve(eightSeeds(spec))).toEqual({
    ...spec,
    members: Array.from({ length: 8 }, (_, i) => ({ ...spec.members[0], seed: i + 1 })),
  });
});
