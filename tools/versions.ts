/**
 * Two versions of Stairstep by turns in one process: milliseconds of a step, medians, and ratios.
 * Usage: npm run versions -- OLD NEW [--kernels software|gpu] [--rounds 5]. Each is
 * versions-entry.ts, built in that version's folder:
 *
 *   npx vite build --mode cli --ssr tools/versions-entry.ts --outDir dist/versions
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { median } from "../src/runtime/rounds";
import { withAdapter } from "./places";
import type * as Entry from "./versions-entry";

export async function main(args: string[]): Promise<number> {
  withAdapter();
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      kernels: { type: "string", default: "software" },
      rounds: { type: "string", default: "5" },
    },
  });
  const kernels = values.kernels === "gpu" ? "gpu" : "software";
  if (positionals.length !== 2)
    throw new Error(`name two built versions, old and new, got ${positionals.length}`);
  const versions = [];
  for (const file of positionals) {
    const entry: typeof Entry = await import(pathToFileURL(resolve(file)).href);
    versions.push({ make: await entry.open(kernels), runs: Object.keys(entry.RUNS) });
  }
  console.log(`${"run".padEnd(24)}old ms    new ms    new/old   first step, ms: old, new`);
  for (const run of versions[0]?.runs ?? []) {
    const networks = [];
    for (const { make } of versions) networks.push(await make(run));
    const [old, fresh] = networks as [(typeof networks)[0], (typeof networks)[0]];
    const steps = Math.max(4, Math.ceil(700 / (await old.time(20))));
    for (const network of networks) await network.time(10);
    const [before, after]: [number[], number[]] = [[], []];
    for (let round = 0; round < Number(values.rounds); round++) {
      if (round % 2 === 0) before.push(await old.time(steps));
      after.push(await fresh.time(steps));
      if (round % 2 === 1) before.push(await old.time(steps));
    }
    const [a, b] = [median(before), median(after)];
    const cells = [a.toFixed(3), b.toFixed(3), (b / a).toFixed(3)].map((cell) => cell.padEnd(10));
    const first = networks.map(({ firstMs }) => firstMs.toFixed(0)).join(", ");
    console.log(`${run.padEnd(24)}${cells.join("")}${first}`);
    for (const network of networks) network.destroy();
  }
  return 0;
}
