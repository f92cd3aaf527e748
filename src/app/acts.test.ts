/** What the three acts show, in numbers. */
import { describe, expect, it } from "vitest";
import { outcomesOf, twinOf } from "../verify/index";
import recorded from "./arms.json";
import { apart, inWords } from "./arms-chart";
import { logisticAt, meanGradient, relaxed, throws } from "./ideas";
import {
  corners,
  LAYER,
  REACH,
  SLOPE,
  scrolled,
  standing,
  stepFrom,
  WANTED,
  within,
} from "./stair";

const zs = Array.from({ length: 101 }, (_, i) => REACH * (i / 50 - 1));
const [zero, through] = [twinOf("staircase", "zero"), twinOf("staircase", "straight-through")];
const walked = (twin: typeof zero, z: number): number => {
  let at = z;
  for (let step = 0; step < 40; step++) at = within(at + stepFrom(standing(twin, at)));
  return at;
};

describe("a neuron on a stair", () => {
  it("stands on the same stair by either estimator, and has a slope by one", () => {
    for (const z of zs) {
      const [own, lent] = [standing(zero, z), standing(through, z)];
      expect(own.y).toBe(lent.y);
      expect(own.slope).toBe(0);
      expect(lent.slope).toBeGreaterThan(0);
    }
  });

  it("is lent the slope of the curve that is drawn", () => {
    const f = (z: number) =>
      outcomesOf(LAYER, [z], SLOPE).reduce((sum, { value, share }) => sum + value * share, 0);
    for (const z of zs)
      expect(standing(through, z).slope).toBeCloseTo((f(z + 1e-5) - f(z - 1e-5)) / 2e-5, 5);
  });

  it("learns by the lent slope, from anywhere, and never by its own", () => {
    for (const z of zs) {
      expect(walked(zero, z)).toBe(z);
      expect(standing(through, walked(through, z)).y).toBe(WANTED);
    }
  });

  it("goes from end to end as it is scrolled by", () => {
    expect([0, 0.5, 1, 2].map(scrolled)).toEqual([-REACH, 0, REACH, REACH]);
  });

  it("is drawn with upright jumps", () => {
    expect(
      corners([
        [0, 0],
        [1, 0],
        [2, 1],
        [3, 1],
      ]),
    ).toEqual([
      [0, 0],
      [1.5, 0],
      [1.5, 1],
      [3, 1],
    ]);
  });
});

describe("the ideas since", () => {
  it("throw ones as often as the curve says, and round to one jump", () => {
    const all = throws(twinOf, 2001, 3);
    for (const begin of [0, 500, 1000, 1500]) {
      const part = all.slice(begin, begin + 500);
      const mean = (of: (one: (typeof all)[number]) => number) =>
        part.reduce((sum, one) => sum + of(one), 0) / part.length;
      expect(mean(({ thrown }) => thrown)).toBeCloseTo(
        mean(({ z }) => logisticAt(twinOf, 1, z)),
        1,
      );
    }
    expect(all.filter(({ rounded }, i) => i > 0 && rounded !== all[i - 1]?.rounded).length).toBe(1);
  });

  it("grow hard as the temperature falls", () => {
    const largest = [4, 1, 0.5, 0.1].map((tau) => Math.max(...relaxed(twinOf, tau)));
    expect(largest).toEqual([...largest].sort((a, b) => a - b));
    expect(largest[0]).toBeLessThan(0.5);
    expect(largest[3]).toBeGreaterThan(0.9);
  });

  it("are right on average by ReinMax for a parabola, and not straight through", () => {
    let worst = 0;
    for (const z of [-3, -1, 0.5, 2]) {
      const { estimated, exact } = meanGradient(twinOf, "reinmax", z, 0.2);
      expect(estimated).toBeCloseTo(exact, 9);
      const plain = meanGradient(twinOf, "straight-through", z, 0.2);
      worst = Math.max(worst, Math.abs(plain.estimated - plain.exact));
    }
    expect(worst).toBeGreaterThan(0.05);
  });
});

describe("the chart of the three", () => {
  it("keeps labels apart, in order", () => {
    expect(apart([50, 10, 52, 12], 10)).toEqual([50, 10, 60, 20]);
  });

  it("says what it shows", () => {
    expect(inWords([{ name: "tanh", epochs: [0.1, 0.2], accuracies: [0.5, 0.9] }])).toBe(
      "tanh 90.0 %",
    );
  });

  it("comes with curves of a whole epoch that tell the same story", () => {
    expect([recorded.epochs[0], recorded.epochs.at(-1)]).toEqual([0, 1]);
    for (const curves of Object.values(recorded.accuracies))
      for (const curve of Object.values(curves)) expect(curve.length).toBe(recorded.epochs.length);
    const { "1": one, "2": two } = recorded.accuracies;
    // Before the first step all guess, and two of them are the same network.
    for (const { zero, "straight-through": through, tanh } of [one, two]) {
      expect(zero[0]).toBe(through[0]);
      for (const untrained of [zero[0], tanh[0]]) expect(untrained).toBeLessThan(0.2);
    }
    expect(two.zero.at(-1)).toBeLessThanOrEqual(0.3);
    expect(one.zero.at(-1)).toBeGreaterThan(0.4);
    expect(two["straight-through"].at(-1)).toBeGreaterThanOrEqual(0.85);
    expect(two.tanh.at(-1)).toBeGreaterThanOrEqual(0.93);
  });
});
