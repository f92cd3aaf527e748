/**
 * `npm run arms`: trains the networks of the page's third act, by the command itself, and writes
 * their curves to src/app/arms.json: what the page shows until a visitor trains them.
 */
import { writeFileSync } from "node:fs";
import { trained } from "./trained";

const FILE = "src/app/arms.json";
const ARMS = {
  zero: "--neuron binary --estimator zero",
  "straight-through": "--neuron binary",
  tanh: "--neuron tanh",
};

export function main(): number {
  let epochs: number[] = [];
  const accuracies: Record<string, Record<string, number[]>> = {};
  for (const hidden of ["100", "100,100"]) {
    const curves: Record<string, number[]> = {};
    for (const [name, flags] of Object.entries(ARMS)) {
      const command = `train ${flags} --hidden ${hidden} --epochs 1 --seed 1`;
      const run = trained(command);
      epochs = run.epochs;
      curves[name] = run.validation;
      console.log(`${command}: ${run.validation.at(-1)}`);
    }
    accuracies[hidden.split(",").length] = curves;
  }
  writeFileSync(FILE, `${JSON.stringify({ epochs, accuracies }, undefined, 2)}\n`);
  return 0;
}
