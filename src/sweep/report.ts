/** The report of a sweep: one HTML file without scripts, of the experiments' parts. */
import { curves } from "../experiments/charts";
import { ACCURACY, byMeasure, LOSS, type Measure } from "../experiments/measure";
import { figure, htmlPage } from "../experiments/page";
import { sample } from "../experiments/plot";
import { deviation, mean, type Row } from "../experiments/statistics";
import { duration, escapeMarkup, thousands } from "../format";
import { coordinates, overAxis, type Point, ranking } from "./charts";
import type { Configuration } from "./configuration";
import { type Merged, sharedText } from "./merge";
import { madeText, type RunResult } from "./result";
import type { Setting } from "./values";

/** Configurations whose curves, and whose ends, are drawn; and those that the table has. */
const CURVES = 7;
const FINALS = 25;
const MOST_ROWS = 500;

interface Ranked extends Point {
  results: RunResult[];
}

/** Best first. */
function ranked({ rows }: Merged, of: Measure): Ranked[] {
  const groups = new Map<Configuration, RunResult[]>();
  for (const { run, result } of rows) {
    const group = groups.get(run.configuration);
    if (group) group.push(result);
    else groups.set(run.configuration, [result]);
  }
  return [...groups]
    .map(([configuration, results]) => ({
      configuration,
      results,
      value: mean(results.map(({ final }) => final.validation)),
    }))
    .sort((a, b) => byMeasure(of)(a.value, b.value));
}

/** As the charts of the experiments take it. */
const rowOf = ({ configuration, results }: Ranked): Row => ({
  run: {
    id: configuration.name,
    label: configuration.name,
    data: "mnist",
    hidden: configuration.spec.hidden,
    member: {},
    seeds: results.map(({ member }) => member.seed),
  },
  result: {
    format: "stairstep-result-1",
    id: configuration.name,
    setting: "",
    adapter: "",
    seeds: results.map(({ member }) => member.seed),
    epochs: configuration.spec.epochs,
    seconds: 0,
    steps: results[0]?.curve.steps ?? [],
    training: results.map(({ curve }) => curve.training),
    validation: results.map(({ curve }) => curve.validation),
    final: {
      validation: results.map(({ final }) => final.validation),
      test: results.map(({ final }) => final.test),
    },
    outputs: { histogram: [], choices: [] },
  },
  agreement: undefined,
});

/** "97.65 ± 0.07"; the error is the mean's standard error. */
function withError(values: readonly number[], { short }: Measure): string {
  const sd = deviation(values);
  const text = short(mean(values));
  return sd === undefined ? text : `${text} ± ${short(sd / Math.sqrt(values.length))}`;
}

function table(all: readonly Ranked[], of: Measure): string {
  const ends = [`validation, ${of.unit}`, `test, ${of.unit}`];
  const head = ["configuration", "rank", "seeds", ...ends, "parameters"];
  const lines = all.slice(0, MOST_ROWS).map(({ configuration, results }, i) => {
    const cells = [
      `${i + 1}`,
      `${results.length}`,
      withError(
        results.map(({ final }) => final.validation),
        of,
      ),
      withError(
        results.map(({ final }) => final.test),
        of,
      ),
      thousands(configuration.parameters),
    ];
    const line = i < CURVES ? `${sample(i)} ` : "";
    const name = `${line}${escapeMarkup(configuration.name)}`;
    return `<tr><th scope="row">${name}</th>${cells.map((c) => `<td>${c}</td>`).join("")}</tr>`;
  });
  const columns = head.map((name) => `<th scope="col">${name}</th>`).join("");
  const rest = all.length - lines.length;
  return (
    '<div class="scroll" tabindex="0" role="region" aria-label="Ranked configurations">' +
    `<table><thead><tr>${columns}</tr></thead><tbody>${lines.join("\n")}</tbody></table></div>` +
    (rest > 0 ? `<p>${thousands(rest)} more are in results.csv.</p>` : "")
  );
}

/**
 * From the least accuracy that a mean over seeds has, rounded down to a tenth, to 1. Losses begin
 * far above where they end: from the least one to that after a tenth of the steps.
 */
function domainOf(rows: readonly Row[], { rising }: Measure): [number, number] {
  const means = rows.map(({ result }) =>
    (["training", "validation"] as const).map((of) =>
      result.steps.map((_, k) => mean(result[of].map((seed) => seed[k] as number))),
    ),
  );
  const all = means.flat(2);
  if (rising) return [Math.floor(10 * Math.min(1, ...all) + 1e-9) / 10, 1]; // 0.7 may be less
  const later = means.flat().map((line) => line[Math.floor(line.length / 10)] as number);
  return [Math.min(...all), Math.max(...later)];
}

const listOf = (values: Iterable<string>): string => [...new Set(values)].join("; ");

/** The whole file. Same results, same text, but for the time that they took. */
export function sweepReport(merged: Merged): string {
  const { plan, rows, missing } = merged;
  const measure = plan.runs[0]?.configuration.spec.task === "classify" ? ACCURACY : LOSS;
  const all = ranked(merged, measure);
  const results = rows.map(({ result }) => result);
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  const facts = [
    ["Adapter", listOf(results.map(({ adapter }) => adapter))],
    ["Made by", listOf(results.map(madeText))],
    ["Data", listOf(results.map(({ data }) => `${data.name} (${data.fingerprint})`))],
    ["Runs", `${thousands(rows.length)} of ${thousands(plan.runs.length)}`],
    ["Configurations", thousands(all.length)],
    ["Time", duration(seconds)],
    ["All runs", sharedText(merged)],
  ] as const;
  const best = all.slice(0, CURVES).map(rowOf);
  const domain = domainOf(best, measure);
  const shown = all.slice(0, FINALS);
  const axes = plan.axes.filter((axis): axis is Setting => axis !== "run");
  const several = (axis: Setting) =>
    new Set(all.map(({ configuration }) => JSON.stringify(configuration.settings[axis]))).size > 1;
  const varied = axes.filter(several);
  const names = missing.slice(0, 100).map(({ name }) => `<li>${escapeMarkup(name)}</li>`);
  const absent =
    missing.length === 0
      ? ""
      : `<section><h2>Missing</h2><p>Without a result: ${thousands(missing.length)}.</p>` +
        `<ul>${names.join("")}</ul></section>`;
  return htmlPage({
    title: `${plan.name}, a sweep by Stairstep`,
    heading: plan.name,
    facts,
    main: `<section><h2>Ranking</h2>
${figure(
  [
    ranking(
      shown.map((one) => ({ ...one, seeds: one.results.map((r) => r.final.validation) })),
      measure,
    ),
  ],
  `Validation ${measure.name} at the end, of the best ${shown.length}: means, and circles for ` +
    "seeds.",
)}
${table(all, measure)}
<p>± is the standard error of the mean over seeds.</p></section>
<section><h2>Curves</h2>
${figure(
  (["training", "validation"] as const).map((of) => curves(best, of, domain, measure)),
  `Training and validation ${measure.name} of the best ${best.length}, means over the seeds; ` +
    "bands are one standard deviation. The table has their lines.",
)}</section>
${
  varied.length === 0
    ? ""
    : `<section><h2>Axes</h2>
${varied
  .map((axis) =>
    figure(
      [overAxis(all, axis, measure)],
      `Over ${axis}: circles are configurations, the full line the best of each value, the ` +
        "dashed line their mean.",
    ),
  )
  .join("\n")}
${
  varied.length < 2
    ? ""
    : figure(
        [coordinates(all, varied, measure)],
        "Each line is a configuration; the best tenth stands out.",
      )
}</section>`
}
${absent}`,
  });
}
