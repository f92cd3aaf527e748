/** What `reproduce` makes of its results. */
import { dirname, join } from "node:path";
import type { Experiment, Result } from "../experiments/index";
import type { ActivationTable } from "../experiments/looks";
import { duration, neuronName } from "../format";
import { activation, type Device, neurons, VERSION } from "../index";
import { type OpenOptions, openDevice } from "./adapter";
import { makeFolder, writeWhole } from "./files";

const write = (file: string, text: string): Promise<void> =>
  writeWhole(file, text, "free the space or choose another folder with --out");

/** Every neuron that has an activation of one number, at a few sizes and slopes. */
const SHOWN_ACTIVATIONS = neurons
  .filter((neuron) => neuron.activation)
  .flatMap(({ name, size, estimators }) => {
    const sizes = size
      ? [...new Set([Math.max(3, size.minimum), size.initial, 2 * size.initial])]
      : [undefined];
    const slopes = estimators.some(({ draws }) => draws !== "none") ? [1, 2, 5] : [1];
    return sizes.map((size) => [neuronName(name, size), slopes] as const);
  });

async function tables(device: Device): Promise<ActivationTable[]> {
  const z = Float32Array.from({ length: 193 }, (_, i) => (i - 96) / 16);
  return Promise.all(
    SHOWN_ACTIVATIONS.map(async ([name, slopes]) => {
      const at = await Promise.all(slopes.map((slope) => activation(device, name, slope, z)));
      return {
        name,
        slopes,
        z: [...z],
        f: at.map(({ f }) => f),
        derivative: at.map(({ derivative }) => derivative),
      };
    }),
  );
}

/** report.html, figures, results.csv and results.json. */
export async function writeReport(
  { out, json, ...flags }: OpenOptions & { out: string; json?: boolean },
  chosen: readonly Experiment[],
  results: ReadonlyMap<string, Result>,
): Promise<void> {
  // It brings a plotting library, which nothing else needs.
  const { csv, figures, report, row } = await import("../experiments/report");
  const experiments = chosen.map((experiment) => ({
    ...experiment,
    rows: experiment.runs.map((run) => row(run, results.get(run.id) as Result)),
  }));
  const used = [...new Set(experiments.flatMap(({ rows }) => rows.map(({ result }) => result)))];
  const seconds = used.reduce((sum, result) => sum + result.seconds, 0);
  const epochs = [...new Set(used.map((result) => result.epochs))];
  const made = [
    ["Adapter", [...new Set(used.map(({ adapter }) => adapter))].join(", ")],
    [
      "Training",
      `epochs: ${epochs.join(" or ")}, of 1,000 steps of 50 images; learning rate 0.5 where a ` +
        "run names none",
    ],
    [
      "Runs",
      `${used.length}, of ${used.reduce((sum, { seeds }) => sum + seeds.length, 0)} networks`,
    ],
    ["Versions", `Stairstep ${VERSION}, Node ${process.version}`],
    ["Time", duration(seconds)],
  ] as const;
  const quick = epochs.some((count) => count !== 20);
  const page = join(out, "report.html");
  await makeFolder(join(out, "figures"));
  const device = await openDevice(flags);
  await write(page, report({ experiments, activations: await tables(device), made, quick }));
  for (const { id, svg } of figures(experiments))
    await write(join(out, "figures", `${id}.svg`), svg);
  await write(join(out, "results.csv"), csv(experiments));
  await write(join(out, "results.json"), `${JSON.stringify(used, null, 1)}\n`);
  const say = json ? console.error : console.log; // lines of results alone are JSON
  say(
    `Report      ${page} (numbers in ${join(dirname(page), "results.csv")} and results.json, ` +
      "charts in figures)",
  );
}
