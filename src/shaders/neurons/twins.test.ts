/**
 * Every neuron and estimator beside its twin in plain float64 (verify/twin/neurons.ts), on random
 * inputs: sampled and deterministic, at several slopes and temperatures, with the slope in the
 * gradient and divided out.
 */
import { describe, expect, it } from "vitest";
import { activation } from "../../model/activation";
import { numbers, testDevice } from "../../testing";
import { MARGIN } from "../../verify/course";
import { verifyNeuron } from "../../verify/neuron";
import { ACTIVATIONS, twinOf } from "../../verify/twin/neurons";
import { neurons } from "./catalogue";

const SLOPES = [0.5, 1, 2.5];
const random = numbers(11);
const f32 = (low: number, high: number) => Math.fround(low + (high - low) * random());

describe("twins in float64", () => {
  for (const neuron of neurons) {
    const sizes = neuron.size ? [2, 3, 5, 10] : [1];
    for (const { name: estimator, usesTau } of neuron.estimators) {
      it(`of ${neuron.name} by ${estimator}`, async () => {
        const result = await verifyNeuron(
          await testDevice(),
          neuron.name,
          twinOf(neuron.name, estimator),
          { estimator, sizes, slopes: SLOPES, inputs: 100 },
        );
        expect(result.inputs).toBe(100 * sizes.length * 4 * SLOPES.length * (usesTau ? 2 : 1));
        expect(result.passed, result.where).toBe(true);
        expect(result.maxError).toBeLessThan(1e-4);
      });
    }

    const curve = ACTIVATIONS[neuron.name];
    if (!curve) continue;
    it(`of ${neuron.name} draw the curve that plots show`, async () => {
      const z = Float32Array.from({ length: 300 }, () => f32(-3, 3));
      for (const size of sizes) {
        for (const slope of SLOPES) {
          const { f, derivative } = await activation(
            await testDevice(),
            neuron.size ? `${neuron.name}:${size}` : neuron.name,
            slope,
            z,
          );
          for (const [i, x] of z.entries()) {
            const [value, change, kink = 1] = curve(x, slope, size);
            if (kink < MARGIN) continue;
            expect(f[i]).toBeCloseTo(value, 4);
            expect(derivative[i]).toBeCloseTo(change, 4);
          }
        }
      }
    });
  }
});
