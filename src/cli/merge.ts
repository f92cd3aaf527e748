/** `stairstep merge FILE`: the results of a sweep as CSV, JSON and one report. */
import { join } from "node:path";
import { type Command, Option } from "commander";
import { thousands } from "../format";
import { StairstepError } from "../index";
import { csvOf, jsonOf, merge } from "../sweep/merge";
import type { Run } from "../sweep/plan";
import type { Failure } from "../sweep/result";
import { EXIT, endsWith } from "./exit";
import { writeWhole } from "./files";
import { openSweep, outOption } from "./sweep";
import { findAll } from "./sweep-status";

interface MergeFlags {
  out?: string;
  mix?: boolean;
  kind?: "gpu" | "software";
  madeBy?: string;
  allowMissing?: boolean;
}

export function addMerge(program: Command): void {
  program
    .command("merge")
    .argument("<file>", "the sweep file")
    .description("Write the results of a sweep as results.csv, results.json and report.html.")
    .addOption(outOption())
    .option("--mix", "merge results of several versions or kinds of adapter")
    .addOption(
      new Option("--kind <adapters>", "results of GPUs, or of software adapters, alone").choices([
        "gpu",
        "software",
      ]),
    )
    .option("--made-by <version>", "results of one version of Stairstep alone")
    .option("--allow-missing", "merge what there is, although runs are missing")
    .action(run);
}

/** Names that are printed before the rest is counted. */
const NAMED = 10;

async function run(file: string, flags: MergeFlags): Promise<void> {
  const { plan, folder } = await openSweep(file, flags);
  const { results, failures, damaged } = await findAll(plan, folder);
  for (const message of damaged) console.error(`Warning     ${message}`);
  const merged = await Promise.resolve()
    .then(() => merge(plan, results, flags))
    .catch(endsWith(EXIT.data));
  const { rows, missing } = merged;
  if (rows.length === 0)
    endsWith(EXIT.data)(
      new StairstepError(
        `${folder.path} has no results of ${plan.file}: run stairstep sweep ${plan.file} first`,
      ),
    );
  tell(missing, failures);
  // What is there may be the report of all of them.
  if (missing.length > 0 && !flags.allowMissing)
    endsWith(EXIT.data)(
      new StairstepError(
        `${thousands(missing.length)} of ${thousands(plan.runs.length)} runs are missing, and ` +
          "nothing was written: run the sweep again, or merge what there is with --allow-missing",
      ),
    );
  const write = (name: string, text: string) =>
    writeWhole(
      join(folder.path, name),
      text,
      "free the space, or choose another folder with --out",
    );
  await write("results.csv", csvOf(merged));
  await write("results.json", jsonOf(merged));
  // It brings a plotting library, which nothing else needs.
  const { sweepReport } = await import("../sweep/report");
  await write("report.html", sweepReport(merged));
  console.log(
    `Merged      ${thousands(rows.length)} of ${thousands(plan.runs.length)} runs: ` +
      `${join(folder.path, "report.html")}, results.csv and results.json`,
  );
}

/** Names the runs that have no result. */
function tell(missing: readonly Run[], failures: ReadonlyMap<Run, Failure>): void {
  for (const run of missing.slice(0, NAMED)) {
    const failure = failures.get(run);
    const why = failure ? `: ${failure.error.split("\n")[0]}` : "";
    console.error(
      `${failure ? "Failed" : "Missing"}${" ".repeat(failure ? 6 : 5)}${run.name}${why}`,
    );
  }
  if (missing.length > NAMED)
    console.error(`            … and ${thousands(missing.length - NAMED)} more`);
}
