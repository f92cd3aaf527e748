/**
 * The Kullback-Leibler divergence of a one-hot neuron's choice from the uniform one, in nats, and
 * its gradient, whatever the estimator draws:
 *
 *   p = softmax(s·z);   KL = log D + Σ_k p_k log p_k;   dz = s · p ⊙ (log p - <p, log p>)
 *
 * `fire` puts what the estimator needs into z, so KL is worked out before it, and its gradient
 * waits in `z` behind all layers' pre-activations, and its value behind that:
 *
 *   z  [hidden layers] pre-activations · [hidden layers] gradients · [hidden layers] values, each
 *      at its neuron's first category
 *
 * Source: Kingma and Welling 2014; for categories, Jang, Gu and Poole 2017.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import type { Constants } from "../kernel";

/** How many times as long as the pre-activations z is, with room for gradients and values. */
export const Z_PARTS = 3;

/** What a layer does beside firing and its way back; see layer.ts. */
export interface Beside {
  constants: Constants;
  /** WGSL of `fn before_fire(at: u32, slope: f32)`. */
  fire: string;
  /** WGSL of `fn after_back(at: u32, member: Member)`. */
  back: string;
}

/**
 * KL beside a one-hot layer, of batches of `rows`; `length` is that of the pre-activations, and
 * `normalise` divides the slope out of the gradient, as it does for an estimator's.
 */
export const divergence = (length: number, rows: number, normalise: boolean): Beside => ({
  constants: { GRADIENTS_AT: length, VALUES_AT: 2 * length, BATCH: rows },
  fire: wgsl`
fn before_fire(at: u32, slope: f32) {
  var top = z[at];
  for (var i = 1u; i < UNIT_WIDTH; i++) {
    top = max(top, z[at + i]);
  }
  var sum = 0.0;
  for (var i = 0u; i < UNIT_WIDTH; i++) {
    sum += exp(slope * (z[at + i] - top));
  }
  let log_sum = log(sum);
  var mean = 0.0; // of log p
  for (var i = 0u; i < UNIT_WIDTH; i++) {
    let log_p = slope * (z[at + i] - top) - log_sum;
    mean += exp(log_p) * log_p;
  }
  for (var i = 0u; i < UNIT_WIDTH; i++) {
    let log_p = slope * (z[at + i] - top) - log_sum;
    z[GRADIENTS_AT + at + i] = ${normalise ? "" : "slope * "}exp(log_p) * (log_p - mean);
  }
  z[VALUES_AT + at] = log(f32(UNIT_WIDTH)) + mean;
}`,
  back: wgsl`
fn after_back(at: u32, member: Member) {
  let scale = member.kl / f32(BATCH);
  for (var i = 0u; i < UNIT_WIDTH; i++) {
    dz[at + i] += scale * z[GRADIENTS_AT + at + i];
  }
}`,
});

/** A layer whose KL counts: where its pre-activations [members, rows, stride] lie. */
export interface Counted {
  at: number;
  stride: number;
  units: number;
  group: number;
}

/** WGSL of `fn divergence_of(row: u32) -> f32`: KL of all layers, of row `member * rows + row`. */
export const divergenceOf = (length: number, layers: readonly Counted[]): string => wgsl`
fn divergence_of(row: u32) -> f32 {
  var kl = 0.0;
${layers
  .map(
    ({ at, stride, units, group }) => `  for (var n = 0u; n < ${units}u; n++) {
    kl += z[${2 * length + at}u + row * ${stride}u + n * ${group}u];
  }`,
  )
  .join("\n")}
  return kl;
}`;
