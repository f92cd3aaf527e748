/** The chart's picture: lines, bands and axes, as uPlot takes them. */
import type uPlot from "uplot";
import { hueOf, type Run } from "./curves";
import { colour } from "./dom";
import { accuracyAt, accuracyRange, height, ticksOf } from "./scale";
import { articlesOf } from "./values";
import type { Range } from "./zoom";

/** Series of a run: the band's two edges, then its lines. */
const SERIES = 4;
/** Reports in view up to which each is a dot. */
const MOST_DOTS = 40;

/** All runs over the epochs at which any reported. */
export function dataOf(runs: readonly Run[]): uPlot.AlignedData {
  const epochs = [...new Set(runs.flatMap((run) => run.epochs))].sort((a, b) => a - b);
  const column = (run: Run, values: readonly (number | undefined)[]) => {
    const at = new Map(run.epochs.map((epoch, i) => [epoch, values[i]]));
    return epochs.map((epoch) => at.get(epoch));
  };
  return [
    epochs,
    ...runs.flatMap((run) =>
      [run.low, run.high, run.training, run.validation].map((values) => column(run, values)),
    ),
  ];
}

const seriesOf = (run: Run): uPlot.Series[] => {
  const stroke = colour(hueOf(run));
  const edge = { points: { show: false }, width: 0 };
  // A line of one report would be drawn as nothing.
  const alone = () => run.training.filter((value) => value !== undefined).length === 1;
  const few = (_: uPlot, __: number, first: number, last: number) => last - first <= MOST_DOTS;
  return [
    edge,
    edge,
    { points: { show: alone, size: 5, fill: stroke }, stroke, width: 1.2, dash: [3, 4] },
    { points: { show: few, size: 5, fill: stroke }, stroke, width: 2.2 },
  ];
};

/** `range` is the part of the epochs that is seen, undefined for all up to `until`. */
export function plotOptions(
  runs: readonly Run[],
  size: { width: number; height: number },
  gutter: number,
  { range, until }: { range: () => Range | undefined; until: () => number },
): uPlot.Options {
  const axis = {
    stroke: colour("--quiet"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  const articles = articlesOf(runs).map(({ value }) => value);
  return {
    ...size,
    padding: [8, gutter, 0, 0],
    scales: {
      x: { time: false, range: () => [...(range() ?? [0, until()])] as [number, number] },
      y: {
        ...{ distr: 100, fwd: height, bwd: accuracyAt },
        range: (_, low, high) =>
          accuracyRange(
            [low, high, ...(range() ? [] : articles)].filter((value) => value !== null),
          ),
      },
    },
    axes: [
      { ...axis, label: "epoch", labelSize: 20, size: 32 },
      {
        ...axis,
        size: 52,
        splits: (_, __, low, high) => ticksOf(low, high),
        filter: (_, ticks) => ticks, // else only powers of ten are written
        values: (_, ticks) => ticks.map((tick) => `${tick} %`),
      },
    ],
    series: [{}, ...runs.flatMap(seriesOf)],
    bands: runs.map((run, i) => ({
      series: [SERIES * i + 2, SERIES * i + 1],
      fill: `${colour(hueOf(run))}33`,
    })),
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: 6 },
      points: { size: 7 },
    },
  };
}
