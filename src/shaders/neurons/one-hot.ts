/**
 * One-hot neurons: a neuron of D categories turns D pre-activations into D outputs, one of them 1 and the rest 0.
 *
 *   logits l = s·z;   p = softmax(l);   y = one-hot of a choice;   dz = k · J(p) dy, k = s, or 1 when normalised
 *
 * J(p) dy = p ⊙ (dy - <p, dy>) is the softmax's Jacobian (symmetric) times dy. Estimators differ in how they choose
 * and in which p they differentiate. Deterministic, each is the same: the largest logit, the lowest index on a tie.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import type { Estimator, NeuronCode, NeuronOptions } from "./neuron";

/** Over one neuron's categories [at, at + D): `largest(at)` the index of the largest z; `soften(at, c)` z ← softmax(c · z). */
const shared = (categories: number): string => wgsl`
const CATEGORIES = ${categories}u;

fn largest(at: u32) -> u32 {
  var best = 0u;
  for (var i = 1u; i < CATEGORIES; i++) {
    if (z[at + i] > z[at + best]) { best = i; }
  }
  return best;
}
fn soften(at: u32, sharpness: f32) {
  let top = z[at + largest(at)];
  var sum = 0.0;
  for (var i = 0u; i < CATEGORIES; i++) {
    let e = exp(sharpness * (z[at + i] - top));
    z[at + i] = e;
    sum += e;
  }
  for (var i = 0u; i < CATEGORIES; i++) { z[at + i] /= sum; }
}
`;

/** `choose(at, i)`: y ← one-hot i. */
const choose = wgsl`
fn choose(at: u32, choice: u32) {
  for (var i = 0u; i < CATEGORIES; i++) { y[at + i] = select(0.0, 1.0, i == choice); }
}
`;

/** `jacobian(at, scale)`: dz ← scale · J(z) dz. */
const jacobian = wgsl`
fn jacobian(at: u32, scale: f32) {
  var mean = 0.0;
  for (var i = 0u; i < CATEGORIES; i++) { mean += z[at + i] * dz[at + i]; }
  for (var i = 0u; i < CATEGORIES; i++) { dz[at + i] = scale * z[at + i] * (dz[at + i] - mean); }
}
`;

/** `fn pick(at, element)`: the smallest i with u < p_0 + … + p_i, from p in z; the last if rounding leaves none. */
const pick = wgsl`
fn pick(at: u32, element: u32) -> u32 {
  let u = unit(draw(element));
  var sum = 0.0;
  for (var i = 0u; i < CATEGORIES - 1u; i++) {
    sum += z[at + i];
    if (u < sum) { return i; }
  }
  return CATEGORIES - 1u;
}
`;

/**
 * `fn perturb(at, element, slope)`: z ← s·z + g, g = -log(-log u) a standard Gumbel draw with u = (k + ½)·2⁻²⁴.
 * -log u is built from the integer k: near u = 1, f32 cannot hold u (it would round to 1 and give infinity), and WGSL
 * lets log be wrong by 2⁻²¹ there; v = 1 - u is exact, and -log(1 - v) = 2 artanh(v / (2 - v)) converges fast.
 */
const perturb = wgsl`
fn minus_log_unit(k: u32) -> f32 {
  if (k < 0x800000u) { return -log((f32(k) + 0.5) * 0x1p-24); }
  let v = (f32(0x1000000u - k) - 0.5) * 0x1p-24;
  let a = v / (2.0 - v);
  let b = a * a;
  return 2.0 * a * (1.0 + b * (1.0 / 3.0 + b * (1.0 / 5.0 + b * (1.0 / 7.0 + b * (1.0 / 9.0 + b * (1.0 / 11.0 + b / 13.0))))));
}
fn perturb(at: u32, element: u32, slope: f32) {
  for (var i = 0u; i < CATEGORIES; i++) {
    z[at + i] = slope * z[at + i] - log(minus_log_unit(draw(element + i)));
  }
}
`;

/** The pieces an estimator's file writes its sampled form with. */
export interface OneHotParts {
  name: string;
  summary: string;
  draws: Estimator["draws"];
  usesTau: boolean;
  /** WGSL statements of `fire` when sampling; the functions above are at hand. */
  sample: string;
  /** WGSL statements of `back` when sampling, with `scale` = s or 1. */
  backward: string;
}

/** An estimator of one-hot neurons. Without sampling it takes the largest and differentiates softmax(s·z). */
export function oneHotEstimator({ sample, backward, ...rest }: OneHotParts): Estimator {
  const code = ({ size, stochastic, normalise }: NeuronOptions): NeuronCode => {
    const samples = stochastic && rest.draws !== "none";
    return {
      shared: shared(size),
      fire: wgsl`
${choose}
#if ${samples && rest.draws === "neuron"}
${pick}
#elif ${samples && rest.draws === "category"}
${perturb}
#endif
fn fire(at: u32, element: u32, slope: f32, tau: f32) {
  #if ${samples}
  ${sample}
  #else
  choose(at, largest(at));
  soften(at, slope);
  #endif
}`,
      back: wgsl`
${jacobian}
fn back(at: u32, slope: f32, tau: f32) {
  let scale = ${normalise ? "1.0" : "slope"};
  ${samples ? backward : "jacobian(at, scale);"}
}`,
    };
  };
  return { ...rest, code };
}
