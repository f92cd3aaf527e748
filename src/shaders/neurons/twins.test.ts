/**
 * Every neuron and estimator beside a twin in plain float64, on random inputs: sampled and deterministic, at several
 * slopes and temperatures, with the slope in the gradient and divided out. An ordered neuron without a twin here is held
 * against its own activation as the GPU tabulates it, and its derivative against that one's differences; a new estimator needs a twin.
 */
import { describe, expect, it } from "vitest";
import { activation } from "../../model/activation";
import { numbers, testDevice } from "../../testing";
import type { NeuronVector } from "../../verify/vectors";
import { verify } from "../../verify/verify";
import { neurons } from "./catalogue";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const dot = (a: readonly number[], b: readonly number[]) => sum(a.map((x, i) => x * (b[i] as number)));
const softmax = (l: readonly number[]) => {
  const e = l.map((x) => Math.exp(x - Math.max(...l)));
  return e.map((x) => x / sum(e));
};

/** f(s·z) and its derivative by z. */
type Activation = (z: number, s: number, size: number) => [number, number];
const ACTIVATIONS: Record<string, Activation> = {
  tanh: (z, s) => [Math.tanh(s * z), s * (1 - Math.tanh(s * z) ** 2)],
  sigmoid: (z, s) => [sigmoid(s * z), s * sigmoid(s * z) * sigmoid(-s * z)],
  binary: (z, s) => [sigmoid(s * z), s * sigmoid(s * z) * sigmoid(-s * z)],
  "hard-binary": (z, s) => [Math.min(1, Math.max(0, (s * z + 1) / 2)), Math.abs(s * z) < 1 ? s / 2 : 0],
  ternary: (z, s) => [1.5 * Math.tanh(s * z) + 0.5 * Math.tanh(-3 * s * z), s * (1.5 * (1 - Math.tanh(s * z) ** 2) - 1.5 * (1 - Math.tanh(3 * s * z) ** 2))],
  staircase: (z, s, levels) => {
    const q = Array.from({ length: levels - 1 }, (_, c) => sigmoid(s * (z - c + (levels - 2) / 2)));
    return [sum(q) - Math.floor((levels - 1) / 2), s * sum(q.map((x) => x * (1 - x)))];
  },
};

/** Outputs and gradients of one one-hot neuron from logits l = s·z: y, and dy → dLoss/dl; and by how little the choice was made. */
interface OneHot {
  y: number[];
  gradient: (dy: readonly number[]) => number[];
  margin: number;
}
const jacobian = (p: readonly number[], dy: readonly number[]) => p.map((x, i) => x * ((dy[i] as number) - dot(p, dy)));
const hot = (length: number, at: number) => Array.from({ length }, (_, i) => Number(i === at));
const largest = (l: readonly number[]): [number, number] => {
  const [first = 0, second = 0] = [...l].sort((a, b) => b - a);
  return [l.indexOf(first), first - second];
};

const ESTIMATORS: Record<string, (l: number[], u: number[] | undefined, tau: number) => OneHot> = {
  hardmax: (l) => {
    const [choice, margin] = largest(l);
    return { y: hot(l.length, choice), gradient: (dy) => jacobian(softmax(l), dy), margin };
  },
  "straight-through": (l, u, tau) => (u ? drawn(l, u[0] as number, (_, p, dy) => jacobian(p, dy)) : (ESTIMATORS.hardmax?.(l, u, tau) as OneHot)),
  reinmax: (l, u, tau) => {
    if (!u) return ESTIMATORS.hardmax?.(l, u, tau) as OneHot;
    const soft = softmax(l.map((x) => x / tau));
    return drawn(l, u[0] as number, (y, p, dy) => {
      const mixed = jacobian(
        y.map((x, i) => (x + (soft[i] as number)) / 2),
        dy,
      );
      return jacobian(p, dy).map((x, i) => 2 * (mixed[i] as number) - x / 2);
    });
  },
  gumbel: (l, u, tau) => (u ? perturbed(l, u, tau, false) : (ESTIMATORS.hardmax?.(l, u, tau) as OneHot)),
  concrete: (l, u, tau) => (u ? perturbed(l, u, tau, true) : (ESTIMATORS.hardmax?.(l, u, tau) as OneHot)),
};

function drawn(l: number[], u: number, gradient: (y: number[], p: number[], dy: readonly number[]) => number[]): OneHot {
  const p = softmax(l);
  const cumulative = p.map((_, i) => sum(p.slice(0, i + 1)));
  const y = hot(l.length, Math.min(l.length - 1, cumulative.filter((c) => u >= c).length));
  return { y, gradient: (dy) => gradient(y, p, dy), margin: Math.min(...cumulative.slice(0, -1).map((c) => Math.abs(c - u))) };
}

function perturbed(l: number[], u: number[], tau: number, soft: boolean): OneHot {
  const noisy = l.map((x, i) => x - Math.log(-Math.log(u[i] as number)));
  const q = softmax(noisy.map((x) => x / tau));
  const [choice, margin] = largest(noisy);
  return { y: soft ? q : hot(l.length, choice), gradient: (dy) => jacobian(q, dy).map((x) => x / tau), margin: soft ? 1 : margin };
}

