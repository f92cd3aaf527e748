/**
 * `stairstep reproduce`: the article's experiments and the questions it left open, with a report. A
 * rerun goes on where it stopped.
 */
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MultiBar, type SingleBar } from "cli-progress";
import { Argument, type Command } from "commander";
import {
  belongs,
  EXPERIMENTS,
  type Experiment,
  type Extent,
  parseResult,
  perform,
  type Result,
  type Run,
} from "../experiments/index";
import type { ActivationTable } from "../experiments/looks";
import { duration, neuronName, percent } from "../format";
import {
  activation,
  type Dataset,
  type Device,
  findSource,
  neurons,
  StairstepError,
  VERSION,
} from "../index";
import { openDevice } from "./adapter";
import { openData } from "./data";
import { EXIT, endsWith } from "./exit";
import { writeWhole } from "./files";
import { whole } from "./options";

interface ReproduceFlags {
  quick?: boolean;
  members?: number;
  epochs?: number;
  out: string;
  fashion?: string;
}

const extentOf = (run: Run, { quick, members, epochs }: ReproduceFlags): Extent => {
  const [first = 1] = run.seeds;
  const wanted = members ?? (quick ? 1 : run.seeds.length);
  return {
    epochs: epochs ?? (quick ? 1 : 20),
    seeds: Array.from({ length: wanted }, (_, i) => run.seeds[i] ?? first + i),
  };
};

export function addReproduce(program: Command): void {
  program
    .command("reproduce")
    .description(
      "Run the experiments of “Beyond Binary: Ternary and One-hot Neurons” and write a " +
        "report. A rerun goes on where it stopped.",
    )
    .addArgument(
      new Argument("[experiments...]", "which (default: all)").choices(
        EXPERIMENTS.map(({ id }) => id),
      ),
    )
    .option("--quick", "1 epoch and 1 seed instead of 20 and 2 or 3")
    .option("--members <number>", "seeds of each run, trained as one population", whole(1))
    .option("--epochs <number>", "epochs of 1,000 steps", whole(1))
    .option("--out <folder>", "where results and the report go", "reproduction")
    .option(
      "--fashion <folder>",
      "Fashion-MNIST's four IDX files (default: where Debian's dataset-fashion-mnist puts them)",
    )
    .addHelpText(
      "after",
      "\nExamples:\n  $ stairstep reproduce --quick\n" +
        "  $ stairstep reproduce ternary annealing --members 5 --out my-results",
    )
    .action(run);
}

async function run(names: string[], flags: ReproduceFlags): Promise<void> {
  const chosen = EXPERIMENTS.filter(({ id }) => names.length === 0 || names.includes(id));
  await mkdir(join(flags.out, "runs"), { recursive: true }).catch((cause) =>
    endsWith(EXIT.data)(
      new StairstepError(
        `the folder ${flags.out} cannot be made (${cause.code}): choose another with --out`,
      ),
    ),
  );
  const device = await openDevice();
  console.log(`Adapter     ${device.adapter.name}`);
  const runs = [...new Set(chosen.flatMap(({ runs }) => runs))];
  const results = await allResults(device, runs, flags);
  await writeReport(device, chosen, results, flags);
}

/** Reads what is there and trains what is not. */
async function allResults(
  device: Device,
  runs: readonly Run[],
  flags: ReproduceFlags,
): Promise<Map<string, Result>> {
  const results = new Map<string, Result>();
  for (const run of runs) {
    const result = await saved(run, flags).catch(endsWith(EXIT.data));
    if (result) results.set(run.id, result);
  }
  const left = runs.filter(({ id }) => !results.has(id));
  if (results.size > 0)
    console.log(`Found       ${results.size} of ${runs.length} runs in ${flags.out}`);
  if (left.length === 0) return results;
  const progress = new Progress(left, flags);
  const data = new Map<Run["data"], Dataset>();
  try {
    for (const run of left) {
      if (!data.has(run.data)) data.set(run.data, await open(device, run, flags));
      const extent = extentOf(run, flags);
      progress.begin(run);
      const result = await perform(device, data.get(run.data) as Dataset, run, extent, (report) =>
        progress.at(report.step),
      );
      await write(fileOf(run, flags), `${JSON.stringify(result)}\n`);
      results.set(run.id, result);
      progress.end(run, result);
    }
  } finally {
    progress.stop();
    for (const set of data.values()) set.destroy();
  }
  return results;
}

