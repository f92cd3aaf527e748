import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHOICES } from "../bench/choices";
import { withValue } from "../model/tuning";
import { StairstepError } from "../runtime/errors";
import { ALONE, HARDWARE, SOFTWARE, testDevice } from "../testing";
import golden from "./golden.json";
import { parseVectors, verify } from "./verify";

const total = (families: Record<string, { failed: number; cases: number }>, key: "failed" | "cases") =>
  Object.values(families).reduce((sum, f) => sum + f[key], 0);

describe("golden vectors", () => {
  for (const [name, { tiles }] of Object.entries({ SOFTWARE, ALONE, HARDWARE })) {
    it(`all hold with the tiles for ${name}`, async () => {
      const families = await verify(await testDevice(), parseVectors("golden.json", golden), tiles);
      expect(Object.entries(families).filter(([, f]) => f.failed > 0)).toEqual([]);
      expect(total(families, "cases")).toBe(golden.philox.length + golden.neurons.length + golden.heads.length + golden.matmuls.length);
    });
  }

  it("of products hold with every tile that the tuner may choose", async () => {
    const device = await testDevice();
    const matmuls = parseVectors("golden.json", { matmuls: golden.matmuls });
    for (const [kind, built] of [["software", SOFTWARE] as const, ["gpu", HARDWARE] as const]) {
      for (const value of CHOICES[kind].flatMap(({ values }) => values)) {
        if (value.share && value.share !== device.adapter.subgroup) continue;
        const { tiles } = withValue(built, value);
        const { matmuls: result } = await verify(device, matmuls, tiles);
        expect([value, result?.failed, result?.cases]).toEqual([value, 0, golden.matmuls.length]);
      }
    }
  });

  it("miss when one expected value of each family is changed", async () => {
    const wrong = structuredClone(golden);
    (wrong.philox[3] as { words: number[] }).words[2]! ^= 1;
    wrong.neurons[5]!.dz[0]![0]! += 1e-3;
    wrong.neurons[5]!.y[1]![1]! += 1;
    wrong.heads[1]!.loss += 1e-3;
    wrong.matmuls[2]!.c[7]! += 1;
    const families = await verify(await testDevice(), parseVectors("golden.json", wrong));
    expect(total(families, "failed")).toBe(4);
  });

  it("are refused with the place of the fault", () => {
    expect(() => parseVectors("v.json", { philox: [{ counter: [1, 2, 3], key: [0, 0], words: [0, 0, 0, 0] }] })).toThrow(/v\.json.*philox\.0\.counter/);
    expect(() => parseVectors("v.json", {})).toThrow(/has no golden vectors/);
    const spoilt = (change: (vectors: typeof golden) => void) => () => {
      const copy = structuredClone(golden);
      change(copy);
      return parseVectors("v.json", copy);
    };
    expect(spoilt((g) => g.neurons[3]!.z[1]!.pop())).toThrow(/neurons\.3\.z: rows must be of one length/);
    expect(spoilt((g) => g.neurons[3]!.dy.pop())).toThrow(/neurons\.3: z, dy, y and dz must be of one shape/);
    expect(spoilt((g) => g.neurons.find(({ u }) => u)!.u!.pop())).toThrow(/u must have as many rows as z/);
    expect(spoilt((g) => (g.neurons.find(({ u }) => u)!.u![0]![0] = 1))).toThrow(/neurons\.\d+\.u\.0\.0/);
    expect(spoilt((g) => (g.heads[0]!.labels[0] = 4e9))).toThrow(/heads\.0: labels must be a class for each row/);
    expect(spoilt((g) => g.heads[0]!.dlogits[0]!.pop())).toThrow(/heads\.0: logits and dlogits/);
    expect(spoilt((g) => ((g.neurons[0] as { levels?: number }).levels = 1e9))).toThrow(/neurons\.0\.levels/);
  });

  it("parse whatever JSON comes, or refuse it, and leave prototypes alone", () => {
    const keys = fc.constantFrom("philox", "neurons", "heads", "matmuls", "__proto__", "constructor", "z", "u", "counter", "m", "a", "labels");
    const json = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: "medium" },
        fc.jsonValue(),
        fc.double(),
        fc.array(tie("any"), { maxLength: 4 }),
        fc.dictionary(keys, tie("any"), { maxKeys: 5 }),
      ),
    })).any;
    fc.assert(
      fc.property(json, (value) => {
        try {
          parseVectors("v.json", JSON.parse(JSON.stringify(value) ?? "null"));
        } catch (error) {
          expect(error).toBeInstanceOf(StairstepError);
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});
