import { describe, expect, it } from "vitest";
import { layer } from "../../model/own-layer";
import { neuronLayer, resolve } from "../../model/spec";
import { call, Program } from "../../runtime/program";
import { testDevice } from "../../testing";
import { EVERY } from "../../testing-networks";
import { ACTIVATIONS, softmax } from "../../verify/twin/neurons";
import { packControl } from "../control";
import { fireKernel } from "../standalone";

describe("sampling", () => {
  for (const { name, estimator } of EVERY.filter(({ draws }) => draws !== "none")) {
    it(`${name} ${estimator}: averages to the activation, each draw a new one`, async () => {
      const device = await testDevice();
      const [rows, units] = [2000, 5];
      const spec = resolve({ hidden: [layer(name, units, { estimator })] });
      const shape = {
        ...neuronLayer(spec.hidden[0]!, "training"),
        label: "test",
        rows,
        members: 1,
      };
      const group = shape.neuron.group(shape.options.size);
      const stride = 4 * Math.ceil((units * group) / 4);
      const pre = Array.from({ length: group }, (_, i) => (group === 1 ? 0.6 : 0.5 * i - 1));
      const z = Float32Array.from({ length: rows * stride }, (_, i) =>
        i % stride < units * group ? (pre[(i % stride) % group] as number) : 0,
      );
      const sample = async (step: number, place = 0) => {
        const control = device.upload(
          "control",
          packControl(step, 1000, 1, [{ seed: 3, rate: 1, slope: 1, tau: 1, anneal: 1, cap: 1 }]),
        );
        const y = device.allocate("y", z.byteLength);
        const zs = device.upload("z", z);
        (
          await Program.create(device, [
            call(fireKernel(shape, { purpose: "training", layer: place }), { control, z: zs, y }),
          ])
        ).run(device);
        return new Float32Array(await device.read(y));
      };
      const soft = await sample(4);
      // Concrete samples are soft; their largest entry is the one that averages to the
      // probabilities.
      const y =
        estimator === "concrete"
          ? soft.map((v, i) =>
              Number(
                v ===
                  Math.max(
                    ...soft.subarray(
                      i - ((i % stride) % group),
                      i - ((i % stride) % group) + group,
                    ),
                  ),
              ),
            )
          : soft;
      const expected = expectation(name, pre);
      expected.forEach((want, c) => {
        const values = Array.from(
          { length: rows * units },
          (_, i) => y[Math.floor(i / units) * stride + (i % units) * group + c] as number,
        );
        // Standard deviation of a mean of 10,000 draws of spread at most 1 (2 for staircases): five
        // of them.
        expect(Math.abs(values.reduce((a, b) => a + b) / values.length - want)).toBeLessThan(0.03);
        if (expected.length > 1 && want < 0.05) return;
        const changes = (a: number[], b: number[]) =>
          a.filter((v, i) => v !== b[i]).length / a.length;
        expect(changes(values, values.slice(1))).toBeGreaterThan(0.05);
        expect(
          changes(values, [...values.slice(units), ...values.slice(0, units)]),
        ).toBeGreaterThan(0.05);
      });
      expect(await sample(5)).not.toEqual(soft);
      expect(await sample(4, 1)).not.toEqual(soft);
    });
  }
});

/** The mean of a neuron's outputs. */
function expectation(name: string, z: number[]): number[] {
  const [neuron = "", levels] = name.split(":");
  const curve = ACTIVATIONS[neuron];
  return curve ? [curve(z[0] as number, 1, Number(levels))[0]] : softmax(z);
}
