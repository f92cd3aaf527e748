/** Charts of a sweep: what runs are compared by over each axis, and over all side by side. */
import * as Plot from "@observablehq/plot";
import { byMeasure, type Measure } from "../experiments/measure";
import { colour, listed, svg } from "../experiments/plot";
import { mean } from "../experiments/statistics";
import type { Configuration } from "./configuration";
import type { Setting, Value } from "./values";

/** A configuration with the mean of its validation. */
export interface Point {
  configuration: Configuration;
  value: number;
}

const textOf = (value: Value | undefined): string =>
  value === undefined ? "default" : Array.isArray(value) ? value.join("-") : String(value);

/** Numbers by size, then texts by letters. */
const byValue = (a: number | string, b: number | string): number => {
  const difference = Number(a) - Number(b);
  if (!Number.isNaN(difference)) return difference;
  const [x, y] = [a, b].map((value) => (Number.isNaN(Number(value)) ? 1 : 0)) as [number, number];
  return x - y || String(a).localeCompare(String(b), "en");
};

/** Spread over more than a decade, and above 0. */
const isLog = (values: readonly number[]): boolean =>
  Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 10;

/** Letters of a name that a chart has room for. */
const LETTERS = 52;

/** Configurations, best first: the mean of each, and each seed's. */
export function ranking(
  points: readonly (Point & { seeds: readonly number[] })[],
  { name: measure, text, tick }: Measure,
): string {
  const rows = points.map(({ configuration: { name }, value, seeds }) => ({
    ...{ name, value, seeds },
    low: Math.min(...seeds),
    high: Math.max(...seeds),
  }));
  const longest = Math.max(...rows.map(({ name }) => Math.min(LETTERS, name.length)));
  const shown = (name: string) => (name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name);
  return svg(
    {
      width: 420 + 7 * longest,
      height: 65 + 20 * rows.length,
      marginLeft: 20 + 7 * longest,
      marginRight: 30,
      x: { label: `Validation ${measure}`, grid: true, nice: true, tickFormat: tick },
      y: { label: null, domain: rows.map(({ name }) => name), tickFormat: shown },
      marks: [
        Plot.ruleY(rows, { x1: "low", x2: "high", y: "name", stroke: colour(0) }),
        Plot.dot(
          rows.flatMap(({ name, seeds }) => seeds.map((value) => ({ name, value }))),
          { x: "value", y: "name", stroke: colour(0), r: 2.5 },
        ),
        Plot.dot(rows, { x: "value", y: "name", fill: colour(0), r: 4 }),
      ],
    },
    `Validation ${measure} at the end: ${listed(
      rows,
      ({ name, value }) => `${name} ${text(value)}`,
    )}.`,
  );
}

/** Over one axis: every configuration, the best of each value, and their mean. */
export function overAxis(points: readonly Point[], axis: Setting, of: Measure): string {
  const valueAt = ({ configuration }: Point) => configuration.settings[axis];
  const numeric = points.every((point) => typeof valueAt(point) === "number");
  const at = (point: Point) => (numeric ? (valueAt(point) as number) : textOf(valueAt(point)));
  const groups = new Map<number | string, number[]>();
  for (const point of points)
    groups.set(at(point), [...(groups.get(at(point)) ?? []), point.value]);
  const keys = [...groups.keys()];
  keys.sort(byValue);
  const lines = keys.map((x) => {
    const all = groups.get(x) as number[];
    return { x, best: [...all].sort(byMeasure(of))[0] as number, mean: mean(all) };
  });
  const log = numeric && isLog(keys as number[]);
  return svg(
    {
      width: 520,
      marginLeft: 60,
      marginBottom: numeric ? 42 : 60,
      x: numeric
        ? { label: axis, type: log ? "log" : "linear", ticks: 6, tickFormat: "~g" }
        : { label: axis, type: "point", domain: keys },
      y: { label: `Validation ${of.name}`, grid: true, tickFormat: of.tick, nice: true },
      marks: [
        Plot.lineY(lines, { x: "x", y: "mean", stroke: colour(0), strokeDasharray: "6 3" }),
        Plot.lineY(lines, { x: "x", y: "best", stroke: colour(1), strokeWidth: 1.6 }),
        Plot.dot(points, { x: at, y: "value", stroke: colour(0), r: 2.5, strokeOpacity: 0.6 }),
        Plot.dot(lines, { x: "x", y: "best", fill: colour(1), r: 3.5 }),
      ],
    },
    `Validation ${of.name} over ${axis}, best and mean: ${listed(
      lines,
      ({ x, best, mean: m }) => `${x} ${of.text(best)}, ${of.text(m)}`,
    )}.`,
  );
}

