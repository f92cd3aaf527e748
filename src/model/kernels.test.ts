/**
 * The WGSL of five networks, so that a review sees what a change does to it; -u renews the files.
 */
import { describe, expect, it } from "vitest";
import { FORMULAS } from "../cli/kernels";
import { networkKernels } from "./kernels";
import { layer } from "./own-layer";
import type { TrainOptions } from "./spec";

const NETWORKS: [string, "gpu" | "software", TrainOptions][] = [
  ["gpu-onehot", "gpu", { hidden: [layer("onehot:5", 100)] }],
  ["software-onehot", "software", { hidden: [layer("onehot:5", 100)] }],
  ["gpu-tanh-members", "gpu", { hidden: [layer("tanh", 100), layer("tanh", 100)], members: 2 }],
  [
    "gpu-code",
    "gpu",
    {
      ...{ task: "reconstruct", kl: 1, optimizer: "adam" },
      hidden: [layer("tanh", 200), layer("onehot:10", 20, { estimator: "gumbel" })],
    },
  ],
  ["software-ternary", "software", { hidden: [layer("ternary", 200), layer("ternary", 100)] }],
];

for (const [name, kind, options] of NETWORKS) {
  describe(`the kernels of ${name}`, () => {
    const kernels = networkKernels(options, kind);
    it("are those that a reviewer has seen", async () => {
      const text = kernels.map(({ name, wgsl }) => `// ${name}\n\n${wgsl}\n`).join("\n");
      await expect(text).toMatchFileSnapshot(`snapshots/${name}.wgsl`);
    });

    it("have lines of at most 100 columns, a formula, and constants that are used", () => {
      for (const { name, wgsl } of kernels) {
        expect(
          Object.keys(FORMULAS).some((begin) => name.startsWith(begin)),
          name,
        ).toBe(true);
        for (const line of wgsl.split("\n")) expect(line.length, line).toBeLessThanOrEqual(100);
        for (const [, constant] of wgsl.matchAll(/^const (\w+) =/gm))
          expect(
            wgsl.split(new RegExp(`\\b${constant}\\b`)).length,
            `${name}: ${constant}`,
          ).toBeGreaterThan(2);
      }
    });
  });
}
