/**
 * Charts of accuracy: over epochs, at the end, over a property of the runs, and between training
 * and validation.
 */
import * as Plot from "@observablehq/plot";
import { inPercent, percent } from "../format";
import { ACCURACY, type Measure } from "./measure";
import { colour, dash, listed, svg } from "./plot";
import { deviation, gaps, mean, type Row } from "./statistics";

const CIRCLES = "Small circles are single seeds.";

/**
 * What runs are compared by over epochs, a line a run with a band of one standard deviation over
 * its seeds. Lines may leave the `domain`.
 */
export function curves(
  rows: readonly Row[],
  which: "training" | "validation",
  domain: readonly [number, number],
  of: Measure = ACCURACY,
): string {
  const series = rows.map(({ result }, i) => ({
    i,
    points: result.steps.map((step, k) => {
      const at = result[which].map((seed) => seed[k] as number);
      const [centre, spread] = [mean(at), deviation(at) ?? 0];
      return { epoch: step / 1000, mean: centre, low: centre - spread, high: centre + spread };
    }),
  }));
  const name = which === "training" ? "Training" : "Validation";
  return svg(
    {
      x: { label: "epoch" },
      y: { label: `${name} ${of.name}`, domain, grid: true, tickFormat: of.rising ? "%" : of.tick },
      marks: [
        ...series.map(({ points, i }) =>
          Plot.areaY(points, {
            x: "epoch",
            y1: "low",
            y2: "high",
            fill: colour(i),
            fillOpacity: 0.15,
            clip: true,
          }),
        ),
        ...series.map(({ points, i }) =>
          Plot.lineY(points, {
            x: "epoch",
            y: "mean",
            stroke: colour(i),
            strokeDasharray: dash(i),
            strokeWidth: 1.6,
            clip: true,
          }),
        ),
      ],
    },
    `${name} ${of.name} over epochs. At the end: ${listed(rows, ({ run, result }) => {
      const last = result[which].map((seed) => seed.at(-1) as number);
      return `${run.label} ${of.text(mean(last))}`;
    })}.`,
  );
}

/**
 * Validation accuracy at the end, a line a run: its mean, its seeds, the reference and the article.
 * Runs below `low` stand at the edge, with their number.
 */
export function finals(rows: readonly Row[], low: number): string {
  const points = rows.map(({ run, result }) => ({
    label: run.label,
    mean: mean(result.final.validation),
    reference: run.reference?.mean,
    article: run.article,
  }));
  const seeds = rows.flatMap(({ run, result }) =>
    result.final.validation.map((accuracy) => ({ label: run.label, accuracy })),
  );
  const shown = points.filter((p) => p.mean >= low);
  const outside = points.filter((p) => p.mean < low);
  return svg(
    {
      width: 520,
      height: 65 + 22 * rows.length,
      marginLeft: 215,
      marginRight: 30,
      x: {
        label: "validation accuracy: ● mean, ○ a seed, | reference, × article",
        grid: true,
        domain: [low, Math.max(...seeds.map(({ accuracy }) => accuracy))],
        nice: true,
        tickFormat: "~%",
      },
      y: { label: null, domain: points.map(({ label }) => label) },
      marks: [
        Plot.tickX(
          points.filter(({ reference = 0 }) => reference >= low),
          {
            x: "reference",
            y: "label",
            stroke: colour(1),
            strokeWidth: 2,
            insetTop: 3,
            insetBottom: 3,
          },
        ),
        Plot.dot(
          points.filter(({ article = 0 }) => article >= low),
          { x: "article", y: "label", stroke: colour(2), symbol: "times", strokeWidth: 2 },
        ),
        Plot.dot(
          seeds.filter(({ accuracy }) => accuracy >= low),
          { x: "accuracy", y: "label", stroke: colour(0), r: 2.5 },
        ),
        Plot.dot(shown, { x: "mean", y: "label", fill: colour(0), r: 4 }),
        Plot.text(outside, {
          x: low,
          y: "label",
          text: (p) => `← ${percent(p.mean)}`,
          textAnchor: "start",
          dx: 4,
          fill: colour(0),
        }),
      ],
    },
    `Validation accuracy at the end: ${listed(points, ({ label, reference, article, ...own }) =>
      [
        `${label} ${percent(own.mean)}`,
        ...(reference ? [`reference ${percent(reference)}`] : []),
        ...(article ? [`article ${percent(article)}`] : []),
      ].join(", "),
    )}. ${CIRCLES}`,
  );
}

