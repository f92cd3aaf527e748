/** What a loss is: the interfaces that every file of this folder fills in one of. */

interface Named<Name extends string> {
  readonly name: Name;
  /** One sentence, for help texts. */
  readonly summary: string;
}

/**
 * A loss of a row of outputs and its label.
 *
 * It is a sum of terms, one for each output, of which invocations may share the adding up; then
 * come the loss and its gradient by each output. `top` is the row's largest output, and an output
 * is `wanted` where it is the one of the row's label.
 */
export interface LabelLoss<Name extends string = string> extends Named<Name> {
  readonly of: "labels";
  /**
   * WGSL of three functions. OUTPUTS is how many outputs a row has.
   *
   *   fn term(output: f32, top: f32, wanted: bool) -> f32
   *   fn loss_of(sum: f32, top: f32, wanted_output: f32) -> f32
   *   fn gradient_of(output: f32, sum: f32, top: f32, wanted: bool) -> f32
   */
  readonly wgsl: string;
}

/** A loss of a row of outputs and as many values, such as pixels: a sum of each output's own. */
export interface ValueLoss<Name extends string = string> extends Named<Name> {
  readonly of: "values";
  /** Whether values must lie in [0, 1]. */
  readonly unit: boolean;
  /**
   * WGSL of two functions. OUTPUTS is how many outputs a row has.
   *
   *   fn loss_of(output: f32, wanted: f32) -> f32
   *   fn gradient_of(output: f32, wanted: f32) -> f32
   */
  readonly wgsl: string;
}

export type Loss<Name extends string = string> = LabelLoss<Name> | ValueLoss<Name>;