/** A run's data, from where the user keeps it. Throws where that is other data. */
async function open(device: Device, { data }: Run, { fashion }: ReproduceFlags): Promise<Dataset> {
  const folder = data === "fashion" ? fashion : undefined;
  const set = await openData(device, { data: folder ?? data });
  const title = findSource(data)?.title;
  if (set.identity.name !== title)
    endsWith(EXIT.data)(
      new StairstepError(
        `${folder} holds other data than ${title} (${set.identity.fingerprint}): give the four ` +
          `published files with --${data}`,
      ),
    );
  return set;
}

const fileOf = ({ id }: Run, { out }: ReproduceFlags): string => join(out, "runs", `${id}.json`);

/** A run's result if it was saved by a run of this extent. */
async function saved(run: Run, flags: ReproduceFlags): Promise<Result | undefined> {
  const file = fileOf(run, flags);
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const result = parseResult(file, text);
  return belongs(result, run, extentOf(run, flags)) ? result : undefined;
}

const write = (file: string, text: string): Promise<void> =>
  writeWhole(file, text, "free the space or choose another folder with --out");

/** A guess at a run's cost, for the time left: its hidden outputs times its steps. */
const cost = (run: Run, flags: ReproduceFlags): number => {
  const { epochs, seeds } = extentOf(run, flags);
  return (
    epochs *
    seeds.length *
    run.hidden.reduce(
      (sum, { units, size = 1, neuron }) => sum + 100 + units * (neuron === "onehot" ? size : 1),
      0,
    )
  );
};

class Progress {
  private readonly bars = process.stdout.isTTY
    ? new MultiBar({
        format: "{bar} {percentage}% | {run} | {left} left",
        barsize: 24,
        hideCursor: true,
        clearOnComplete: true,
      })
    : undefined;
  private readonly bar: SingleBar | undefined;
  private readonly begun = performance.now();
  private readonly all: number;
  private done = 0;
  private current: { run: Run; share: number } | undefined;

  constructor(
    runs: readonly Run[],
    private readonly flags: ReproduceFlags,
  ) {
    this.all = runs.reduce((sum, run) => sum + cost(run, flags), 0);
    this.bar = this.bars?.create(1000, 0, { run: "…", left: "…" });
  }

  begin(run: Run): void {
    this.current = { run, share: 0 };
    this.show();
  }

  at(step: number): void {
    if (!this.current) return;
    this.current.share = step / (1000 * extentOf(this.current.run, this.flags).epochs);
    this.show();
  }

  end(run: Run, { final, seconds }: Result): void {
    this.done += cost(run, this.flags);
    this.current = undefined;
    const mean = final.validation.reduce((sum, x) => sum + x, 0) / final.validation.length;
    const name = `${run.data === "mnist" ? "" : `${run.data}, `}${run.label}`;
    const meanOf = final.validation.length > 1 ? ` (mean of ${final.validation.length})` : "";
    const times = `${duration(seconds)}; ${this.left()} left`;
    const line = `${name.padEnd(42)}validation ${percent(mean)}${meanOf}, ${times}`;
    if (this.bars) this.bars.log(`${line}\n`);
    else console.log(line);
  }

  stop(): void {
    this.bars?.stop();
  }

  private share(): number {
    const { current, done, all, flags } = this;
    return (done + (current ? current.share * cost(current.run, flags) : 0)) / all;
  }

  private left(): string {
    const share = this.share();
    return share < 0.002
      ? "…"
      : duration(((performance.now() - this.begun) / 1000) * (1 / share - 1));
  }

  private show(): void {
    this.bar?.update(Math.floor(1000 * this.share()), {
      run: this.current?.run.label ?? "",
      left: this.left(),
    });
  }
}

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

async function writeReport(
  device: Device,
  chosen: readonly Experiment[],
  results: ReadonlyMap<string, Result>,
  flags: ReproduceFlags,
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
  const page = join(flags.out, "report.html");
  await write(page, report({ experiments, activations: await tables(device), made, quick }));
  await mkdir(join(flags.out, "figures"), { recursive: true });
  for (const { id, svg } of figures(experiments))
    await write(join(flags.out, "figures", `${id}.svg`), svg);
  await write(join(flags.out, "results.csv"), csv(experiments));
  await write(join(flags.out, "results.json"), `${JSON.stringify(used, null, 1)}\n`);
  console.log(
    `Report      ${page} (numbers in ${join(dirname(page), "results.csv")} and results.json, ` +
      "charts in figures)",
  );
}
