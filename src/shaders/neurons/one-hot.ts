/**
 * One-hot neurons: a neuron of D categories turns D pre-activations into D outputs, one of them 1
 * and the rest 0.
 *
 *   logits l = s·z;   p = softmax(l);   y = one-hot of a choice
 *   dz = k · J(p) dy,   k = s, or 1 when normalised
 *
 * J(p) dy = p ⊙ (dy - <p, dy>) is the softmax's Jacobian (symmetric) times dy. Estimators differ in
 * how they choose and in which p they differentiate. Deterministic, each is the same: the largest
 * logit, the lowest index on a tie.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import type { Estimator, NeuronCode, NeuronOptions } from "./neuron";

/**
 * A neuron's own numbers, of CATEGORIES (CHOICES are all but the last): `p`, what z holds between
 * passes, and `d`, its gradients. `top_of` gives the largest p and its index, the lowest on a tie;
 * `soften(c)` p ← softmax(c · p).
 */
const shared = /* wgsl */ `
var<private> p: array<f32, CATEGORIES>;
var<private> d: array<f32, CATEGORIES>;

struct Top { value: f32, index: u32 }
fn top_of() -> Top {
  var top = Top(p[0], 0u);
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    top = Top(max(top.value, p[i]), select(top.index, i, p[i] > top.value));
  }
  return top;
}
fn soften(sharpness: f32) {
  let top = top_of().value;
  var sum = 0.0;
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    p[i] = exp(sharpness * (p[i] - top));
    sum += p[i];
  }
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    p[i] /= sum;
  }
}
`;

/** `choose(at, choice)`: y ← one-hot choice. */
const choose = /* wgsl */ `
fn choose(at: u32, choice: u32) {
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    y[at + i] = select(0.0, 1.0, i == choice);
  }
}
`;

/** `jacobian(scale)`: d ← scale · J(p) d. */
const jacobian = /* wgsl */ `
fn jacobian(scale: f32) {
  var mean = 0.0;
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    mean += p[i] * d[i];
  }
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    d[i] = scale * p[i] * (d[i] - mean);
  }
}
`;

/** `fn pick(element)`: the smallest i with u < p_0 + … + p_i; the last if rounding leaves none. */
const pick = /* wgsl */ `
fn pick(element: u32) -> u32 {
  let u = unit(draw(element));
  var sum = 0.0;
  var choice = 0u;
  for (var i = 0u; i < CHOICES; i++) { // unroll
    sum += p[i];
    choice += u32(u >= sum);
  }
  return choice;
}
`;

/**
 * `fn minus_log_unit(k)`: -log u, a standard exponential draw, with u = (k + ½)·2⁻²⁴. It is built
 * from the integer k: near u = 1, f32 cannot hold u (it would round to 1 and give 0), and WGSL lets
 * log be wrong by 2⁻²¹ there; v = 1 - u is exact, and -log(1 - v) = 2 artanh(v / (2 - v)) converges
 * fast.
 */
export const minusLogUnit = /* wgsl */ `
fn minus_log_unit(k: u32) -> f32 {
  if (k < 0x800000u) { return -log((f32(k) + 0.5) * 0x1p-24); }
  let v = (f32(0x1000000u - k) - 0.5) * 0x1p-24;
  let a = v / (2.0 - v);
  let b = a * a;
  let tail = 1.0 / 7.0 + b * (1.0 / 9.0 + b * (1.0 / 11.0 + b / 13.0));
  return 2.0 * a * (1.0 + b * (1.0 / 3.0 + b * (1.0 / 5.0 + b * tail)));
}
`;

/** `fn perturb(element, slope)`: p ← s·p + g, g = -log(-log u) a standard Gumbel draw. */
const perturb = /* wgsl */ `${minusLogUnit.trimEnd()}
fn perturb(element: u32, slope: f32) {
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    p[i] = slope * p[i] - log(minus_log_unit(draw(element + i)));
  }
}
`;

/** The pieces an estimator's file writes its sampled form with. */
export interface OneHotParts {
  name: string;
  summary: string;
  draws: Estimator["draws"];
  /** As in `Estimator`; `backward` draws by `draw(element + i)`. */
  backDraws?: number;
  usesTau: boolean;
  /**
   * WGSL statements of `fire` when sampling: from logits z in p to y and what `backward` needs in
   * p.
   */
  sample: string;
  /**
   * WGSL statements of `back` when sampling: d ← dLoss/dz from p and d = dLoss/dy, with `scale` = s
   * or 1.
   */
  backward: string;
  /** WGSL functions that `backward` calls. */
  helpers?: string;
}

/**
 * An estimator of one-hot neurons. Without sampling it takes the largest and differentiates
 * softmax(s·z).
 */
export function oneHotEstimator({
  sample,
  backward,
  helpers = "",
  ...rest
}: OneHotParts): Estimator {
  const code = ({ stochastic, normalise }: NeuronOptions): NeuronCode => {
    const samples = stochastic && rest.draws !== "none";
    return {
      shared,
      fire: wgsl`
${choose}
#if ${samples && rest.draws === "neuron"}
${pick}
#elif ${samples && rest.draws === "category"}
${perturb}
#endif
fn fire(at: u32, element: u32, slope: f32, tau: f32) {
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    p[i] = z[at + i];
  }
  ${samples ? sample : "choose(at, top_of().index);\n  soften(slope);"}
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    z[at + i] = p[i];
  }
}`,
      back: wgsl`
${jacobian}${samples ? helpers : ""}
fn back(at: u32, ${samples && rest.backDraws ? "element: u32, " : ""}slope: f32, tau: f32) {
  let scale = ${normalise ? "1.0" : "slope"};
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    p[i] = z[at + i];
    d[i] = dz[at + i];
  }
  ${samples ? backward : "jacobian(scale);"}
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    dz[at + i] = d[i];
  }
}`,
    };
  };
  return { ...rest, code };
}
