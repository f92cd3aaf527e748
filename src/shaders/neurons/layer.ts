/**
 * A layer of neurons: the catalogue's `fire` and `back` over whole rows.
 *
 *   fire   z, y [members, rows, pad4(width)], width = units · group: y from z, and z becomes what
 *          `back` needs
 *   back   dz [members, rows, pad4(width)]: from dLoss/dy to dLoss/dz, in place
 *
 * Noise: element e = noise row · pad4(draws per row) + place. The noise row is the place in the
 * batch while training, and the image's own number while evaluating, so that an image's noise does
 * not depend on how a split is cut up. The backward pass has a stream of its own, by the place in
 * the batch.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { controlTypes } from "../control";
import { type Constants, ceilDiv, pad4 } from "../kernel";
import { draws, drawsOfBlock, Purpose, stream, unit } from "../philox";
import type { Beside } from "./divergence";
import type { Estimator, Neuron, NeuronOptions } from "./neuron";

export interface NeuronLayer {
  neuron: Neuron;
  options: NeuronOptions;
  units: number;
  /** What its neurons do before they fire, and after their way back. */
  beside?: Beside | undefined;
}

export type Noise = { purpose: "training" | "evaluation"; layer: number } | "given";

/** Outputs of a layer. */
export const layerWidth = ({ neuron, options, units }: NeuronLayer): number =>
  units * neuron.group(options.size);

/** Whoever makes a layer has checked its name. */
const estimatorOf = ({ neuron, options }: NeuronLayer): Estimator =>
  neuron.estimators.find((e) => e.name === options.estimator) as Estimator;

/** Draws of a neuron there, and, where it samples, back. */
const drawsOf = (layer: NeuronLayer): number =>
  ({ none: 0, neuron: 1, category: layer.neuron.group(layer.options.size) })[
    estimatorOf(layer).draws
  ];
const backDrawsOf = (layer: NeuronLayer): number =>
  layer.options.stochastic
    ? (estimatorOf(layer).backDraws ?? 0) * layer.neuron.group(layer.options.size)
    : 0;

/** Sizes that the WGSL below names: of a layer's rows, and of the noise that a row draws. */
export function layerConstants(layer: NeuronLayer, noise: Noise = "given"): Constants {
  const { neuron, options, units } = layer;
  const group = neuron.group(options.size);
  const given = noise === "given";
  const [there, back] = [drawsOf(layer), backDrawsOf(layer)];
  const draws = given ? there + back : there;
  const backDraws = given ? draws : back;
  const keyOf = (purpose: number) => (given ? 0 : stream(purpose, noise.layer));
  return {
    ...{
      UNITS: units,
      UNIT_QUADS: ceilDiv(units, 4),
      SURE_UNITS: units % 4 || 4,
      UNIT_WIDTH: group,
    },
    ...{ WIDTH: layerWidth(layer), STRIDE: pad4(layerWidth(layer)) },
    ...{ CATEGORIES: options.size, CHOICES: options.size - 1 },
    ...{
      UNIT_DRAWS: draws,
      ROW_DRAWS: pad4(draws * units),
      NOISE_STREAM: given ? 0 : keyOf(Purpose[noise.purpose]),
    },
    ...{ BACK_DRAWS: backDraws, BACK_ROW_DRAWS: pad4(backDraws * units) },
    ...{ BACK_FIRST: given ? there : 0, BACK_STREAM: keyOf(Purpose.backward) },
    ...layer.beside?.constants,
  };
}

/** WGSL that both passes need. */
const layerCode = (layer: NeuronLayer): string => wgsl`
${controlTypes}
${estimatorOf(layer).code(layer.options).shared}
`;

/** The draws of given noise. */
const givenDraws = wgsl`
${unit}
fn draw(element: u32) -> u32 { return given_draws[element]; }`;

/**
 * WGSL of `noise_row_of(row)` and `fire_quad(row_at, noise_row, quad, member)`: fires neurons
 * 4·quad … 4·quad + 3 of the row whose z begins at `row_at`; four an invocation, because one Philox
 * block has four words. The kernel declares z, y and control, or, for given noise, z, y and
 * `given_draws`, 24-bit integers.
 */
