import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { neurons, optimizers, StairstepError } from "../index";
import {
  check,
  DEFAULTS,
  fromFragment,
  LIMITS,
  type Settings,
  toFragment,
  toOptions,
} from "./settings";

const numbers = Object.fromEntries(
  Object.entries(LIMITS).map(([key, [kind, least, most]]) => [
    key,
    kind === "whole"
      ? fc.integer({ min: least, max: most })
      : fc.double({ min: least, max: most, noNaN: true }),
  ]),
) as { [key in keyof typeof LIMITS]: fc.Arbitrary<number> };
const settings: fc.Arbitrary<Settings> = fc.constantFrom(...neurons).chain(({ name, estimators }) =>
  fc.record({
    neuron: fc.constant(name),
    estimator: fc.constantFrom(...estimators.map((estimator) => estimator.name)),
    deterministic: fc.boolean(),
    normalise: fc.boolean(),
    optimizer: fc.constantFrom(...optimizers.map(({ name }) => name as string)),
    kernels: fc.constantFrom("auto" as const, "gpu" as const, "software" as const),
    ...numbers,
  }),
);

describe("the address", () => {
  it("brings back every setting that the form can make", () => {
    fc.assert(
      fc.property(settings, (given) => {
        const found = fromFragment(`#${toFragment(given)}`);
        expect(found).toEqual(given);
        expect(toOptions(found).hidden).toHaveLength(given.layers);
      }),
      { seed: 1, numRuns: 500 },
    );
    const chosen = toFragment({ ...DEFAULTS, epochs: 2, seed: 3 }, ["epochs"]);
    expect(chosen).toBe("neuron=onehot&seed=3");
    // An optimizer brings its own rate, which a link need not say.
    expect(toFragment({ ...DEFAULTS, optimizer: "adam", rate: 0.001 })).toBe(
      "neuron=onehot&optimizer=adam",
    );
    expect(toOptions(fromFragment("#optimizer=momentum"))).toMatchObject({
      ...{ optimizer: "momentum", learningRate: 0.05 },
    });
    expect(fromFragment("#rate=0.5&optimizer=adam").rate).toBe(0.5);
    expect(() => fromFragment("#optimizer=adamw")).toThrow(
      "there is no optimizer adamw: choose from sgd, momentum, adam",
    );
  });

  it("of any other kind is refused with what is wrong, and pollutes nothing", () => {
    const keys = fc.oneof(
      fc.constantFrom(
        ...Object.keys(DEFAULTS),
        "__proto__",
        "constructor",
        "toString",
        "prototype.x",
      ),
      fc.string(),
    );
    const values = fc.oneof(
      fc.constantFrom("true", "1e999", "-0", "0x10", "NaN", "", " ", "[]", "onehot", "__proto__"),
      fc.string(),
      fc.double().map(String),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(keys, values), { maxLength: 4 }),
        fc.string(),
        (pairs, noise) => {
          for (const fragment of [new URLSearchParams(pairs).toString(), noise]) {
            try {
              expect(check(fromFragment(fragment))).toBeTypeOf("object");
            } catch (error) {
              expect(error).toBeInstanceOf(StairstepError);
              expect((error as Error).message.length).toBeLessThan(300);
            }
          }
          expect(Object.keys(Object.prototype)).toEqual([]);
        },
      ),
      { seed: 1, numRuns: 2000 },
    );
    expect(() => fromFragment("#deterministic=maybe")).toThrow(
      "deterministic must be true or false, got maybe",
    );
    expect(() => fromFragment("#__proto__=1")).toThrow(
      "a setting __proto__, which this page does not know",
    );
    expect(() => fromFragment("#seed=1&seed=2")).toThrow("this link has seed twice");
  });
});
