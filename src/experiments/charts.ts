/** Charts as SVG text, by Observable Plot on a document that is not a browser's. Colours are the report's CSS variables. */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { deviation, gaps, mean, type Row } from "./statistics";

const { document } = parseHTML("<!doctype html><html><body></body></html>");
const COLOURS = 7;
const DASHES = ["", "6 3", "2 3"];
/** The look of the i-th series: a colour that colour-blind people tell apart, and a dash from the eighth on. */
export const colour = (i: number): string => `var(--c${i % COLOURS})`;
export const dash = (i: number): string => DASHES[Math.floor(i / COLOURS) % DASHES.length] as string;

const percent = (x: number): string => `${(100 * x).toFixed(2)} %`;

function svg(options: Plot.PlotOptions, description: string): string {
  const plot = Plot.plot({
    document: document as unknown as Document,
    width: 460,
    height: 300,
    marginLeft: 48,
    style: { background: "none" },
    ariaLabel: description,
    ...options,
  });
  plot.setAttribute("role", "img");
  return plot.outerHTML;
}

/** Accuracy over epochs, a line a run with a band of one standard deviation over its seeds. Lines may leave below `low`. */
export function curves(rows: readonly Row[], which: "training" | "validation", low: number): string {
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
      y: { label: `${name} accuracy`, domain: [low, 1], grid: true, tickFormat: "%" },
      marks: [
        ...series.map(({ points, i }) => Plot.areaY(points, { x: "epoch", y1: "low", y2: "high", fill: colour(i), fillOpacity: 0.15, clip: true })),
        ...series.map(({ points, i }) =>
          Plot.lineY(points, { x: "epoch", y: "mean", stroke: colour(i), strokeDasharray: dash(i), strokeWidth: 1.6, clip: true }),
        ),
      ],
    },
    `${name} accuracy over epochs. At the end: ${rows.map(({ run, result }) => `${run.label} ${percent(mean(result[which].map((seed) => seed.at(-1) as number)))}`).join("; ")}.`,
  );
}

/** Final accuracies over a property of the runs; runs of one slope are joined. */
export function over(rows: readonly Row[], name: string, of: (row: Row) => number): string {
  const points = rows.map((row) => ({ x: of(row), slope: row.run.member.slope ?? 1, mean: mean(row.result.final.validation), row }));
  const slopes = [...new Set(points.map(({ slope }) => slope))].sort((a, b) => a - b);
  const seeds = points.flatMap(({ x, slope, row }) => row.result.final.validation.map((y) => ({ x, y, slope })));
  const hue = ({ slope }: { slope: number }) => colour(slopes.indexOf(slope));
  return svg(
    {
      width: 620,
      x: { label: name, type: "log", ticks: [...new Set(points.map(({ x }) => x))], tickFormat: "d" },
      y: { label: "Validation accuracy", grid: true, tickFormat: (y: number) => `${(100 * y).toFixed(1)}%`, nice: true },
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
          ? [Plot.text(lastOf(points, slopes), { x: "x", y: "mean", text: ({ slope }) => `slope ${slope}`, dx: 8, textAnchor: "start", fill: hue })]
          : []),
      ],
      marginRight: 60,
    },
    `Validation accuracy over ${name}: ${points.map(({ row, mean: y }) => `${row.run.label} ${percent(y)}`).join("; ")}. Small circles are single seeds.`,
  );
}

const lastOf = <T extends { slope: number; x: number }>(points: readonly T[], slopes: readonly number[]): T[] =>
  slopes.map((slope) => points.filter((p) => p.slope === slope).reduce((a, b) => (b.x > a.x ? b : a)));

/** Training minus validation accuracy, a bar a run, with its seeds. */
export function gapBars(rows: readonly Row[]): string {
  const bars = rows.map((row) => ({ label: row.run.label, gap: mean(gaps(row.result)) }));
  const seeds = rows.flatMap((row) => gaps(row.result).map((gap) => ({ label: row.run.label, gap })));
  return svg(
    {
      width: 620,
      height: 40 + 24 * rows.length,
      marginLeft: 170,
      x: { label: "training − validation accuracy", grid: true, tickFormat: (x: number) => `${(100 * x).toFixed(1)}%` },
      y: { label: null, domain: bars.map(({ label }) => label) },
      marks: [
        Plot.barX(bars, { x: "gap", y: "label", fill: colour(0), fillOpacity: 0.7 }),
        Plot.dot(seeds, { x: "gap", y: "label", r: 2.5, fill: "currentColor" }),
        Plot.ruleX([0]),
      ],
    },
    `Training minus validation accuracy: ${bars.map(({ label, gap }) => `${label} ${percent(gap)}`).join("; ")}.`,
  );
}

/** How often each output occurs, a panel a run. */
export function distribution({ run, result }: Row): string {
  const { histogram } = result.outputs;
  return svg(
    {
      height: 200,
      width: 300,
      x: { label: "output", tickFormat: "d" },
      y: { label: "share", grid: true, tickFormat: "%", domain: [0, Math.max(...histogram.map(({ share }) => share))], nice: true },
      marks: [Plot.barY(histogram, { x: "value", y: "share", fill: colour(0), fillOpacity: 0.8 }), Plot.ruleY([0])],
    },
    `How often ${run.label} neurons put out each value: ${histogram.map(({ value, share }) => `${value} ${percent(share)}`).join("; ")}.`,
  );
}

/** What each neuron chooses for a few digits: a row an image, a column a neuron, a colour a category. */
export function choices({ run, result }: Row): string {
  const cells = result.outputs.choices.flatMap(({ label, categories }, image) =>
    categories.map((category, neuron) => ({ image: `${label}${"\u200b".repeat(image)}`, neuron, category })),
  );
  return svg(
    {
      width: 940,
      height: 210,
      marginLeft: 40,
      x: { label: "neuron", ticks: [0, 20, 40, 60, 80, 99] },
      y: { label: "digit", domain: [...new Set(cells.map(({ image }) => image))] },
      marks: [Plot.cell(cells, { x: "neuron", y: "image", fill: ({ category }) => colour(category), inset: 0.5 })],
    },
    `The choices of ${run.label} neurons for ${result.outputs.choices.length} test images: a row an image, a column a neuron, a colour a category.`,
  );
}

export interface ActivationTable {
  name: string;
  slopes: readonly number[];
  z: readonly number[];
  /** For each slope, at each z. */
  f: readonly (readonly number[])[];
  derivative: readonly (readonly number[])[];
}

/** An activation or its derivative, a line a slope. */
export function activationPlot({ name, slopes, z, ...table }: ActivationTable, which: "f" | "derivative"): string {
  return svg(
    {
      width: 300,
      height: 200,
      x: { label: "z" },
      y: { label: which === "f" ? "f(s·z)" : "df/dz", grid: true },
      marks: [
        Plot.ruleY([0], { strokeOpacity: 0.4 }),
        ...slopes.map((_, i) =>
          Plot.lineY(table[which][i] as readonly number[], { x: [...z], y: (value: number) => value, stroke: colour(i), strokeDasharray: dash(i) }),
        ),
      ],
    },
    `${which === "f" ? "The activation" : "The derivative of the activation"} of ${name} for z from ${z[0]} to ${z.at(-1)}, at slopes ${slopes.join(", ")}.`,
  );
}