/** Lines beyond these hide each other. */
const MOST_LINES = 400;

/** Parallel coordinates: a line a configuration through its values; the best tenth stands out. */
export function coordinates(
  points: readonly Point[],
  axes: readonly Setting[],
  of: Measure,
): string {
  const best = [...points].sort((a, b) => byMeasure(of)(a.value, b.value));
  const shown = best.slice(0, MOST_LINES);
  const top = new Set(shown.slice(0, Math.max(1, Math.ceil(best.length / 10))));
  const scales = axes.map((axis) => {
    const values = points.map(({ configuration }) => configuration.settings[axis]);
    if (values.every((value) => typeof value === "number")) {
      const log = isLog(values as number[]);
      const to = (value: number) => (log ? Math.log(value) : value);
      const [low, high] = [Math.min(...(values as number[])), Math.max(...(values as number[]))];
      return {
        of: (value: Value | undefined) =>
          high === low ? 0.5 : (to(value as number) - to(low)) / (to(high) - to(low)),
        ends: [
          [0, `${low}`],
          [1, `${high}`],
        ] as const,
      };
    }
    const texts = [...new Set(values.map(textOf))].sort(byValue);
    const place = (text: string) =>
      texts.length === 1 ? 0.5 : texts.indexOf(text) / (texts.length - 1);
    return {
      of: (value: Value | undefined) => place(textOf(value)),
      ends: texts.map((text) => [place(text), text] as const),
    };
  });
  // The best stands at the top.
  const [high, low] = [shown[0], shown.at(-1)].map((point) => point?.value) as [number, number];
  const last = "validation";
  const segments = [...shown].reverse().flatMap((point, line) => [
    ...axes.map((axis, i) => ({
      line,
      axis: axis as string,
      y: scales[i]?.of(point.configuration.settings[axis]) as number,
      top: top.has(point),
    })),
    {
      line,
      axis: last,
      y: high === low ? 0.5 : (point.value - low) / (high - low),
      top: top.has(point),
    },
  ]);
  const labels = [
    ...axes.flatMap((axis, i) =>
      (scales[i]?.ends ?? []).map(([y, text]) => ({ axis: axis as string, y, text })),
    ),
    { axis: last, y: 0, text: of.text(low) },
    { axis: last, y: 1, text: of.text(high) },
  ];
  const line = (some: typeof segments, stroke: string, strokeOpacity: number) =>
    Plot.line(some, { x: "axis", y: "y", z: "line", stroke, strokeOpacity, strokeWidth: 1.4 });
  const winner = best[0]?.configuration.name ?? "";
  return svg(
    {
      width: 620,
      marginLeft: 60,
      marginRight: 80,
      x: { label: null, type: "point", domain: [...axes, last] },
      y: { axis: null, domain: [-0.05, 1.05] },
      marks: [
        Plot.ruleX([...axes, last], { stroke: "currentColor", strokeOpacity: 0.3 }),
        line(
          segments.filter((s) => !s.top),
          colour(0),
          0.25,
        ),
        line(
          segments.filter((s) => s.top),
          colour(1),
          0.9,
        ),
        Plot.text(labels, { x: "axis", y: "y", text: "text", dx: 6, textAnchor: "start" }),
      ],
    },
    `The values of ${shown.length} configurations and their validation ${of.name}, from ` +
      `${of.text(low)} to ${of.text(high)}; the best is ${winner}.`,
  );
}
