/**
 * A layer of neurons: the catalogue's `fire` and `back` over whole rows.
 *
 *   fire   z, y [members, rows, pad4(width)], width = units · group: y from z; z becomes what `back` needs
 *   back   dz [members, rows, pad4(width)]: from dLoss/dy to dLoss/dz, in place
 *
 * Noise: element e = noise row · pad4(draws per row) + place. The noise row is the place in the
 * batch while training, and the image's own number while evaluating, so that an image's noise does
 * not depend on how a split is cut up.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { controlTypes } from "./control";
import { atLeastOnce, ceilDiv, pad4, unroll } from "./kernel";
import type { Neuron, NeuronOptions } from "./neurons/neuron";
import { draws, drawsOfBlock, Purpose, stream, unit } from "./philox";

export interface NeuronLayer {
  neuron: Neuron;
  options: NeuronOptions;
  units: number;
}

export type Noise = { purpose: "training" | "evaluation"; layer: number } | "given";

/** Outputs of a layer. */
export const layerWidth = ({ neuron, options, units }: NeuronLayer): number =>
  units * neuron.group(options.size);

const estimatorOf = ({ neuron, options }: NeuronLayer) => {
  const found = neuron.estimators.find((e) => e.name === options.estimator);
  if (!found) throw new Error(`${neuron.name} has no estimator ${options.estimator}`);
  return found;
};

/** WGSL that both passes need. */
export const layerCode = (layer: NeuronLayer): string => wgsl`
${controlTypes}
const UNITS = ${layer.units}u;
const UNIT_QUADS = ${ceilDiv(layer.units, 4)}u;
const WIDTH = ${layerWidth(layer)}u;
const STRIDE = ${pad4(layerWidth(layer))}u;
${estimatorOf(layer).code(layer.options).shared}
`;

/**
 * WGSL of `fire_quad(row_at, noise_row, quad, member)`: fires neurons 4·quad … 4·quad + 3 of the
 * row whose z begins at `row_at`; four an invocation, because one Philox block has four words. The
 * kernel declares z, y and control, or, for given noise, z, y and `given_draws`, 24-bit integers.
 */
export function fireCode(layer: NeuronLayer, noise: Noise): string {
  const estimator = estimatorOf(layer);
  const group = layer.neuron.group(layer.options.size);
  const perNeuron = { none: 0, neuron: 1, category: group }[estimator.draws];
  const slope = noise !== "given" && noise.purpose === "evaluation" ? "shown_slope" : "slope";
  const fire = (n: string) =>
    `fire(row_at + (${n}) * ${group}u, element + (${n}) * ${perNeuron}u, member.${slope}, member.tau);`;
  // Written out where a neuron is short.
  const four =
    group === 1
      ? unroll(4, (j) =>
          j < (layer.units % 4 || 4)
            ? fire(`4u * quad + ${j}u`)
            : `if (4u * quad + ${j}u < UNITS) { ${fire(`4u * quad + ${j}u`)} }`,
        )
      : atLeastOnce("n", "4u * quad", "min(4u * quad + 4u, UNITS)", fire("n"));
  return wgsl`
${layerCode(layer)}
#if ${noise === "given"}
${unit}
fn draw(element: u32) -> u32 { return given_draws[element]; }
#elif ${estimator.draws === "category"}
${draws}
#else
${drawsOfBlock}
#endif
${estimator.code(layer.options).fire}
fn fire_quad(row_at: u32, noise_row: u32, quad: u32, member: Member) {
  #if ${noise !== "given"}
  noise_key = member.key;
  noise_stream = ${noise === "given" ? 0 : stream(Purpose[noise.purpose], noise.layer)}u;
  noise_step = control.step;
  #endif
  let element = noise_row * ${pad4(perNeuron * layer.units)}u;
  #if ${noise !== "given" && estimator.draws === "neuron"}
  open_block(element / 4u + quad);
  #endif
  ${four}
}
`;
}

/**
 * WGSL of `back_neuron(row_at, neuron, member)`, behind `layerCode`, over the kernel's z, y and dz.
 */
export const backCode = (layer: NeuronLayer): string => wgsl`
${estimatorOf(layer).code(layer.options).back}
fn back_neuron(row_at: u32, neuron: u32, member: Member) {
  back(row_at + neuron * ${layer.neuron.group(layer.options.size)}u, member.slope, member.tau);
}
`;
