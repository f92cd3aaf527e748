/**
 * Every neuron and estimator beside its twin in plain float64 (verify/twin/neurons.ts), on random
 * inputs: sampled and deterministic, at several slopes and temperatures, with the slope in the
 * gradient and divided out.
 */
import { describe, expect, it } from "vitest";
import { activation } from "../../model/activation";
import { numbers, testDevice } from "../../testing";
import { ACTIVATIONS, fire, type Kind, sizesOf } from "../../verify/twin/neurons";
import type { NeuronVector } from "../../verify/vectors";
import { verifyVectors } from "../../verify/verify";
import { neurons } from "./catalogue";

const [ROWS, UNITS] = [6, 5];
/** Choices made by less than this may fall otherwise in f32. */
const MARGIN = 1e-4;
const SLOPES = [0.5, 1, 2.5];
const random = numbers(11);
const f32 = (low: number, high: number) => Math.fround(low + (high - low) * random());

/** A vector of the golden files' schema, from the twin. */
function vector(kind: Kind, stochastic: boolean, slope: number, tau: number): NeuronVector {
  const { group, draws, open } = sizesOf(kind);
  const sampled = stochastic && draws > 0;
  const cell = () => {
    for (;;) {
      const z = Array.from({ length: group }, () => f32(-3, 3));
      const dy = Array.from({ length: group }, () => f32(-1, 1));
      // 24 bits; in the middle of their interval where a logarithm follows.
      const u = Array.from(
        { length: draws },
        () => (Math.floor(random() * 2 ** 24) + (open ? 0.5 : 0)) / 2 ** 24,
      );
      const { y, back, margin } = fire(kind, z, sampled ? u : undefined, slope, tau);
      if (margin >= MARGIN) return { z, dy, u, y, dz: back(dy) };
    }
  };
  const rows = Array.from({ length: ROWS }, () => Array.from({ length: UNITS }, cell));
  const of = (key: keyof ReturnType<typeof cell>) =>
    rows.map((cells) => cells.flatMap((c) => c[key]));
  const { neuron, size: levels, estimator, normalise } = kind;
  const values = {
    z: of("z"),
    dy: of("dy"),
    y: of("y"),
    dz: of("dz"),
    ...(sampled ? { u: of("u") } : {}),
  };
  return {
    name: neuron,
    neuron,
    levels,
    estimator,
    tau,
    slope,
    stochastic: sampled,
    normalise,
    ...values,
  };
}

describe("twins in float64", () => {
  for (const neuron of neurons) {
    const sizes = neuron.size ? [2, 3, 5, 10] : [1];
    for (const { name: estimator, usesTau } of neuron.estimators) {
      it(`of ${neuron.name} by ${estimator}`, async () => {
        const vectors: NeuronVector[] = [];
        for (const size of sizes) {
          for (const stochastic of [false, true]) {
            for (const normalise of [false, true]) {
              for (const slope of SLOPES) {
                for (const tau of usesTau ? [0.5, 2] : [1])
                  vectors.push(
                    vector(
                      { neuron: neuron.name, estimator, size, normalise },
                      stochastic,
                      slope,
                      tau,
                    ),
                  );
              }
            }
          }
        }
        const families = await verifyVectors(await testDevice(), {
          philox: [],
          neurons: vectors,
          heads: [],
          matmuls: [],
        });
        const [result] = Object.values(families);
        expect(result?.cases).toBe(vectors.length);
        expect(result?.failed, `largest error ${result?.maxError}`).toBe(0);
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
