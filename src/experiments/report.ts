/**
 * The report: one HTML file without scripts that opens from disk, in light and dark, on a phone and
 * on paper.
 */
import { escapeMarkup, inPercent } from "../format";
import type { Experiment } from "./catalogue";
import { curves, finals, gapBars, over } from "./charts";
import { type ActivationTable, activationPlot, choices, distribution } from "./looks";
import { figure, htmlPage } from "./page";
import { sample, standalone } from "./plot";
import { deviation, lastTraining, mean, type Row, row } from "./statistics";

export { row };

export interface ReportParts {
  experiments: readonly (Experiment & { rows: readonly Row[] })[];
  activations: readonly ActivationTable[];
  /** What made the numbers: label and value. */
  made: readonly (readonly [string, string])[];
  quick: boolean;
}

/** "97.65 ± 0.12", in per cent. */
function spread(values: readonly number[]): string {
  const sd = deviation(values);
  return sd === undefined
    ? inPercent(mean(values))
    : `${inPercent(mean(values))} ± ${inPercent(sd)}`;
}

function reference({ run }: Row): string {
  if (!run.reference) return "";
  const { mean: centre, sd, seeds } = run.reference;
  return `${inPercent(centre)}${sd === undefined ? "" : ` ± ${inPercent(sd)}`} (${seeds})`;
}

function verdict({ agreement }: Row): string {
  if (!agreement) return "";
  const { agrees, difference, allowed } = agreement;
  const sign = difference < 0 ? "−" : "+";
  return (
    `<span class="${agrees ? "agrees" : "differs"}">${agrees ? "✓" : "✗"} ` +
    `${sign}${inPercent(Math.abs(difference))} (of ± ${inPercent(allowed)})</span>`
  );
}

function table(rows: readonly Row[]): string {
  const head = [
    "run",
    "seeds",
    "validation, %",
    "test, %",
    "training, last epoch, %",
    "article",
    "reference (seeds)",
    "difference",
  ];
  const line = (row: Row, i: number) => {
    const { run, result } = row;
    const cells = [
      `${sample(i)} ${escapeMarkup(run.label)}`,
      result.seeds.join(", "),
      spread(result.final.validation),
      spread(result.final.test),
      spread(lastTraining(result)),
      run.article === undefined ? "" : inPercent(run.article),
      reference(row),
      verdict(row),
    ];
    return `<tr><th scope="row">${cells[0]}</th>${cells
      .slice(1)
      .map((cell) => `<td>${cell}</td>`)
      .join("")}</tr>`;
  };
  const columns = head.map((h) => `<th scope="col">${h}</th>`).join("");
  return (
    '<div class="scroll" tabindex="0" role="region" aria-label="Table of accuracies">' +
    `<table><thead><tr>${columns}</tr></thead>` +
    `<tbody>${rows.map(line).join("\n")}</tbody></table></div>`
  );
}

type Shown = ReportParts["experiments"][number];

/** The figure that answers an experiment's question, and what it shows. */
function answer({ rows, over: axis, gap }: Shown): [chart: string, caption: string] {
  if (gap)
    return [
      gapBars(rows),
      "Training minus validation accuracy, mean of the seeds; dots are single seeds.",
    ];
  if (axis)
    return [
      over(rows, axis.name, ({ run }) => axis.of(run)),
      `Validation accuracy at the end over ${axis.name}; small circles are single seeds.`,
    ];
  const low = rows.some(({ run }) => run.data !== "mnist") ? 0.83 : 0.96;
  const least = rows.every(({ result }) => result.epochs >= 20) ? low : low - 0.12;
  return [
    finals(rows, least),
    "Validation accuracy at the end: means, circles for single seeds, a bar where the " +
      "reference is, and a cross where the article is.",
  ];
}

/** Each experiment's answer as an SVG file of its own. */
export const figures = (experiments: readonly Shown[]): { id: string; svg: string }[] =>
  experiments.map((experiment) => ({ id: experiment.id, svg: standalone(answer(experiment)[0]) }));

