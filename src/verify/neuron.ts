/** A neuron's WGSL beside its twin, a plain function in float64, on random inputs. */
import { layer } from "../model/own-layer";
import { neuronLayer, resolveLayer } from "../model/spec";
import type { Device } from "../runtime/device";
import { StairstepError } from "../runtime/errors";
import type { NeuronLayer } from "../shaders/neurons/layer";
import type { Estimator, Neuron } from "../shaders/neurons/neuron";
import type { LayerShape } from "../shaders/standalone";
import { MARGIN } from "./course";
import { Golden } from "./golden";
import type { Comparison } from "./results";
import { type Fired, type Given, normalised, type Twin } from "./twin/neurons";
import { uniforms } from "./twin/philox";
import type { LayerVector } from "./vectors";

export interface NeuronCheck {
  /** The name of one of the neuron's estimators, or one of your own; its first by default. */
  estimator?: string | Estimator;
  /** Levels or categories; by default the least, the first and twice that. */
  sizes?: readonly number[];
  slopes?: readonly number[];
  /** By default one for estimators without a temperature. */
  taus?: readonly number[];
  /** Neurons at each size, slope and temperature, sampled and not, normalised and not. */
  inputs?: number;
  /** Pre-activations are drawn from -range to range. */
  range?: number;
  seed?: number;
}

export interface NeuronResult {
  /** Whether all outputs and gradients are the twin's, as near as f32 comes. */
  passed: boolean;
  /** Neurons compared, each z [group] by itself. */
  inputs: number;
  /** Largest absolute difference from the twin; NaN where a value is none. */
  maxError: number;
  /** The worst miss, with all that the neuron was given; none where it passed. */
  where?: string;
}

/** Inputs tried for one whose decision is not close. */
const TRIES = 1000;
/** No whole number of fours. */
const UNITS = 5;

/** Uniforms of 24 bits, one behind the other. */
function drawer(seed: number): () => number {
  let [step, block] = [0, [] as number[]];
  return () => {
    if (block.length === 0)
      block = uniforms({ seed, purpose: "training", layer: 0, step: step++ }, 0, 1024);
    return block.pop() as number;
  };
}

interface Setting extends Pick<Given, "slope" | "tau" | "size"> {
  stochastic: boolean;
  normalise: boolean;
}

/** One neuron's inputs and what its twin makes of them. */
type Cell = Record<"z" | "dy" | "u" | "y" | "dz", readonly number[]>;

const numbers = (values: readonly number[] | undefined) =>
  `[${Array.from(values ?? [], (x) => Number(x.toPrecision(7))).join(", ")}]`;

class Check {
  readonly result: NeuronResult = { passed: true, inputs: 0, maxError: 0 };
  /** How many tolerances the worst miss is off. */
  private worst = 1;
  private readonly golden: Golden;
  private readonly random: () => number;

  constructor(
    device: Device,
    private readonly twin: Twin,
    private readonly range: number,
    seed: number,
  ) {
    this.golden = new Golden(device);
    this.random = drawer(seed);
  }

  private readonly between = (low: number, high: number): number =>
    Math.fround(low + (high - low) * this.random());

  private cell(shape: LayerShape, { draws, backDraws = 0 }: Estimator, setting: Setting): Cell {
    const { size, slope, tau, stochastic, normalise } = setting;
    const group = shape.neuron.group(size);
    const twin = normalise ? normalised(this.twin) : this.twin;
    for (let i = 0; i < TRIES; i++) {
      const z = Array.from({ length: group }, () => this.between(-this.range, this.range));
      const dy = z.map(() => this.between(-1, 1));
      // In the middle of their interval where a logarithm may follow.
      const open = draws === "category" ? 2 ** -25 : 0;
      const count = stochastic ? { none: 0, neuron: 1, category: group }[draws] : 0;
      const later = stochastic ? backDraws * group : 0;
      const u = Array.from({ length: count + later }, (_, at) =>
        at < count ? this.random() + open : this.random() + 2 ** -25,
      );
      const { y, back, margin } = twin({ z, u: u.length > 0 ? u : undefined, slope, tau, size });
      if (y.length !== group)
        throw new StairstepError(
          `the twin of ${shape.label} gives ${y.length} outputs: give ${group}, as many as z has`,
        );
      if (margin >= MARGIN) return { z, dy, u, y, dz: back(dy) };
    }
    throw new StairstepError(
      `the twin of ${shape.label} gives ${TRIES} margins below ${MARGIN} in a row: give how far ` +
        "a decision is from falling otherwise, and Infinity where nothing is decided",
    );
  }

