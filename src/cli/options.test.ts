import { InvalidArgumentError } from "commander";
import fc from "fast-check";
import { expect, it } from "vitest";
import { neuron, positive, units, whole } from "./options";

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
