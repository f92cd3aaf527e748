/**
 * `stairstep reproduce`: the article's experiments and the questions it left open, as a sweep, with
 * a report of their own.
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Argument, type Command } from "commander";
import { CODE_EXPERIMENTS, type CodeExperiment } from "../experiments/codes";
import { EXPERIMENTS, type Experiment, parseResults, type Result } from "../experiments/index";
import { counted, thousands } from "../format";
import { findSource, StairstepError } from "../index";
import { codeExperiments, codesSweep } from "../sweep/codes";
import { parseSweep } from "../sweep/file";
import { type Merged, merge } from "../sweep/merge";
import { type Plan, planOf } from "../sweep/plan";
import { type Folders, type Length, resultsOf, sweepOf } from "../sweep/reproduction";
import { EXIT, endsWith } from "./exit";
import { requireGpuOption, whole } from "./options";
import { writeCodesReport } from "./reproduce-codes";
import { writeReport } from "./reproduce-report";
import { Folder } from "./sweep-folder";
import { addPlanOptions, type PlanFlags, runPlan } from "./sweep-options";
import { findAll } from "./sweep-status";

interface ReproduceFlags extends PlanFlags, Length {
  out: string;
  fashion?: string;
  from?: string;
}

export function addReproduce(program: Command): void {
  const command = program
    .command("reproduce")
    .description(
      "Run the experiments of “Beyond Binary: Ternary and One-hot Neurons” and write a " +
        "report: a sweep, which goes on where it stopped, here or as tasks of any scheduler.",
    )
    .addArgument(
      new Argument("[experiments...]", "which (default: all of the article's)").choices(
        [...EXPERIMENTS, ...CODE_EXPERIMENTS].map(({ id }) => id),
      ),
    )
    .option("--quick", "1 epoch and 1 seed instead of 20 and 2 or 3")
    .option("--members <number>", "seeds of each run", whole(1))
    .option("--epochs <number>", "epochs of 1,000 steps", whole(1))
    .option("--out <folder>", "where results and the report go", "reproduction")
    .option("--from <file>", "write the report of a results.json, and train nothing")
    .option(
      "--fashion <folder>",
      "Fashion-MNIST's four IDX files (default: where Debian's dataset-fashion-mnist puts them)",
    )
    .addOption(requireGpuOption());
  addPlanOptions(command)
    .addHelpText(
      "after",
      "\nExamples:\n  $ stairstep reproduce --quick\n" +
        "  $ stairstep reproduce ternary annealing --members 5 --out my-results\n" +
        "  $ stairstep reproduce --require-gpu --print slurm | sbatch",
    )
    .action(run);
}

async function run(names: string[], flags: ReproduceFlags): Promise<void> {
  const codes = codeExperiments(names);
  if (codes.length > 0) {
    const other = names.find((name) => EXPERIMENTS.some(({ id }) => id === name));
    if (other !== undefined)
      throw new StairstepError(
        `${codes[0]?.id} and ${other} have reports of their own: name those of the article, or ` +
          "those of codes",
      );
    return reproduceCodes(codes, flags);
  }
  const chosen = EXPERIMENTS.filter(({ id }) => names.length === 0 || names.includes(id));
  if (flags.from !== undefined) {
    const results = await resultsIn(flags.from).catch(endsWith(EXIT.data));
    const there = within(chosen, results, flags.from, names.length > 0);
    return writeReport(flags, there, results);
  }
  const runs = [...new Set(chosen.flatMap(({ runs }) => runs))];
  const folders: Folders = flags.fashion === undefined ? {} : { fashion: flags.fashion };
  const plan = await planOf(parseSweep("reproduce", sweepOf(runs, flags, folders)));
  checkData(plan, folders);
  const folder = new Folder(flags.out);
  const merged = await trainAll(plan, folder, names, flags);
  if (merged) await writeReport(flags, chosen, resultsOf(runs, flags, merged));
}

/** The experiments with codes. */
async function reproduceCodes(
  chosen: readonly CodeExperiment[],
  flags: ReproduceFlags,
): Promise<void> {
  for (const flag of ["from", "fashion"] as const)
    if (flags[flag] !== undefined)
      throw new StairstepError(`--${flag} is for the article's experiments: leave it out`);
  const runs = chosen.flatMap((one) => one.runs);
  const plan = await planOf(parseSweep("reproduce", codesSweep(runs, flags)));
  const names = chosen.map(({ id }) => id);
  const merged = await trainAll(plan, new Folder(flags.out), names, flags);
  if (merged) await writeCodesReport(flags, chosen, merged);
}

/** Trains this shard's runs; all results, once no other shard has any left. */
async function trainAll(
  plan: Plan,
  folder: Folder,
  names: readonly string[],
  flags: ReproduceFlags,
): Promise<Merged | undefined> {
  const words = (place: (path: string) => string) => [
    "reproduce",
    ...names,
    ...(flags.quick ? ["--quick"] : []),
    ...(flags.requireGpu ? ["--require-gpu"] : []),
    ...(flags.members === undefined ? [] : ["--members", `${flags.members}`]),
    ...(flags.epochs === undefined ? [] : ["--epochs", `${flags.epochs}`]),
    ...(flags.fashion === undefined ? [] : ["--fashion", place(resolve(flags.fashion))]),
  ];
  const trained = await runPlan(plan, folder, { flags, words });
  if (!trained || process.exitCode !== undefined) return undefined;
  const { results: found } = await findAll(plan, folder);
  const merged = await Promise.resolve()
    .then(() => merge(plan, found, {}))
    .catch(endsWith(EXIT.data));
  if (merged.missing.length === 0) return merged;
  const say = flags.json ? console.error : console.log;
  say(
    `Report      none yet: ${thousands(merged.missing.length)} of ` +
      `${counted(plan.runs.length, "run")} are left to other shards; the last one writes it`,
  );
  return undefined;
}

/** Throws where a folder holds other data than it is given for. */
function checkData({ runs }: Plan, folders: Folders): void {
  for (const [name, folder] of Object.entries(folders)) {
    const { title, fingerprint } = findSource(name) as NonNullable<ReturnType<typeof findSource>>;
    const other = runs.find(
      ({ configuration: { data, shape } }) =>
        data.data === resolve(folder) && shape.identity.fingerprint !== fingerprint,
    );
    if (other)
      endsWith(EXIT.data)(
        new StairstepError(
          `${folder} holds other data than ${title} ` +
            `(${other.configuration.shape.identity.fingerprint}): give the four published files ` +
            `with --${name}`,
        ),
      );
  }
}

/** By their ids. */
async function resultsIn(file: string): Promise<Map<string, Result>> {
  const text = await readFile(file, "utf8").catch((cause) => {
    throw new StairstepError(`${file} cannot be read (${cause.code}): give a results.json`);
  });
  return new Map(parseResults(file, text).map((result) => [result.id, result]));
}

/** The experiments whose runs all have a result. Throws for none, and for one that was `named`. */
function within(
  chosen: readonly Experiment[],
  results: ReadonlyMap<string, Result>,
  file: string,
  named: boolean,
): Experiment[] {
  const missing = ({ runs }: Experiment) => runs.find(({ id }) => !results.has(id))?.id;
  const there = chosen.filter((experiment) => missing(experiment) === undefined);
  const [without] = chosen.filter((experiment) => missing(experiment) !== undefined);
  if (without && (named || there.length === 0))
    endsWith(EXIT.data)(
      new StairstepError(
        `${file} has no run ${missing(without)} of ${without.id}: name experiments whose runs ` +
          "it has",
      ),
    );
  return there;
}