/** Final accuracies over a property of the runs; runs of one slope are joined. */
export function over(rows: readonly Row[], name: string, of: (row: Row) => number): string {
  const points = rows.map((row) => ({
    x: of(row),
    slope: row.run.member.slope ?? 1,
    mean: mean(row.result.final.validation),
    row,
  }));
  const slopes = [...new Set(points.map(({ slope }) => slope))].sort((a, b) => a - b);
  const seeds = points.flatMap(({ x, slope, row }) =>
    row.result.final.validation.map((y) => ({ x, y, slope })),
  );
  const hue = ({ slope }: { slope: number }) => colour(slopes.indexOf(slope));
  return svg(
    {
      width: 520,
      x: {
        label: name,
        type: "log",
        ticks: [...new Set(points.map(({ x }) => x))],
        tickFormat: "d",
      },
      y: {
        label: "Validation accuracy",
        grid: true,
        tickFormat: (y: number) => `${inPercent(y, 1)}%`,
        nice: true,
      },
      marks: [
        ...slopes.map((slope) =>
          Plot.lineY(
            points.filter((p) => p.slope === slope),
            { x: "x", y: "mean", stroke: colour(slopes.indexOf(slope)), sort: "x" },
          ),
        ),
        Plot.dot(seeds, { x: "x", y: "y", stroke: hue, r: 2.5 }),
        Plot.dot(points, { x: "x", y: "mean", fill: hue, r: 4 }),
        ...(slopes.length > 1
          ? [
              Plot.text(lastOf(points, slopes), {
                x: "x",
                y: "mean",
                text: ({ slope }) => `slope ${slope}`,
                dx: 8,
                textAnchor: "start",
                fill: hue,
              }),
            ]
          : []),
      ],
      marginRight: 60,
    },
    `Validation accuracy over ${name}: ${listed(
      points,
      ({ row, mean: y }) => `${row.run.label} ${percent(y)}`,
    )}. ${CIRCLES}`,
  );
}

const lastOf = <T extends { slope: number; x: number }>(
  points: readonly T[],
  slopes: readonly number[],
): T[] =>
  slopes.map((slope) =>
    points.filter((p) => p.slope === slope).reduce((a, b) => (b.x > a.x ? b : a)),
  );

/** Training minus validation accuracy, a bar a run, with its seeds. */
export function gapBars(rows: readonly Row[]): string {
  const bars = rows.map((row) => ({ label: row.run.label, gap: mean(gaps(row.result)) }));
  const seeds = rows.flatMap((row) =>
    gaps(row.result).map((gap) => ({ label: row.run.label, gap })),
  );
  return svg(
    {
      width: 520,
      height: 60 + 24 * rows.length,
      marginLeft: 170,
      x: {
        label: "training − validation accuracy",
        grid: true,
        tickFormat: (x: number) => `${inPercent(x, 1)}%`,
      },
      y: { label: null, domain: bars.map(({ label }) => label) },
      marks: [
        Plot.barX(bars, { x: "gap", y: "label", fill: colour(0), fillOpacity: 0.7 }),
        Plot.dot(seeds, { x: "gap", y: "label", r: 2.5, fill: "currentColor" }),
        Plot.ruleX([0]),
      ],
    },
    `Training minus validation accuracy: ${listed(
      bars,
      ({ label, gap }) => `${label} ${percent(gap)}`,
    )}.`,
  );
}
