/**
 * One-hot neurons: a neuron of D categories turns D pre-activations into D outputs, one of them 1
 * and the rest 0.
 *
 *   logits l = s·z;   p = softmax(l);   y = one-hot of a choice;   dz = k · J(p) dy, k = s, or 1 when normalised
 *
 * J(p) dy = p ⊙ (dy - <p, dy>) is the softmax's Jacobian (symmetric) times dy. Estimators differ in
 * how they choose and in which p they differentiate. Deterministic, each is the same: the largest
 * logit, the lowest index on a tie.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { unroll } from "../kernel";
import type { Estimator, NeuronCode, NeuronOptions } from "./neuron";

/**
 * More categories than this are looped over; fewer are written out, so that they stay in registers.
 */
const UNROLLED = 64;

/** WGSL of `line` for each category but the last `short`. */
export type Each = (line: (i: string) => string, short?: number) => string;
const eachOf =
  (categories: number): Each =>
  (line, short = 0) =>
    categories <= UNROLLED
      ? unroll(categories - short, (i) => line(`${i}u`))
      : `for (var i = 0u; i < ${categories - short}u; i++) {\n${line("i")}\n}`;

/**
 * A neuron's own numbers: `p`, what z holds between passes, and `d`, its gradients. `top_of` gives
 * the largest p and its index, the lowest on a tie; `soften(c)` p ← softmax(c · p).
 */
const shared = (categories: number, each: Each): string => wgsl`
const CATEGORIES = ${categories}u;
var<private> p: array<f32, CATEGORIES>;
var<private> d: array<f32, CATEGORIES>;

struct Top { value: f32, index: u32 }
fn top_of() -> Top {
  var top = Top(p[0], 0u);
  ${each((i) => `top = Top(max(top.value, p[${i}]), select(top.index, ${i}, p[${i}] > top.value));`)}
  return top;
}
fn soften(sharpness: f32) {
  let top = top_of().value;
  var sum = 0.0;
  ${each((i) => `p[${i}] = exp(sharpness * (p[${i}] - top)); sum += p[${i}];`)}
  ${each((i) => `p[${i}] /= sum;`)}
}
`;

/** `choose(at, choice)`: y ← one-hot choice. */
const choose = (each: Each): string => wgsl`
fn choose(at: u32, choice: u32) {
  ${each((i) => `y[at + ${i}] = select(0.0, 1.0, ${i} == choice);`)}
}
`;

/** `jacobian(scale)`: d ← scale · J(p) d. */
const jacobian = (each: Each): string => wgsl`
fn jacobian(scale: f32) {
  var mean = 0.0;
  ${each((i) => `mean += p[${i}] * d[${i}];`)}
  ${each((i) => `d[${i}] = scale * p[${i}] * (d[${i}] - mean);`)}
}
`;

/** `fn pick(element)`: the smallest i with u < p_0 + … + p_i; the last if rounding leaves none. */
const pick = (each: Each): string => wgsl`
fn pick(element: u32) -> u32 {
  let u = unit(draw(element));
  var sum = 0.0;
  var choice = 0u;
  ${each((i) => `sum += p[${i}]; choice += u32(u >= sum);`, 1)}
  return choice;
}
`;

/**
 * `fn perturb(element, slope)`: p ← s·p + g, g = -log(-log u) a standard Gumbel draw with u = (k +
 * ½)·2⁻²⁴. -log u is built from the integer k: near u = 1, f32 cannot hold u (it would round to 1
 * and give infinity), and WGSL lets log be wrong by 2⁻²¹ there; v = 1 - u is exact, and -log(1 - v)
 * = 2 artanh(v / (2 - v)) converges fast.
 */
const perturb = (each: Each): string => wgsl`
fn minus_log_unit(k: u32) -> f32 {
  if (k < 0x800000u) { return -log((f32(k) + 0.5) * 0x1p-24); }
  let v = (f32(0x1000000u - k) - 0.5) * 0x1p-24;
  let a = v / (2.0 - v);
  let b = a * a;
  return 2.0 * a * (1.0 + b * (1.0 / 3.0 + b * (1.0 / 5.0 + b * (1.0 / 7.0 + b * (1.0 / 9.0 + b * (1.0 / 11.0 + b / 13.0))))));
}
fn perturb(element: u32, slope: f32) {
  ${each((i) => `p[${i}] = slope * p[${i}] - log(minus_log_unit(draw(element + ${i})));`)}
}
`;

/** The pieces an estimator's file writes its sampled form with. */
export interface OneHotParts {
  name: string;
  summary: string;
  draws: Estimator["draws"];
  usesTau: boolean;
  /**
   * WGSL statements of `fire` when sampling: from logits z in p to y and what `backward` needs in
   * p.
   */
  sample: (each: Each) => string;
  /**
   * WGSL statements of `back` when sampling: d ← dLoss/dz from p and d = dLoss/dy, with `scale` = s
   * or 1.
   */
  backward: (each: Each) => string;
}

/**
 * An estimator of one-hot neurons. Without sampling it takes the largest and differentiates
 * softmax(s·z).
 */
export function oneHotEstimator({ sample, backward, ...rest }: OneHotParts): Estimator {
  const code = ({ size, stochastic, normalise }: NeuronOptions): NeuronCode => {
    const samples = stochastic && rest.draws !== "none";
    const each = eachOf(size);
    return {
      shared: shared(size, each),
      fire: wgsl`
${choose(each)}
#if ${samples && rest.draws === "neuron"}
${pick(each)}
#elif ${samples && rest.draws === "category"}
${perturb(each)}
#endif
fn fire(at: u32, element: u32, slope: f32, tau: f32) {
  ${each((i) => `p[${i}] = z[at + ${i}];`)}
  ${samples ? sample(each) : "choose(at, top_of().index);\n  soften(slope);"}
  ${each((i) => `z[at + ${i}] = p[${i}];`)}
}`,
      back: wgsl`
${jacobian(each)}
fn back(at: u32, slope: f32, tau: f32) {
  let scale = ${normalise ? "1.0" : "slope"};
  ${each((i) => `p[${i}] = z[at + ${i}]; d[${i}] = dz[at + ${i}];`)}
  ${samples ? backward(each) : "jacobian(scale);"}
  ${each((i) => `dz[at + ${i}] = d[${i}];`)}
}`,
    };
  };
  return { ...rest, code };
}
