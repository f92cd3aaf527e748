/** Mean squared error, of n outputs o and values x: loss = mean (o - x)²;  do = 2 (o - x) / n. */
import type { ValueLoss } from "./loss";

export const meanSquaredError: ValueLoss<"mse"> = {
  name: "mse",
  summary: "mean squared error",
  of: "values",
  unit: false,
  wgsl: /* wgsl */ `
fn loss_of(output: f32, wanted: f32) -> f32 {
  return (output - wanted) * (output - wanted) / f32(OUTPUTS);
}
fn gradient_of(output: f32, wanted: f32) -> f32 {
  return 2.0 * (output - wanted) / f32(OUTPUTS);
}`,
};
