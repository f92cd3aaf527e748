/**
 * What a loss is: the one interface that every file of this folder fills in.
 *
 * The loss of a row is a sum of terms, one for each output, of which invocations may share the
 * adding up; then come the loss and its gradient by each output. `top` is the row's largest output,
 * and an output is `wanted` where it is the one of the row's label.
 */
export interface Loss<Name extends string = string> {
  readonly name: Name;
  /** One sentence, for help texts. */
  readonly summary: string;
  /**
   * WGSL of three functions. OUTPUTS is how many outputs a row has.
   *
   *   fn term(output: f32, top: f32, wanted: bool) -> f32
   *   fn loss_of(sum: f32, top: f32, wanted_output: f32) -> f32
   *   fn gradient_of(output: f32, sum: f32, top: f32, wanted: bool) -> f32
   */
  readonly wgsl: string;
}
