/**
 * The whole of training in float64: what Network (model/network.ts) does on the GPU, from the same
 * `Spec`.
 */
import type { Split } from "../../data/dataset";
import type { Spec } from "../../model/spec";
import type { MemberOptions } from "../../model/state";
import { pad4 } from "../../shaders/kernel";
import { type Kind, largest, sizesOf } from "./neurons";
import { imageAt } from "./order";
import { type Purpose, uniforms } from "./philox";
import {
  type Example,
  forward,
  type Layer,
  type Pass,
  type Step,
  sgd,
  type Uniforms,
} from "./step";

/**
 * A data set: the training file, whose examples before `first` are for validation, and the test
 * file.
 */
export interface Examples {
  file: readonly Example[];
  first: number;
  test: readonly Example[];
  classes: number;
}

interface Member {
  options: MemberOptions;
  layers: Layer[];
  /** Loss and right answers since the last report. */
  lossSum: number;
  correct: number;
}

export class Population {
  step = 0;
  /** The smallest of all decisions so far. */
  margin = Number.POSITIVE_INFINITY;
  readonly members: Member[];
  private readonly kinds: readonly Kind[];

  constructor(
    readonly data: Examples,
    readonly spec: Spec,
  ) {
    this.kinds = spec.hidden;
    const inputs = (data.file[0] as Example).x.length;
    const widths = [
      inputs,
      ...spec.hidden.map((layer) => layer.units * sizesOf(layer).group),
      data.classes,
    ];
    this.members = spec.members.map((options) => ({
      options,
      layers: initialLayers(widths, options.seed),
      lossSum: 0,
      correct: 0,
    }));
  }

  /** Numbers of the images, in the training file, of a step's batch. */
  batchAt(step: number): number[] {
    const { data, spec } = this;
    const images = data.file.length - data.first;
    return Array.from(
      { length: spec.batch },
      (_, i) => data.first + imageAt(step * spec.batch + i, images, spec.dataSeed),
    );
  }

  /** A member's slope after so many steps. Evaluation's is always annealed. */
  private slope(
    { slope, slopeCap, anneal, annealEvaluationOnly }: MemberOptions,
    purpose: Purpose,
  ): number {
    const epochs = Math.floor(this.step / this.spec.stepsPerEpoch);
    return purpose === "training" && annealEvaluationOnly
      ? slope
      : Math.min(slope * anneal ** epochs, slopeCap);
  }

  /**
   * Uniforms of the neurons of each layer for noise row `row`: the place in a batch, or the
   * evaluated image's number.
   */
  private noise(
    { seed }: MemberOptions,
    purpose: "training" | "evaluation",
    row: number,
  ): Uniforms {
    return this.spec.hidden.map((layer, l) => {
      const { draws, open } = sizesOf(layer);
      const samples =
        draws > 0 && (purpose === "training" ? layer.stochastic : layer.stochasticEvaluation);
      const count = draws * layer.units;
      return samples
        ? uniforms({ seed, purpose, layer: l, step: this.step }, row * pad4(count), count, open)
        : undefined;
    });
  }

  private observe<P extends readonly Pass[]>(passes: P): P {
    this.margin = Math.min(this.margin, ...passes.map(({ margin }) => margin));
    return passes;
  }

  /** Trains one step; what each member's neurons did in it. */
  train(): Step[] {
    const { data, kinds, spec, step } = this;
    if (step % spec.reportEvery === 0)
      for (const member of this.members) Object.assign(member, { lossSum: 0, correct: 0 });
    const batch = this.batchAt(step).map((image) => data.file[image] as Example);
    const steps = this.members.map((member) => {
      const { options, layers } = member;
      const u = batch.map((_, row) => this.noise(options, "training", row));
      const result = sgd(layers, kinds, batch, u, {
        rate: options.learningRate,
        slope: this.slope(options, "training"),
        tau: options.tau,
      });
      this.observe(result.passes);
      member.layers = result.layers;
      member.lossSum += result.lossSum;
      member.correct += result.correct;
      return result;
    });
    this.step++;
    return steps;
  }

  /** One member's evaluation of examples that are numbered from `first` on. */
  passes(examples: readonly Example[], { options, layers }: Member, first = 0): Pass[] {
    const sharpness = { slope: this.slope(options, "evaluation"), tau: options.tau };
    return this.observe(
      examples.map(({ x }, i) =>
        forward(layers, this.kinds, x, this.noise(options, "evaluation", first + i), sharpness),
      ),
    );
  }

  /** Each member's correct answers on a split. */
  evaluate(split: Split): number[] {
    const { file, first, test } = this.data;
    const examples =
      split === "test" ? test : split === "training" ? file.slice(first) : file.slice(0, first);
    const begin = split === "training" ? first : 0;
    return this.members.map(
      (member) =>
        this.passes(examples, member, begin).filter(
          ({ logits }, i) => largest(logits).at === examples[i]?.label,
        ).length,
    );
  }
}

/** Glorot uniform weights, drawn row by row, and biases 0. */
function initialLayers(widths: readonly number[], seed: number): Layer[] {
  return widths.slice(1).map((outputs, layer) => {
    const inputs = widths[layer] as number;
    const limit = Math.sqrt(6 / (inputs + outputs));
    const drawn = uniforms({ seed, purpose: "weights", layer, step: 0 }, 0, inputs * outputs).map(
      (u) => (2 * u - 1) * limit,
    );
    return {
      weights: Array.from({ length: inputs }, (_, k) =>
        drawn.slice(k * outputs, (k + 1) * outputs),
      ),
      bias: Array<number>(outputs).fill(0),
    };
  });
}
