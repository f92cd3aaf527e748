/**
 * Every neuron and estimator in float64. Sources: the files of the same names in shaders/neurons.
 */
import { StairstepError } from "../../runtime/errors";
import { findNeuron } from "../../shaders/neurons/catalogue";

/** What decides a neuron's formulas. */
export interface Kind {
  neuron: string;
  estimator: string;
  /** Levels or categories. */
  size: number;
  /** Divide the slope out of the backward pass. */
  normalise: boolean;
}

/** What a neuron is given. */
export interface Given {
  /** Pre-activations [group]. */
  z: readonly number[];
  /** Uniforms that it samples by, each in [0, 1); none where it rounds or takes the largest. */
  u: readonly number[] | undefined;
  slope: number;
  tau: number;
  /** Levels or categories; 1 for neurons without. */
  size: number;
}

/** What a neuron puts out, y [group]. */
export interface Fired {
  y: number[];
  /** dLoss/dz [group] from dLoss/dy. */
  back: (dy: readonly number[]) => number[];
  /**
   * How far the decision was from falling otherwise: what rounding to f32 must stay below. Infinity
   * where nothing is decided.
   */
  margin: number;
}

/** A neuron by one estimator in plain float64, its slope in the gradient. */
export type Twin = (given: Given) => Fired;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
export const dot = (a: readonly number[], b: readonly number[]): number =>
  sum(a.map((x, i) => x * (b[i] as number)));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** The derivative of tanh. */
const bell = (x: number): number => 1 - Math.tanh(x) ** 2;

export function softmax(l: readonly number[]): number[] {
  const top = Math.max(...l);
  const e = l.map((x) => Math.exp(x - top));
  const total = sum(e);
  return e.map((x) => x / total);
}

/** The largest number's place, and what it is ahead of the second. */
export function largest(l: readonly number[]): { at: number; margin: number } {
  const [first = 0, second = Number.NEGATIVE_INFINITY] = [...l].sort((a, b) => b - a);
  return { at: l.indexOf(first), margin: first - second };
}

/** f(s·z) and its derivative by z; and, where that jumps, how far z is from there. */
export type Curve = (
  z: number,
  slope: number,
  size: number,
) => [f: number, derivative: number, margin?: number];

/** `leak`: the slope below 0, and at it. */
export const rectifier =
  (leak: number): Curve =>
  (z, s) => {
    const slope = z > 0 ? 1 : leak;
    return [slope * s * z, slope * s, Math.abs(s * z)];
  };

const logistic: Curve = (z, s) => [sigmoid(s * z), s * sigmoid(s * z) * sigmoid(-s * z)];

export const ACTIVATIONS: Readonly<Record<string, Curve>> = {
  tanh: (z, s) => [Math.tanh(s * z), s * bell(s * z)],
  sigmoid: logistic,
  relu: rectifier(0),
  "leaky-relu": rectifier(0.01),
  binary: logistic,
  "hard-binary": (z, s) => {
    const inside = Math.abs(s * z) < 1;
    return [
      Math.min(1, Math.max(0, (s * z + 1) / 2)),
      inside ? s / 2 : 0,
      Math.abs(Math.abs(s * z) - 1),
    ];
  },
  ternary: (z, s) => [
    1.5 * Math.tanh(s * z) + 0.5 * Math.tanh(-3 * s * z),
    1.5 * s * (bell(s * z) - bell(3 * s * z)),
  ],
  staircase: (z, s, levels) => {
    const q = Array.from({ length: levels - 1 }, (_, c) => sigmoid(s * (z - c + (levels - 2) / 2)));
    return [sum(q) - Math.floor((levels - 1) / 2), s * sum(q.map((x) => x * (1 - x)))];
  },
};

const oneHot = (length: number, at: number): number[] =>
  Array.from({ length }, (_, i) => Number(i === at));
/** J(p) dy, the softmax's Jacobian at p = softmax(l) times dy. */
const jacobian = (p: readonly number[], dy: readonly number[]): number[] =>
  p.map((x, i) => x * ((dy[i] as number) - dot(p, dy)));
