/** One member's forward pass, loss, gradient and step in float64, with the noise given. */
import { dot, type Fired, fire, type Kind, largest, sizesOf, softmax } from "./neurons";
import { OPTIMIZERS, type OptimizerTwin } from "./optimizers";

/** weights [inputs, outputs], bias [outputs]. */
export interface Layer {
  weights: number[][];
  bias: number[];
  /** What the optimizer keeps beside each: of the rows of weights, the biases last. */
  kept?: number[][][];
}

export interface Example {
  /** Pixels / 255. */
  x: number[];
  label: number;
  /** What the network is to put out, of tasks that compare outputs with values. */
  wanted?: number[];
}

/** Slope and temperature at the moment. */
export interface Sharpness {
  slope: number;
  tau: number;
}

export interface Pass {
  /** What each layer takes: the example, then what each hidden layer puts out. */
  inputs: number[][];
  /** What each hidden layer weighs up: pre-activations [units · group]. */
  z: number[][];
  /** The neurons of each hidden layer. */
  fired: Fired[][];
  logits: number[];
  /** The smallest of all decisions, the answer's included where there are classes. */
  margin: number;
}

/** Adds `factor` times `row` to `sums`. */
function add(sums: number[], row: readonly number[], factor: number): void {
  for (let j = 0; j < row.length; j++) (sums[j] as number) += factor * (row[j] as number);
}

/** Row by row, as weights lie: a column at a time takes ten times as long. */
function affine(x: readonly number[], { weights, bias }: Layer): number[] {
  const sums = [...bias];
  for (const [k, v] of x.entries()) add(sums, weights[k] as number[], v);
  return sums;
}

/** Uniforms of each hidden layer, neuron by neuron, or nothing where it does not sample. */
export type Uniforms = readonly (readonly number[] | undefined)[];

/** Of layers that round. */
export const NO_NOISE: Uniforms = [];

export function forward(
  layers: readonly Layer[],
  kinds: readonly Kind[],
  x: number[],
  u: Uniforms,
  { slope, tau }: Sharpness,
  classes = true,
): Pass {
  const inputs = [x];
  const before: number[][] = [];
  const fired = kinds.map((kind, l) => {
    const { group } = sizesOf(kind);
    const z = affine(inputs.at(-1) as number[], layers[l] as Layer);
    before.push(z);
    const draws = ((u[l]?.length ?? 0) * group) / z.length;
    const neurons = Array.from({ length: z.length / group }, (_, n) =>
      fire(
        kind,
        z.slice(n * group, (n + 1) * group),
        u[l]?.slice(n * draws, (n + 1) * draws),
        slope,
        tau,
      ),
    );
    inputs.push(neurons.flatMap(({ y }) => y));
    return neurons;
  });
  const logits = affine(inputs.at(-1) as number[], layers.at(-1) as Layer);
  return {
    inputs,
    z: before,
    fired,
    logits,
    margin: Math.min(
      classes ? largest(logits).margin : Number.POSITIVE_INFINITY,
      ...fired.flat().map(({ margin }) => margin),
    ),
  };
}

/** -log softmax(logits)[label], and its gradient by the logits. */
export function crossEntropy(
  logits: readonly number[],
  label: number,
): { loss: number; gradient: number[] } {
  const top = Math.max(...logits);
  const sum = logits.reduce((total, l) => total + Math.exp(l - top), 0);
  return {
    loss: Math.log(sum) + top - (logits[label] as number),
    gradient: softmax(logits).map((p, i) => p - Number(i === label)),
  };
}

/** Gradient by z of each layer, the head last, from that by the logits; with what lies `beside`. */
function backward(
  { fired }: Pass,
  layers: readonly Layer[],
  gradient: number[],
  beside: readonly (readonly number[] | undefined)[],
): number[][] {
  const all = [gradient];
  for (let l = fired.length - 1; l >= 0; l--) {
    const dy = (layers[l + 1] as Layer).weights.map((row) => dot(row, all[0] as number[]));
    let at = 0;
    const dz = (fired[l] as Fired[]).flatMap(({ y, back }) => back(dy.slice(at, (at += y.length))));
    all.unshift(dz.map((value, i) => value + (beside[l]?.[i] ?? 0)));
  }
  return all;
}

export interface Step {
  layers: Layer[];
  lossSum: number;
  correct: number;
  klSum: number;
  passes: Pass[];
}

/** What a step minimises: the loss of a row, and what of its layers' choices counts beside it. */
export interface Goal {
  judge: (logits: readonly number[], example: Example) => { loss: number; gradient: number[] };
  beside: (pass: Pass) => { kl: number; gradients: (readonly number[] | undefined)[] };
}

export const CLASSIFY: Goal = {
  judge: (logits, { label }) => crossEntropy(logits, label),
  beside: () => ({ kl: 0, gradients: [] }),
};

export interface Rate {
  rate: number;
  /** By default plain SGD. */
  optimizer?: string;
  /** This step, from 1. */
  t?: number;
}

const zeros = ({ weights, bias }: Layer): Layer => ({
  weights: weights.map((row) => row.map(() => 0)),
  bias: bias.map(() => 0),
});

/** A layer behind a step along its gradient. */
function stepped(layer: Layer, gradient: Layer, { rate, optimizer = "sgd", t = 1 }: Rate): Layer {
  const optimize = OPTIMIZERS[optimizer] as OptimizerTwin;
  const kept = layer.kept?.map((row) => row.map((numbers) => [...numbers])) ?? [];
  const row = (before: number[], along: number[], k: number) => {
    const beside = (kept[k] ??= before.map(() => []));
    return before.map((w, j) => optimize(w, along[j] as number, rate, t, beside[j] as number[]));
  };
  const weights = layer.weights.map((w, k) => row(w, gradient.weights[k] as number[], k));
  const bias = row(layer.bias, gradient.bias, weights.length);
  return { weights, bias, kept };
}

/** A step on the mean loss of a batch; `u` [rows]. */
export function trainStep(
  layers: readonly Layer[],
  kinds: readonly Kind[],
  batch: readonly Example[],
  u: readonly Uniforms[],
  { slope, tau, ...rate }: Sharpness & Rate,
  goal: Goal = CLASSIFY,
): Step {
  const sums = layers.map(zeros);
  const step: Step = { layers: [], lossSum: 0, correct: 0, klSum: 0, passes: [] };
  for (const [row, example] of batch.entries()) {
    const { x, label, wanted } = example;
    const pass = forward(layers, kinds, x, u[row] as Uniforms, { slope, tau }, !wanted);
    const { loss, gradient } = goal.judge(pass.logits, example);
    const beside = goal.beside(pass);
    const gradients = backward(pass, layers, gradient, beside.gradients);
    for (const [l, { weights, bias }] of sums.entries()) {
      const shares = (gradients[l] as number[]).map((g) => g / batch.length);
      add(bias, shares, 1);
      for (const [k, y] of (pass.inputs[l] as number[]).entries())
        add(weights[k] as number[], shares, y);
    }
    step.lossSum += loss;
    step.klSum += beside.kl;
    step.correct += Number(largest(pass.logits).at === label);
    step.passes.push(pass);
  }
  step.layers = layers.map((layer, l) => stepped(layer, sums[l] as Layer, rate));
  return step;
}
