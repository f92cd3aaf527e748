/** What a run came to, as plain data: written to JSON, read back, and drawn. */
import * as v from "valibot";
import { type Dataset, type Device, neurons, type Report, StairstepError, train } from "../index";
import type { Run } from "./runs";

const numbers = v.array(v.number());
const schema = v.object({
  format: v.literal("stairstep-result-1"),
  id: v.string(),
  /** Architecture, schedule and length: what the numbers depend on, besides the adapter. */
  setting: v.string(),
  adapter: v.string(),
  seeds: numbers,
  epochs: v.number(),
  seconds: v.number(),
  /** Steps of the reports, and for each seed, at each, shares in [0, 1]. */
  steps: numbers,
  training: v.array(numbers),
  validation: v.array(numbers),
  /** At the end, for each seed. */
  final: v.object({ validation: numbers, test: numbers }),
  /**
   * The first hidden layer of the first seed's member, on test images: what it puts out how often,
   * and, one-hot, each neuron's choice for the first images.
   */
  outputs: v.object({
    histogram: v.array(v.object({ value: v.number(), share: v.number() })),
    choices: v.array(v.object({ label: v.number(), categories: numbers })),
  }),
});

export type Result = v.InferOutput<typeof schema>;

/** How much of a run to train: 20 epochs and the run's own seeds, or less. */
export interface Extent {
  epochs: number;
  seeds: readonly number[];
}

/** Steps between reports. */
const REPORT_EVERY = 250;
/** Test images whose outputs are counted, and one-hot choices kept. */
const LOOKED_AT = 1000;
const KEPT = 10;
/** Values of a real neuron are counted in this many bins. */
const BINS = 40;

const setting = ({ data, hidden, member }: Run, { epochs, seeds }: Extent): string =>
  JSON.stringify({ data, hidden, member, epochs, seeds });

/** Trains all seeds as one population. `onReport` sees each report. */
export async function perform(
  device: Device,
  data: Dataset,
  run: Run,
  extent: Extent,
  onReport: (report: Report) => void,
): Promise<Result> {
  const { epochs, seeds } = extent;
  const begun = performance.now();
  const training = train(device, data, {
    hidden: run.hidden,
    members: seeds.map((seed) => ({ ...run.member, seed })),
    epochs,
    reportEvery: REPORT_EVERY,
  });
  try {
    const reports: Report[] = [];
    for await (const report of training) {
      reports.push(report);
      onReport(report);
    }
    const of = (value: (member: Report["members"][number]) => number) =>
      seeds.map((_, i) =>
        reports.map(({ members }) => value(members[i] as Report["members"][number])),
      );
    const final = {
      validation: await training.evaluate("validation"),
      test: await training.evaluate("test"),
    };
    const { outputs } = await training.look(data.test.pixels.subarray(0, LOOKED_AT * data.inputs));
    return {
      format: "stairstep-result-1",
      id: run.id,
      setting: setting(run, extent),
      adapter: device.adapter.name,
      seeds: [...seeds],
      epochs,
      seconds: (performance.now() - begun) / 1000,
      steps: reports.map(({ step }) => step),
      training: of((m) => m.training.accuracy),
      validation: of((m) => m.validation.accuracy),
      final,
      outputs: summarise(run, data, outputs[0] as Float32Array),
    };
  } finally {
    await training.destroy();
  }
}

function summarise(run: Run, data: Dataset, y: Float32Array): Result["outputs"] {
  const { neuron = "", size = 1, units = 1 } = run.hidden[0] ?? {};
  if (neuron === "onehot") {
    const chosen = (image: number, unit: number) =>
      y.subarray((image * units + unit) * size, (image * units + unit + 1) * size).indexOf(1);
    const choices = Array.from({ length: KEPT }, (_, image) => ({
      label: data.test.labels[image] as number,
      categories: Array.from({ length: units }, (_, unit) => chosen(image, unit)),
    }));
    const counts = new Array<number>(size).fill(0);
    y.forEach((value, i) => {
      if (value === 1) counts[i % size] = (counts[i % size] as number) + 1;
    });
    return {
      histogram: counts.map((count, value) => ({ value, share: (count * size) / y.length })),
      choices,
    };
  }
  const real = neurons.find(({ name }) => name === neuron)?.estimators[0]?.name === "exact";
  const counts = new Map<number, number>();
  for (const value of y) {
    const bin = real ? Math.round(value * (BINS / 2)) / (BINS / 2) : value;
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  return {
    histogram: [...counts]
      .sort(([a], [b]) => a - b)
      .map(([value, count]) => ({ value, share: count / y.length })),
    choices: [],
  };
}

/** Whether a result is of this run, trained this far. */
export const belongs = (result: Result, run: Run, extent: Extent): boolean =>
  result.setting === setting(run, extent);

/** Reads what was written as JSON. Throws `StairstepError` that names `file` for anything else. */
export function parseResult(file: string, text: string): Result {
  try {
    return v.parse(schema, JSON.parse(text));
  } catch {
    throw new StairstepError(
      `${file} is not a result of reproduce: delete it, and that run is trained again`,
    );
  }
}