const scaled = (values: readonly number[], by: number): number[] => values.map((x) => by * x);

/** The largest of the logits l. `back` gives dLoss/dl here and below. */
const hardmax = (l: readonly number[]): Fired => {
  const { at, margin } = largest(l);
  return { y: oneHot(l.length, at), back: (dy) => jacobian(softmax(l), dy), margin };
};

/** The smallest i with u < p_0 + … + p_i. */
function drawn(l: readonly number[], u: number): Omit<Fired, "back"> {
  const cumulative = softmax(l).map((_, i, p) => sum(p.slice(0, i + 1)));
  cumulative.pop(); // 1, whatever rounding makes of it
  return {
    y: oneHot(l.length, cumulative.filter((c) => u >= c).length),
    margin: Math.min(...cumulative.map((c) => Math.abs(c - u))),
  };
}

/** q = softmax((l + g) / tau), g = -log(-log u): `soft`, or the largest. */
function perturbed(l: readonly number[], u: readonly number[], tau: number, soft: boolean): Fired {
  const noisy = l.map((x, i) => x - Math.log(-Math.log(u[i] as number)));
  const q = softmax(scaled(noisy, 1 / tau));
  const { at, margin } = largest(noisy);
  return {
    y: soft ? q : oneHot(l.length, at),
    back: (dy) => scaled(jacobian(q, dy), 1 / tau),
    margin: soft ? Number.POSITIVE_INFINITY : margin,
  };
}

/**
 * The mean of J(q) dy / tau over draws of q = softmax((log p + g) / tau), g Gumbel noise under
 * which i is the largest, by uniforms `u` [draws, categories].
 */
function averaged(p: readonly number[], i: number, u: readonly number[], tau: number) {
  const draws = Array.from({ length: u.length / p.length }, (_, k) => {
    // That of the choice, then those of the others.
    const [own = 0, ...others] = u.slice(k * p.length, (k + 1) * p.length).map((x) => -Math.log(x));
    others.splice(i, 0, own);
    const given = others.map((e, j) => -Math.log(j === i ? e : e / (p[j] as number) + own));
    return softmax(scaled(given, 1 / tau));
  });
  return (dy: readonly number[]): number[] => {
    const each = draws.map((q) => jacobian(q, dy));
    return p.map((_, j) => sum(each.map((dl) => dl[j] as number)) / (tau * draws.length));
  };
}

/** One-hot neurons' choice from logits l = s·z, sampled by uniforms u; `back` gives dLoss/dl. */
export type Choice = (l: readonly number[], u: readonly number[], tau: number) => Fired;

export const ESTIMATORS: Readonly<Record<string, Choice>> = {
  hardmax,
  "straight-through": (l, [u = 0]) => ({ ...drawn(l, u), back: (dy) => jacobian(softmax(l), dy) }),
  reinmax: (l, [u = 0], tau) => {
    const choice = drawn(l, u);
    const soft = softmax(scaled(l, 1 / tau));
    const mixed = choice.y.map((y, i) => (y + (soft[i] as number)) / 2);
    const back = (dy: readonly number[]) => {
      const [atMixed, plain] = [jacobian(mixed, dy), jacobian(softmax(l), dy)];
      return atMixed.map((x, i) => 2 * x - (plain[i] as number) / 2);
    };
    return { ...choice, back };
  },
  gumbel: (l, u, tau) => perturbed(l, u, tau, false),
  "gumbel-rao": (l, [u = 0, ...more], tau) => {
    const choice = drawn(l, u);
    return { ...choice, back: averaged(softmax(l), choice.y.indexOf(1), more, tau) };
  },
  "reinmax-rao": (l, [u = 0, ...more], tau) => {
    const choice = drawn(l, u);
    const p = softmax(l);
    const mixed = choice.y.map((y, i) => (y + (p[i] as number)) / 2);
    const atMixed = averaged(mixed, choice.y.indexOf(1), more, tau);
    const back = (dy: readonly number[]) => {
      const plain = jacobian(p, dy);
      return atMixed(dy).map((x, i) => 2 * x - (plain[i] as number) / 2);
    };
    return { ...choice, back };
  },
  concrete: (l, u, tau) => perturbed(l, u, tau, true),
};

