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
  CLASSIFY,
  type Example,
  forward,
  type Goal,
  type Layer,
  type Pass,
  type Step,
  trainStep,
  type Uniforms,
} from "./step";
import { divergences, exampleFor, valueLoss } from "./values";

/** Sums over a split. */
export interface Evaluated {
  evaluatedCorrect: number;
  evaluatedLoss: number;
  evaluatedKl: number;
}

/**
 * A data set: the training file, whose examples before `first` are for validation, and the test
 * file.
 */
export interface Examples {
  file: readonly Example[];
  first: number;
  test: readonly Example[];
  classes: number;
  /** Pixels of a row of an image. */
  width: number;
}

interface Member {
  options: MemberOptions;
  layers: Layer[];
  /** Loss and right answers since the last report. */
  lossSum: number;
  correct: number;
  klSum: number;
}

export class Population {
  step = 0;
  /** The smallest of all decisions so far. */
  margin = Number.POSITIVE_INFINITY;
  readonly members: Member[];
  readonly data: Examples;
  private readonly kinds: readonly Kind[];

  constructor(
    data: Examples,
    readonly spec: Spec,
  ) {
    this.kinds = spec.hidden;
    const seen = exampleFor(spec.task, data.width);
    this.data = { ...data, file: data.file.map(seen), test: data.test.map(seen) };
    const { x, wanted } = this.data.file[0] as Example;
    const inputs = x.length;
    const widths = [
      inputs,
      ...spec.hidden.map((layer) => layer.units * sizesOf(layer).group),
      wanted?.length ?? data.classes,
    ];
    this.members = spec.members.map((options) => ({
      options,
      layers: initialLayers(widths, options.seed),
      lossSum: 0,
      correct: 0,
      klSum: 0,
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
      const { draws, backDraws, open } = sizesOf(layer);
      const samples =
        draws > 0 && (purpose === "training" ? layer.stochastic : layer.stochasticEvaluation);
      const count = draws * layer.units;
      if (!samples) return undefined;
      const stream = { seed, layer: l, step: this.step };
      const there = uniforms({ ...stream, purpose }, row * pad4(count), count, open);
      if (purpose === "evaluation" || backDraws === 0) return there;
      const backCount = backDraws * layer.units;
      const first = row * pad4(backCount);
      const back = uniforms({ ...stream, purpose: "backward" }, first, backCount, true);
      return Array.from({ length: layer.units }, (_, n) => [
        ...there.slice(n * draws, (n + 1) * draws),
        ...back.slice(n * backDraws, (n + 1) * backDraws),
      ]).flat();
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
      for (const member of this.members)
        Object.assign(member, { lossSum: 0, correct: 0, klSum: 0 });
    const batch = this.batchAt(step).map((image) => data.file[image] as Example);
    const steps = this.members.map((member) => {
      const { options, layers } = member;
      const u = batch.map((_, row) => this.noise(options, "training", row));
      const result = trainStep(
        layers,
        kinds,
        batch,
        u,
        {
          ...{ rate: options.learningRate, optimizer: spec.optimizer, t: step + 1 },
          slope: this.slope(options, "training"),
          tau: options.tau,
        },
        this.goal(options, this.slope(options, "training")),
      );
      this.observe(result.passes);
      member.layers = result.layers;
      member.lossSum += result.lossSum;
      member.correct += result.correct;
      member.klSum += result.klSum;
      return result;
    });
    this.step++;
    return steps;
  }

  /** One member's evaluation of examples that are numbered from `first` on. */
  passes(examples: readonly Example[], { options, layers }: Member, first = 0): Pass[] {
    const sharpness = { slope: this.slope(options, "evaluation"), tau: options.tau };
    return this.observe(
      examples.map(({ x, wanted }, i) => {
        const noise = this.noise(options, "evaluation", first + i);
        return forward(layers, this.kinds, x, noise, sharpness, !wanted);
      }),
    );
  }

  /** What a member's step minimises. */
  private goal({ kl }: MemberOptions, slope: number): Goal {
    const { spec } = this;
    if (spec.task === "classify") return CLASSIFY;
    return {
      judge: (logits, { wanted = [] }) => valueLoss(spec.loss, logits, wanted),
      beside: (pass) => {
        const found = divergences(spec, pass, slope);
        return {
          kl: found.reduce((sum, one) => sum + one.kl, 0),
          gradients: found.map(({ gradient }) => gradient?.map((g) => kl * g)),
        };
      },
    };
  }

  /** Each member's correct answers on a split, or loss and KL summed over its images. */
  evaluate(split: Split): Evaluated[] {
    const { file, first, test } = this.data;
    const examples =
      split === "test" ? test : split === "training" ? file.slice(first) : file.slice(0, first);
    const begin = split === "training" ? first : 0;
    return this.members.map((member) => {
      const passes = this.passes(examples, member, begin);
      const goal = this.goal(member.options, this.slope(member.options, "evaluation"));
      const sum = (value: (pass: Pass, example: Example) => number) =>
        passes.reduce((total, pass, i) => total + value(pass, examples[i] as Example), 0);
      return {
        evaluatedCorrect: sum(({ logits }, { label }) => Number(largest(logits).at === label)),
        evaluatedLoss: sum(({ logits }, example) => goal.judge(logits, example).loss),
        evaluatedKl: sum((pass) => goal.beside(pass).kl),
      };
    });
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
