/** One network on the processor, in float64: what it makes of an image, and how. */

import { type ResolvedLayer, resolveLayer } from "../../model/spec";
import type { Checkpoint, LayerWeights, MemberOptions } from "../../model/state";
import { StairstepError } from "../../runtime/errors";
import { annealedSlope } from "../../shaders/control";
import { ACTIVATIONS, sizesOf, softmax } from "./neurons";
import { uniforms } from "./philox";
import { forward, type Layer, NO_NOISE } from "./step";

export interface Reading {
  /** Pre-activations of each hidden layer [units · group]. */
  z: number[][];
  /** What each hidden layer puts out [units · group]. */
  outputs: number[][];
  /** [classes] */
  probabilities: number[];
}

/** One value that a neuron may put out, and how probable that is where it samples. */
export interface Outcome {
  value: number;
  share: number;
}

/**
 * The outcomes of one neuron with pre-activations z [group]: every category of a one-hot neuron,
 * the two levels around f(slope · z) of an ordered one, or the one where f is on it, and the one
 * value of a real one.
 */
export function outcomesOf(
  { neuron, estimator, size }: Pick<ResolvedLayer, "neuron" | "estimator" | "size">,
  z: readonly number[],
  slope: number,
): Outcome[] {
  const curve = ACTIVATIONS[neuron];
  if (!curve) return softmax(z.map((x) => slope * x)).map((share, value) => ({ value, share }));
  const [f] = curve(z[0] ?? 0, slope, size);
  if (estimator === "exact") return [{ value: f, share: 1 }];
  const below = Math.floor(f);
  return [
    { value: below, share: 1 - (f - below) },
    { value: below + 1, share: f - below },
  ].filter(({ share }) => share > 0);
}

const rowsOf = ({ weights, bias }: LayerWeights): Layer => ({
  weights: Array.from({ length: weights.length / bias.length }, (_, k) =>
    Array.from(weights.subarray(k * bias.length, (k + 1) * bias.length)),
  ),
  bias: Array.from(bias),
});

export class Reader {
  readonly hidden: readonly ResolvedLayer[];
  /** Of evaluation, as annealed by then. */
  readonly slope: number;
  private readonly layers: readonly Layer[];
  private readonly options: MemberOptions;

  /**
   * Reads as member `member` of a checkpoint of bytes. Throws `StairstepError` for a model of
   * floats or neurons of one's own, and for no member.
   */
  constructor(from: Checkpoint, member = 0) {
    const [options, weights] = [from.members[member], from.weights[member]];
    if (!options || !weights)
      throw new StairstepError(
        `there is no member ${member}: choose from 0 to ${from.members.length - 1}`,
      );
    if (from.dtype === "f32")
      throw new StairstepError("this model reads floats, and a Reader reads bytes: use loadModel");
    if (from.hidden.some(({ own }) => own))
      throw new StairstepError("this model has neurons of its own: read with it by loadModel");
    this.hidden = from.hidden.map((layer) => resolveLayer(layer));
    this.options = options;
    this.layers = weights.map(rowsOf);
    const { slope, anneal, slopeCap: cap } = options;
    this.slope = annealedSlope({ slope, anneal, cap }, Math.floor(from.step / from.stepsPerEpoch));
  }

  /**
   * Reads one image [inputs] of bytes. Neurons round, or, with `throwing`, decide by chance: each
   * number throws the dice anew.
   */
  read(pixels: ArrayLike<number>, throwing?: number): Reading {
    const inputs = this.layers[0]?.weights.length ?? 0;
    if (pixels.length !== inputs)
      throw new StairstepError(
        `an image of this model has ${inputs} pixels, and this one ${pixels.length}`,
      );
    const { slope, hidden, layers } = this;
    const x = Array.from(pixels, (byte) => byte / 255);
    const noise = throwing === undefined ? NO_NOISE : this.noise(throwing);
    const pass = forward(layers, hidden, x, noise, { slope, tau: this.options.tau });
    return { z: pass.z, outputs: pass.inputs.slice(1), probabilities: softmax(pass.logits) };
  }

  private noise(step: number) {
    const { seed } = this.options;
    return this.hidden.map((layer, l) => {
      const { draws, open } = sizesOf(layer);
      const stream = { seed, purpose: "evaluation", layer: l, step } as const;
      return draws > 0 ? uniforms(stream, 0, draws * layer.units, open) : undefined;
    });
  }
}
