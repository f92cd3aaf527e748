/**
 * `npm run arms`: trains the networks of the page's third act, by the command itself, and writes
 * their curves to src/app/arms.json: what the page shows until a visitor trains them.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";

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
      const args = `train ${flags} --hidden ${hidden} --epochs 1 --seed 1 --json`.split(" ");
      const { status, stdout, stderr } = spawnSync("node", ["dist/cli/stairstep.js", ...args], {
        encoding: "utf8",
      });
      process.stderr.write(stderr);
      if (status !== 0) return 1;
      const reports = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
        .filter(({ epoch }) => epoch !== undefined);
      epochs = reports.map(({ epoch }) => epoch);
      curves[name] = reports.map(({ members: [m] }) => m.validation.accuracy);
      console.log(`${args.join(" ")}: ${curves[name]?.at(-1)}`);
    }
    accuracies[hidden.split(",").length] = curves;
  }
  writeFileSync(FILE, `${JSON.stringify({ epochs, accuracies }, undefined, 2)}\n`);
  return 0;
}
