/**
 * Real and ordered (n-ary) neurons from a smooth activation f.
 *
 *   real      y = f(s·z)
 *   rounded   y = round(f(s·z)), half to even
 *   sampled   y = ceil(f(s·z) - u), u ~ U[0, 1): one of the two closest integers, with mean f
 *   backward  dz = dy · s·f′(s·z): the hard step's gradient is taken as 1 (straight-through), or as
 *             the 0 that it is (zero.ts)
 *
 * Source: Bengio, Léonard, Courville, "Estimating or Propagating Gradients Through Stochastic
 * Neurons", 2013, section 4; slopes: Chung, Ahn, Bengio, "Hierarchical Multiscale Recurrent Neural
 * Networks", 2016, section 2.3.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import type { Estimator, Neuron, NeuronCode, NeuronOptions } from "./neuron";
import { zero } from "./zero";

/** What an ordered or real neuron's file gives. */
export interface OrderedParts<Name extends string> {
  name: Name;
  summary: string;
  size?: Neuron["size"];
  slope?: number;
  /**
   * WGSL of `fn activation(x: f32, slope: f32) -> vec2f`: (f, df/dx) at x = slope · z. Most need x
   * alone.
   */
  activation: (size: number) => string;
}

/** `y` is the WGSL of the output, given f = (f, f′). `fire` leaves the derivative in z. */
const passThrough = (
  { activation }: OrderedParts<string>,
  { size, normalise }: NeuronOptions,
  y: string,
): NeuronCode => ({
  shared: "",
  fire: wgsl`
${activation(size)}
fn fire(at: u32, element: u32, slope: f32, tau: f32) {
  let f = activation(slope * z[at], slope);
  y[at] = ${y};
  z[at] = f.y * ${normalise ? "1.0" : "slope"};
}`,
  back: wgsl`
fn back(at: u32, slope: f32, tau: f32) {
  dz[at] *= z[at];
}`,
});

/** A neuron whose output is its activation. */
export const real = <Name extends string>(parts: OrderedParts<Name>): Neuron<Name> => ({
  ...parts,
  group: () => 1,
  estimators: [
    {
      name: "exact",
      summary: "the activation's own derivative",
      draws: "none",
      usesTau: false,
      code: (options) => passThrough(parts, options, "f.x"),
    },
  ],
});

/** A neuron whose output is one of the two integers closest to its activation. */
export const ordered = <Name extends string>(parts: OrderedParts<Name>): Neuron<Name> => {
  const straightThrough: Estimator = {
    name: "straight-through",
    summary: "the hard step's gradient is taken as 1 (Bengio et al. 2013)",
    draws: "neuron",
    usesTau: false,
    code: (options) =>
      passThrough(
        parts,
        options,
        options.stochastic ? "ceil(f.x - unit(draw(element)))" : "round(f.x)",
      ),
  };
  return { ...parts, group: () => 1, estimators: [straightThrough, zero(straightThrough)] };
};