export function fireCode(layer: NeuronLayer, noise: Noise): string {
  const estimator = estimatorOf(layer);
  // Of any element, where neurons have several or draw on the way back too.
  const scattered = estimator.draws === "category" || backDrawsOf(layer) > 0;
  const single = layer.neuron.group(layer.options.size) === 1;
  const evaluating = noise !== "given" && noise.purpose === "evaluation";
  return wgsl`
${layerCode(layer)}
#if ${noise === "given"}${givenDraws}
#elif ${scattered}
${draws}
#else
${drawsOfBlock}
#endif
${estimator.code(layer.options).fire}
${layer.beside?.fire ?? ""}
#if ${evaluating}
fn noise_row_of(row: u32) -> u32 { return batches[row].x; }
#else
fn noise_row_of(row: u32) -> u32 { return row; }
#endif
fn fire_quad(row_at: u32, noise_row: u32, quad: u32, member: Member) {
  #if ${evaluating}
  let slope = member.shown_slope;
  #else
  let slope = member.slope;
  #endif
  #if ${noise !== "given"}
  noise_key = member.key;
  noise_stream = NOISE_STREAM;
  noise_step = control.step;
  #endif
  let element = noise_row * ROW_DRAWS;
  #if ${noise !== "given" && estimator.draws === "neuron" && !scattered}
  open_block(element / 4u + quad);
  #endif
  #if ${single}
  for (var j = 0u; j < 4u; j++) { // unroll
    let n = 4u * quad + j;
    if (j < SURE_UNITS || n < UNITS) {
      fire(row_at + n, element + n * UNIT_DRAWS, slope, member.tau);
    }
  }
  #else
  let end = min(4u * quad + 4u, UNITS);
  var n = 4u * quad;
  loop {
    #if ${layer.beside !== undefined}
    before_fire(row_at + n * UNIT_WIDTH, slope);
    #endif
    fire(row_at + n * UNIT_WIDTH, element + n * UNIT_DRAWS, slope, member.tau);
    continuing { n++; break if n >= end; }
  }
  #endif
}
`;
}

/**
 * WGSL of `back_neuron(row_at, neuron, member)` over z, y and dz, in a kernel with `fireCode`.
 * Where the estimator draws, it takes the row of the batch as well: call it by `backCall`.
 */
export const backCode = (layer: NeuronLayer, noise: Noise): string =>
  backDrawsOf(layer) === 0
    ? wgsl`
${estimatorOf(layer).code(layer.options).back}
${layer.beside?.back ?? ""}
fn back_neuron(row_at: u32, neuron: u32, member: Member) {
  back(row_at + neuron * UNIT_WIDTH, member.slope, member.tau);
  #if ${layer.beside !== undefined}
  after_back(row_at + neuron * UNIT_WIDTH, member);
  #endif
}
`
    : wgsl`
${estimatorOf(layer).code(layer.options).back}
${layer.beside?.back ?? ""}
fn back_neuron(row_at: u32, neuron: u32, member: Member, row: u32) {
  #if ${noise !== "given"}
  noise_key = member.key;
  noise_stream = BACK_STREAM;
  noise_step = control.step;
  noise_block = 0xffffffffu; // what it holds is of another stream
  #endif
  let element = row * BACK_ROW_DRAWS + neuron * BACK_DRAWS + BACK_FIRST;
  back(row_at + neuron * UNIT_WIDTH, element, member.slope, member.tau);
  #if ${layer.beside !== undefined}
  after_back(row_at + neuron * UNIT_WIDTH, member);
  #endif
}
`;

/** The same in a kernel without `fireCode`. */
export const loneBackCode = (layer: NeuronLayer, noise: Noise): string => wgsl`
${layerCode(layer)}${backDrawsOf(layer) === 0 ? "" : noise === "given" ? givenDraws : draws}
${backCode(layer, noise)}`;

/** WGSL of a call of `back_neuron`, with the row of the batch where the estimator draws. */
export const backCall = (layer: NeuronLayer, given: string, row: string): string =>
  `back_neuron(${given}${backDrawsOf(layer) === 0 ? "" : `, ${row}`});`;