const ROWS = 6;
/** Choices made by less than this may fall otherwise in f32. */
const MARGIN = 1e-4;
const random = numbers(11);
const f32 = (low: number, high: number) => Math.fround(low + (high - low) * random());
/** A uniform of 24 bits; in the middle of its interval where a logarithm follows. */
const uniform = (open: boolean) => (Math.floor(random() * 2 ** 24) + (open ? 0.5 : 0)) / 2 ** 24;

/** Pre-activations that a table stands for, each at every slope. */
const POOL = Float32Array.from({ length: 300 }, () => f32(-3, 3));
const SLOPES = [0.5, 1, 2.5];

/** An activation by its own table, at POOL and SLOPES alone. Its derivative must be that of what it tabulates, but at kinks. */
async function tabulated(name: string): Promise<Activation> {
  const device = await testDevice();
  const found = new Map<string, [number, number]>();
  for (const s of SLOPES) {
    const step = 2 ** -8;
    const [at, below, above] = await Promise.all(
      [0, -step, step].map((by) =>
        activation(
          device,
          name,
          s,
          POOL.map((z) => z + by),
        ),
      ),
    );
    POOL.forEach((z, i) => found.set(`${z} ${s}`, [at?.f[i] as number, at?.derivative[i] as number]));
    const wrong = [...POOL].filter((_, i) => {
      const slope = ((above?.f[i] as number) - (below?.f[i] as number)) / (2 * step);
      return Math.abs(slope - (at?.derivative[i] as number)) > 0.02 * (1 + Math.abs(slope));
    });
    expect(wrong.length, `the derivative of ${name} at slope ${s}, as at ${wrong.slice(0, 3)}`).toBeLessThan(0.05 * POOL.length);
  }
  return (z, s) => found.get(`${z} ${s}`) as [number, number];
}

/** A vector of the golden files' schema, from the twin. */
function vector(
  activation: Activation | undefined,
  name: string,
  size: number,
  estimator: string,
  draws: string,
  stochastic: boolean,
  normalise: boolean,
  slope: number,
  tau: number,
): NeuronVector {
  const group = activation ? 1 : size;
  const units = 5;
  const [z, dy, us, ys, dzs]: number[][][] = [[], [], [], [], []];
  for (let row = 0; row < ROWS; row++) {
    const cells = Array.from({ length: units }, () => {
      for (;;) {
        const here = Array.from({ length: group }, () => (activation ? (POOL[Math.floor(random() * POOL.length)] as number) : f32(-3, 3)));
        const above = Array.from({ length: group }, () => f32(-1, 1));
        const u = Array.from({ length: draws === "category" ? group : 1 }, () => uniform(draws === "category"));
        if (activation) {
          const [f, derivative] = activation(here[0] as number, slope, size);
          const real = draws === "none";
          const given = f - (stochastic ? (u[0] as number) : 0.5);
          if (!real && Math.abs(given - Math.round(given)) < MARGIN) continue;
          const y = real ? f : Math.ceil(given);
          return { here, above, u, y: [y], dz: [(above[0] as number) * (normalise ? derivative / slope : derivative)] };
        }
        const twin = ESTIMATORS[estimator];
        if (!twin) throw new Error(`${estimator} has no twin: add it to ESTIMATORS`);
        const { y, gradient, margin } = twin(
          here.map((x) => slope * x),
          stochastic && draws !== "none" ? u : undefined,
          tau,
        );
        if (margin < MARGIN) continue;
        return { here, above, u, y, dz: gradient(above).map((x) => (normalise ? x : slope * x)) };
      }
    });
    z?.push(cells.flatMap((c) => c.here));
    dy?.push(cells.flatMap((c) => c.above));
    us?.push(cells.flatMap((c) => c.u));
    ys?.push(cells.flatMap((c) => c.y));
    dzs?.push(cells.flatMap((c) => c.dz));
  }
  const drawing = stochastic && draws !== "none";
  return {
    name,
    neuron: name,
    levels: size,
    estimator,
    tau,
    slope,
    stochastic: drawing,
    normalise,
    z,
    dy,
    y: ys,
    dz: dzs,
    ...(drawing ? { u: us } : {}),
  } as NeuronVector;
}

describe("twins in float64", () => {
  for (const neuron of neurons) {
    for (const { name: estimator, draws, usesTau } of neuron.estimators) {
      it(`of ${neuron.name} by ${estimator}`, async () => {
        const vectors: NeuronVector[] = [];
        for (const size of neuron.size ? [2, 3, 5, 10] : [1]) {
          const curve = neuron.activation && (ACTIVATIONS[neuron.name] ?? (await tabulated(neuron.size ? `${neuron.name}:${size}` : neuron.name)));
          for (const stochastic of [false, true]) {
            for (const normalise of [false, true]) {
              for (const slope of SLOPES) {
                for (const tau of usesTau ? [0.5, 2] : [1]) vectors.push(vector(curve, neuron.name, size, estimator, draws, stochastic, normalise, slope, tau));
              }
            }
          }
        }
        const families = await verify(await testDevice(), { philox: [], neurons: vectors, heads: [], matmuls: [] });
        const [result] = Object.values(families);
        expect(result?.cases).toBe(vectors.length);
        expect(result?.failed, `largest error ${result?.maxError}`).toBe(0);
      });
    }
  }
});
