import { InvalidArgumentError } from "commander";
import fc from "fast-check";
import { expect, it } from "vitest";
import { neuron, positive, rates, seeds, units, whole } from "./options";

const text = fc.oneof(
  fc.string(),
  fc.double().map(String),
  fc.integer().map(String),
  fc.constantFrom(
    "onehot:",
    "onehot:1e9",
    "staircase:99999999999999999999",
    "tanh:",
    "__proto__",
    "constructor:2",
    "1e3",
    "0x10",
    " 5",
    "-0",
    "１",
    "1,",
    ",",
    "9007199254740993",
  ),
);
/** What `read` makes of a text, or undefined where it refuses it as it should. */
function tried<T>(read: (text: string) => T, given: string): T | undefined {
  try {
    return read(given);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidArgumentError);
    return undefined;
  }
}

it("values of options are what they must be, or refused as such, whatever is typed", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 0, max: 3 }), (given, least) => {
      const count = tried(whole(least), given);
      if (count !== undefined)
        expect([Number.isSafeInteger(count), count >= least, String(count)]).toEqual([
          true,
          true,
          given.replace(/^0+(?=\d)/, ""),
        ]);
      const number = tried(positive, given);
      if (number !== undefined) expect(number > 0 && Number.isFinite(number)).toBe(true);
      const layers = tried((list) => units(list, undefined), given);
      if (layers !== undefined)
        expect(layers.length > 0 && layers.every((n) => Number.isSafeInteger(n) && n >= 1)).toBe(
          true,
        );
      const name = tried(neuron, given);
      if (name !== undefined) expect(name).toMatch(/^[a-z-]+(:\d+)?$/);
    }),
    { seed: 1, numRuns: 3000 },
  );
});

it("several rates and seeds are read as they are typed, each once", () => {
  expect(rates("0.5")).toEqual([0.5]);
  expect(rates("0.1,0.3, 1e-3")).toEqual([0.1, 0.3, 0.001]);
  expect(seeds("7")).toEqual([7]);
  expect(seeds("1,5,2")).toEqual([1, 5, 2]);
  expect(seeds("3..6")).toEqual([3, 4, 5, 6]);
  expect(seeds("4..4")).toEqual([4]);
  for (const wrong of ["", "0.1,", "0.1,0.1", "0", "0.1;0.2", "-1"])
    expect(tried(rates, wrong), wrong).toBeUndefined();
  for (const wrong of ["", "1,1", "2..1", "1..65537", "1..", "..3", "1.5", "1..2..3", "a..b"])
    expect(tried(seeds, wrong), wrong).toBeUndefined();
});