  async setting(shape: LayerShape, estimator: Estimator, setting: Setting): Promise<void> {
    const { slope, tau } = setting;
    const cells = Array.from({ length: shape.rows }, () =>
      Array.from({ length: shape.units }, () => this.cell(shape, estimator, setting)),
    );
    const of = (key: keyof Cell) => cells.map((row) => row.flatMap((cell) => cell[key]));
    const u = setting.stochastic && estimator.draws !== "none" ? { u: of("u") } : {};
    const values: LayerVector = {
      ...{ slope, tau, z: of("z"), dy: of("dy"), y: of("y"), dz: of("dz") },
      ...u,
    };
    const comparisons = await this.golden.layer(shape, values);
    const group = comparisons.length / (2 * shape.rows * shape.units);
    this.result.inputs += shape.rows * shape.units;
    for (const [i, comparison] of comparisons.entries()) {
      const at = Math.floor(i / 2);
      const cell = cells.flat()[Math.floor(at / group)] as Cell;
      this.compare(comparison, () => {
        const name = `${i % 2 === 0 ? "y" : "dz"}[${at % group}]`;
        const given = [
          `z ${numbers(cell.z)}`,
          ...(u.u ? [`u ${numbers(cell.u)}`] : []),
          ...(i % 2 === 0 ? [] : [`dy ${numbers(cell.dy)}`]),
          `slope ${slope}, tau ${tau}, size ${setting.size}`,
          setting.stochastic ? "stochastic" : "deterministic",
          ...(setting.normalise ? ["normalised"] : []),
        ].join(", ");
        const [found, expected] = comparison;
        return `${shape.label}: ${name} is ${found}, and its twin says ${expected}, at ${given}`;
      });
    }
  }

  private compare([found, expected, tolerance]: Comparison, describe: () => string): void {
    const { result } = this;
    const error = Math.abs(found - expected);
    result.maxError = Math.max(result.maxError, error); // NaN stays
    if (error <= tolerance) return;
    // NaN, and decisions, whose tolerance is 0, are worst.
    const off = Number.isFinite(error / tolerance) ? error / tolerance : Number.POSITIVE_INFINITY;
    if (off > this.worst) [this.worst, result.where] = [off, describe()];
    result.passed = false;
  }
}

/** The size in "staircase:4"; else three sizes for a neuron with levels or categories. */
const sizesOf = (neuron: string | Neuron, { neuron: { size }, options }: NeuronLayer): number[] =>
  typeof neuron === "string" && neuron.includes(":")
    ? [options.size]
    : size
      ? [...new Set([size.minimum, size.initial, 2 * size.initial])]
      : [1];

/**
 * Runs a neuron's WGSL, fire and back, on thousands of random inputs, and compares it with its
 * twin, to the tolerance of `verify`: decisions exactly, numbers to 2e-5. `orderedTwin`, `realTwin`
 * and `oneHotTwin` make twins for what `ordered`, `real` and `oneHotEstimator` make. Says in
 * `where` what the worst miss is; throws `StairstepError` for WGSL that does not compile.
 */
export async function verifyNeuron(
  device: Device,
  neuron: string | Neuron,
  twin: Twin,
  {
    estimator,
    slopes = [0.5, 1, 2.5],
    inputs = 500,
    range = 3,
    seed = 1,
    ...rest
  }: NeuronCheck = {},
): Promise<NeuronResult> {
  const check = new Check(device, twin, range, seed);
  const first = neuronLayer(resolveLayer(layer(neuron, UNITS, { estimator })), "training");
  const z = Array<number>(first.neuron.group(first.options.size)).fill(0.3);
  const tried: unknown = twin({ z, u: undefined, slope: 1, tau: 1, size: first.options.size });
  if (typeof (tried as Fired | undefined)?.back !== "function")
    throw new StairstepError(
      "a twin gives { y, back, margin }: orderedTwin((z, slope) => [f, df/dz]) makes one",
    );
  for (const size of rest.sizes ?? sizesOf(neuron, first))
    for (const stochastic of [false, true])
      for (const normalise of [false, true]) {
        const options = { size, stochastic, normalise };
        const resolved = resolveLayer(layer(neuron, UNITS, { ...options, estimator }));
        const made = neuronLayer(resolved, "training");
        const chosen = made.neuron.estimators.find(({ name }) => name === resolved.estimator);
        const { name, usesTau } = chosen as Estimator;
        const label = `${made.neuron.name} ${name}`;
        const shape = { ...made, label, rows: Math.ceil(inputs / UNITS), members: 1 };
        for (const slope of slopes)
          for (const tau of rest.taus ?? (usesTau ? [0.5, 2] : [1]))
            await check.setting(shape, chosen as Estimator, { ...options, slope, tau });
      }
  return check.result;
}
