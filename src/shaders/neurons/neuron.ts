/**
 * What a neuron is, as data and WGSL: the one interface that every file of this folder fills in.
 *
 * A neuron turns `group` neighbouring pre-activations z into `group` outputs y (1 for ordered
 * neurons, one per category for one-hot), over the kernel's arrays `z`, `y` and `dz`. `fire` leaves
 * in z whatever `back` needs (a derivative, probabilities), so nothing is computed twice. Random
 * neurons call `draw(element + i)` for 24 random bits.
 */
export interface NeuronCode {
  /** Functions that both passes use; may touch z alone. */
  readonly shared: string;
  /**
   * `fn fire(at: u32, element: u32, slope: f32, tau: f32)`: reads z[at ..], writes y[at ..]; and
   * its helpers.
   */
  readonly fire: string;
  /**
   * `fn back(at: u32, slope: f32, tau: f32)`: reads dz[at ..] = dLoss/dy, writes dz[at ..] =
   * dLoss/dz; and its helpers. Where the estimator has `backDraws` and samples:
   * `fn back(at: u32, element: u32, slope: f32, tau: f32)`.
   */
  readonly back: string;
}

export interface NeuronOptions {
  /** Levels or categories; ignored by neurons without `size`. */
  size: number;
  estimator: string;
  /** Sample (true), or round / take the largest (false). Ignored by real neurons. */
  stochastic: boolean;
  /** Divide the slope out of the backward pass: the gradient of f(s·z) is taken as f′, not s·f′. */
  normalise: boolean;
}

export interface Estimator {
  readonly name: string;
  /** One sentence with the paper, for help texts and the page. */
  readonly summary: string;
  /** Uniform draws per neuron when sampling: 0, 1, or one per category. */
  readonly draws: "none" | "neuron" | "category";
  /** Uniform draws for each of its outputs in the backward pass, when sampling; 0 if absent. */
  readonly backDraws?: number;
  /** Whether the temperature tau changes anything. */
  readonly usesTau: boolean;
  readonly code: (options: NeuronOptions) => NeuronCode;
}

export interface Neuron<Name extends string = string> {
  readonly name: Name;
  /** One sentence for help texts and the page. */
  readonly summary: string;
  /** The number a user may give, as in `staircase:5`. */
  readonly size?: { readonly name: string; readonly minimum: number; readonly initial: number };
  /** The slope to train with when none is given; 1 if absent. */
  readonly slope?: number;
  /** Pre-activations (and outputs) per neuron. */
  readonly group: (size: number) => number;
  /**
   * WGSL of `fn activation(x: f32, slope: f32) -> vec2f`: (f, df/dx) at x = slope · z; absent for
   * one-hot neurons.
   */
  readonly activation?: (size: number) => string;
  /** At least one; the first is the default. */
  readonly estimators: readonly Estimator[];
}

/** WGSL shared by activations: the logistic function without overflow at either end. */
export const logistic = /* wgsl */ `
fn logistic(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}
`;

/**
 * WGSL shared by activations: tanh, clamped where it is ±1 in f32 because some drivers overflow to
 * NaN beyond.
 */
export const safeTanh = /* wgsl */ `
fn safe_tanh(x: f32) -> f32 {
  return tanh(clamp(x, -15.0, 15.0));
}
`;