function section(experiment: Shown): string {
  const { id, title, summary, rows, look, gap } = experiment;
  const low = rows.some(({ run }) => run.data !== "mnist")
    ? 0.75
    : rows.every(({ result }) => result.epochs >= 20)
      ? 0.9
      : 0.8;
  const figures: string[] = [];
  if (!gap) {
    figures.push(
      figure(
        [curves(rows, "training", [low, 1]), curves(rows, "validation", [low, 1])],
        "Training and validation accuracy, means over the seeds; bands are one standard " +
          "deviation. Lines that leave the chart are in the table.",
      ),
    );
  }
  const [chart, caption] = answer(experiment);
  figures.push(figure([chart], caption));
  if (look === "distribution")
    figures.push(
      figure(
        rows.slice(0, 3).map(distribution),
        `What the hidden layer puts out for 1,000 test images: ${rows
          .slice(0, 3)
          .map(({ run }) => escapeMarkup(run.label))
          .join("; ")}.`,
      ),
    );
  if (look === "choices")
    figures.push(
      figure(
        [choices(rows[0] as Row), distribution(rows[0] as Row)],
        "Each row is a test image, each column a neuron, each colour the category that it " +
          "chose; below, how often each category is chosen.",
      ),
    );
  return (
    `<section id="${id}"><h2>${escapeMarkup(title)}</h2><p>${escapeMarkup(summary)}</p>` +
    `${figures.join("\n")}${table(rows)}</section>`
  );
}

const ACTIVATIONS =
  "A discrete neuron samples around its activation, and learns through its derivative. A steeper " +
  "slope s draws the stairs sharper.";

function activationSection(tables: readonly ActivationTable[]): string {
  const figures = tables.map((t) => {
    const slopes = t.slopes.map((s, i) => `${sample(i)} ${s}`).join(", ");
    return figure(
      [activationPlot(t, "f"), activationPlot(t, "derivative")],
      `${escapeMarkup(t.name)}, slope ${slopes}; left f(s·z), right its derivative by z.`,
    );
  });
  return `<section id="activations"><h2>Activations and their derivatives</h2>
<p>${ACTIVATIONS}</p><div class="grid">
${figures.join("\n")}</div></section>`;
}

/** The whole file. Same results, same text. */
export function report({ experiments, activations, made, quick }: ReportParts): string {
  const links = [
    ...experiments.map(({ id, title }) => [id, title] as const),
    ["activations", "Activations and their derivatives"] as const,
  ];
  const compared = new Map(
    experiments.flatMap(({ rows }) =>
      rows.filter(({ agreement }) => agreement).map((row) => [row.run.id, row] as const),
    ),
  );
  const agreeing = [...compared.values()].filter(({ agreement }) => agreement?.agrees).length;
  const about =
    "“Beyond Binary: Ternary and One-hot Neurons”, every experiment, trained by Stairstep in " +
    "WebGPU.";
  const note = quick
    ? "A quick reproduction: one epoch, so accuracies are far from the article's and the " +
      "reference's, which are after 20."
    : `${agreeing} of ${compared.size} runs agree with the reference within the larger of 0.4 ` +
      "points and three standard errors.";
  const items = links.map(([id, title]) => `<li><a href="#${id}">${escapeMarkup(title)}</a></li>`);
  return htmlPage({
    title: "Beyond Binary, reproduced by Stairstep",
    heading: "Beyond Binary, reproduced",
    before: `<p>${about} ${note}</p>\n`,
    facts: made,
    after: `\n<nav aria-label="Experiments"><ul>${items.join("")}</ul></nav>`,
    main: `${experiments.map(section).join("\n")}\n${activationSection(activations)}`,
  });
}

/** All final numbers, a line a seed. */
export function csv(experiments: readonly Shown[]): string {
  const unique = new Map(
    experiments.flatMap(({ rows }) => rows.map((row) => [row.run.id, row] as const)),
  );
  const lines = [...unique.values()].flatMap(({ run, result }) =>
    result.seeds.map((seed, i) =>
      [
        run.id,
        `"${run.label}"`,
        run.data,
        result.epochs,
        seed,
        lastTraining(result)[i],
        result.final.validation[i],
        result.final.test[i],
      ].join(","),
    ),
  );
  const head =
    "run,label,data,epochs,seed,training_accuracy_last_epoch,validation_accuracy,test_accuracy";
  return `${[head, ...lines].join("\n")}\n`;
}
