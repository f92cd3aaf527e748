import { describe, expect, it } from "vitest";
import { CHOICES, withValue } from "../model/tuning";
import { HARDWARE, SOFTWARE, testDevice } from "../testing";
import golden from "./golden.json";
import { parseVectors, verify } from "./verify";

const total = (families: Record<string, { failed: number; cases: number }>, key: "failed" | "cases") =>
  Object.values(families).reduce((sum, f) => sum + f[key], 0);

describe("golden vectors", () => {
  for (const [name, { tiles }] of Object.entries({ SOFTWARE, HARDWARE })) {
    it(`all hold with the tiles for ${name}`, async () => {
      const families = await verify(await testDevice(), parseVectors("golden.json", golden), tiles);
      expect(Object.entries(families).filter(([, f]) => f.failed > 0)).toEqual([]);
      expect(total(families, "cases")).toBe(golden.philox.length + golden.neurons.length + golden.heads.length + golden.matmuls.length);
    });
  }

  it("of products hold with every tile that the tuner may choose", async () => {
    const device = await testDevice();
    const matmuls = parseVectors("golden.json", { matmuls: golden.matmuls });
    for (const [kind, built] of [["software", SOFTWARE] as const, ["hardware", HARDWARE] as const]) {
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
  });
});