/**
 * Numbers that a neuron takes and gives, uniforms that it samples by, and whether those must not be
 * 0.
 */
export function sizesOf({ neuron, estimator, size }: Kind): {
  group: number;
  draws: number;
  /** More uniforms, which only `back` takes, none of them 0. */
  backDraws: number;
  open: boolean;
} {
  const known = findNeuron(neuron);
  const found = known?.estimators.find(({ name }) => name === estimator);
  if (!known || !found) throw new Error(`the catalogue has no ${neuron} ${estimator}`);
  const group = known.group(size);
  return {
    group,
    draws: { none: 0, neuron: 1, category: group }[found.draws],
    backDraws: (found.backDraws ?? 0) * group,
    open: found.draws === "category",
  };
}

/** Throws `StairstepError` for a curve without its derivative. */
function told(curve: ReturnType<Curve>): ReturnType<Curve> {
  if (Array.isArray(curve) && curve.length > 1) return curve;
  throw new StairstepError(
    `the curve of a twin gives ${JSON.stringify(curve)}: give [f, df/dz], both at slope · z`,
  );
}

/** The twin of what `real` makes of an activation. */
export const realTwin =
  (curve: Curve): Twin =>
  ({ z: [z = 0], slope, size }) => {
    const [f, derivative, kink = Number.POSITIVE_INFINITY] = told(curve(z, slope, size));
    return { y: [f], back: (dy) => scaled(dy, derivative), margin: kink };
  };

/** The twin of what `ordered` makes of an activation. */
export const orderedTwin =
  (curve: Curve): Twin =>
  ({ z: [z = 0], u: [u = 0.5] = [], slope, size }) => {
    const [f, derivative, kink = Number.POSITIVE_INFINITY] = told(curve(z, slope, size));
    const margin = Math.min(kink, Math.abs(f - u - Math.round(f - u)));
    return { y: [Math.ceil(f - u)], back: (dy) => scaled(dy, derivative), margin };
  };

/** The twin of `zero`, the hard step's own gradient, beside any other. */
const withoutSlope =
  (twin: Twin): Twin =>
  (given) => ({ ...twin(given), back: (dy) => dy.map(() => 0) });

/** The twin of what `oneHotEstimator` makes; without uniforms it takes the largest. */
export const oneHotTwin =
  (choice: Choice): Twin =>
  ({ z, u, slope, tau }) => {
    const l = scaled(z, slope);
    const fired = u ? choice(l, u, tau) : hardmax(l);
    return { ...fired, back: (dy) => scaled(fired.back(dy), slope) };
  };

/** The twin of a neuron of the catalogue by one of its estimators. */
export function twinOf(neuron: string, estimator: string): Twin {
  const curve = ACTIVATIONS[neuron];
  if (curve && estimator === "zero") return withoutSlope(orderedTwin(curve));
  if (curve) return (estimator === "exact" ? realTwin : orderedTwin)(curve);
  const choice = neuron === "onehot" ? ESTIMATORS[estimator] : undefined;
  if (!choice)
    throw new StairstepError(
      `${neuron} ${estimator} has no twin in float64: add it to src/verify/twin/neurons.ts`,
    );
  return oneHotTwin(choice);
}

/** The same with the slope divided out of its gradient. */
export const normalised =
  (twin: Twin): Twin =>
  (given) => {
    const fired = twin(given);
    return { ...fired, back: (dy) => scaled(fired.back(dy), 1 / given.slope) };
  };

/** One neuron, z [group]: sampled by uniforms u, or, without them, rounded or the largest. */
export function fire(
  { neuron, estimator, size, normalise }: Kind,
  z: readonly number[],
  u: readonly number[] | undefined,
  slope: number,
  tau: number,
): Fired {
  const twin = twinOf(neuron, estimator);
  return (normalise ? normalised(twin) : twin)({ z, u, slope, tau, size });
}
