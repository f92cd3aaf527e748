/** What `reproduce` makes of experiments with codes. */
import { join } from "node:path";
import type { CodeExperiment } from "../experiments/codes";
import { htmlPage } from "../experiments/page";
import { duration, escapeMarkup, percent } from "../format";
import { VERSION } from "../index";
import { type Cell, type CodeRow, codeRows } from "../sweep/codes";
import { csvOf, jsonOf, type Merged } from "../sweep/merge";
import { makeFolder, writeWhole } from "./files";

const write = (file: string, text: string): Promise<void> =>
  writeWhole(file, text, "free the space or choose another folder with --out");

const COLUMNS = {
  sampled: "sampled",
  rounded: "rounded",
  kl: "KL",
  elbo: "−ELBO",
  unused: "unused symbols",
  probe: "linear probe",
} as const;
type Column = keyof typeof COLUMNS;

/** "89.08 ± 0.12 (89.10)": mean, standard deviation, the reference; a mark where it is far. */
function cellText(column: Column, cell: Cell | undefined): string {
  if (!cell) return "";
  const text = (value: number) =>
    column === "probe" ? percent(value) : value.toFixed(column === "unused" ? 0 : 2);
  const spread = cell.deviation === undefined ? "" : ` ± ${text(cell.deviation)}`;
  const known =
    cell.reference === undefined
      ? ""
      : ` (${text(cell.reference)}${cell.agrees ? "" : ", not within the tolerance"})`;
  return `${text(cell.mean)}${spread}${known}`;
}

function table(rows: readonly CodeRow[]): string {
  const columns = (Object.keys(COLUMNS) as Column[]).filter((column) =>
    rows.some(({ cells }) => cells[column]),
  );
  const head = ["run", "seeds", ...columns.map((column) => COLUMNS[column])];
  const lines = rows.map(({ run, seeds, cells }) => {
    const values = [`${seeds}`, ...columns.map((column) => cellText(column, cells[column]))];
    return (
      `<tr><th scope="row">${escapeMarkup(run.label)}</th>` +
      `${values.map((value) => `<td>${escapeMarkup(value)}</td>`).join("")}</tr>`
    );
  });
  return (
    '<div class="scroll" tabindex="0" role="region" aria-label="Losses">' +
    `<table><thead><tr>${head.map((name) => `<th scope="col">${name}</th>`).join("")}</tr>` +
    `</thead><tbody>${lines.join("\n")}</tbody></table></div>`
  );
}

/** codes.html, codes.csv and codes.json. */
export async function writeCodesReport(
  { out, json }: { out: string; json?: boolean },
  chosen: readonly CodeExperiment[],
  merged: Merged,
): Promise<void> {
  const results = merged.rows.map(({ result }) => result);
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  const epochs = [...new Set(merged.rows.map(({ run }) => run.configuration.spec.epochs))];
  const sections = chosen.map(({ title, summary, runs }) => {
    const rows = codeRows(runs, merged);
    return `<section><h2>${escapeMarkup(title)}</h2><p>${escapeMarkup(summary)}</p>
${table(rows)}</section>`;
  });
  const page = join(out, "codes.html");
  await makeFolder(out);
  await write(
    page,
    htmlPage({
      title: "Codes, by Stairstep",
      heading: "Discrete codes and their estimators",
      facts: [
        ["Adapter", [...new Set(results.map(({ adapter }) => adapter))].join(", ")],
        ["Training", `epochs: ${epochs.join(" or ")}, of 1,000 steps of 50 images`],
        ["Runs", `${results.length} networks`],
        ["Versions", `Stairstep ${VERSION}, Node ${process.version}`],
        ["Time", duration(seconds)],
      ],
      main:
        `${sections.join("\n")}\n<section><h2>How to read it</h2><p>Nats an image on test data: ` +
        "mean ± standard deviation over seeds, and in brackets what an independent " +
        "implementation in NumPy came to. Choices are sampled as in training, or rounded to the " +
        "likeliest; unused symbols are those that no rounded test image has. The linear probe " +
        "is the share of test digits that a linear classifier tells by their words alone." +
        "</p></section>",
    }),
  );
  await write(join(out, "codes.csv"), csvOf(merged));
  await write(join(out, "codes.json"), jsonOf(merged));
  const say = json ? console.error : console.log; // lines of results alone are JSON
  say(`Report      ${page} (numbers in ${join(out, "codes.csv")} and codes.json)`);
}
