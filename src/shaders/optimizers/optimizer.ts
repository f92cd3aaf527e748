/** What an optimizer is: the one interface that every file of this folder fills in. */
export interface Optimizer<Name extends string = string> {
  readonly name: Name;
  /** One sentence with the paper, for help texts. */
  readonly summary: string;
  /** The learning rate where none is given. */
  readonly rate: number;
  /**
   * Numbers that it keeps beside each weight: 0, 1 or 2. They begin at zero, are part of
   * checkpoints, and lie in `state: array<f32>`: the n-th of the weight at `at` is
   * `state[n * STATE_LENGTH + at]`.
   */
  readonly state: 0 | 1 | 2;
  /**
   * WGSL statements that an invocation runs once, before any `optimize`: what the step alone
   * decides, for private variables that `wgsl` declares.
   */
  readonly prepare?: string;
  /**
   * WGSL of `fn optimize(weight: f32, gradient: f32, rate: f32, at: u32) -> f32`: the new weight.
   * The gradient is that of the mean loss of a batch. `control.trained` counts the steps before.
   */
  readonly wgsl: string;
}
