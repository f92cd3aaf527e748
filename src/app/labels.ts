/** Labels in the chart: each run's at the end of its line, and the article's values. */
import uPlot from "uplot";
import { hueOf, type Run } from "./curves";
import { colour, make } from "./dom";
import { spread } from "./spread";
import { articlesOf } from "./values";

/** Height of a label, and its distance from its line's end, in CSS pixels. */
const [TALL, OFF] = [15, 10];
/** From this width on, a label has a run's name beside its number. */
const ROOMY = 560;
const [NUMBERS, NAMES] = [36, 190];

/** Room for labels beside the plot. */
export const gutterOf = (width: number): number => (width < ROOMY ? NUMBERS : NAMES);

interface End {
  run: Run;
  x: number;
  y: number;
}

/** Where each line ends in view, in CSS pixels of the plot. */
function endsOf(plot: uPlot, runs: readonly Run[]): End[] {
  const { min = 0, max = 0 } = plot.scales.x ?? {};
  return runs.flatMap((run) => {
    const at = run.epochs.findLastIndex((epoch) => epoch <= (max ?? 0));
    const [epoch, value] = [run.epochs[at], run.validation[at]];
    if (epoch === undefined || value === undefined || epoch < (min ?? 0)) return [];
    return [{ run, x: plot.valToPos(epoch, "x"), y: plot.valToPos(value, "y") }];
  });
}

/** Labels beside ends so close to one another that they would overlap. */
function groups(ends: readonly End[], wide: number): End[][] {
  const found: End[][] = [];
  for (const end of [...ends].sort((a, b) => a.x - b.x)) {
    const last = found.at(-1);
    if (last && end.x - (last.at(-1)?.x ?? 0) < wide) last.push(end);
    else found.push([end]);
  }
  return found;
}

const stroke = (dash: number[], line: string, from: [number, number], to: [number, number]) => {
  return ({ ctx }: uPlot) => {
    const scaled = uPlot.pxRatio;
    ctx.save();
    ctx.beginPath();
    ctx.setLineDash(dash.map((length) => length * scaled));
    ctx.lineWidth = scaled;
    ctx.strokeStyle = line;
    ctx.moveTo(...from);
    ctx.lineTo(...to);
    ctx.stroke();
    ctx.restore();
  };
};

/** A line to each label that does not stand beside its own end. */
function lead(plot: uPlot, { run, x, y }: End, top: number): void {
  const { left: over, top: above } = plot.bbox;
  const at = (x: number, y: number): [number, number] => [
    over + x * uPlot.pxRatio,
    above + y * uPlot.pxRatio,
  ];
  if (Math.abs(top - y) > 2)
    stroke([], colour(hueOf(run)), at(x + 2, y), at(x + OFF - 1, top))(plot);
}

function endLabels(plot: uPlot, runs: readonly Run[]): HTMLElement[] {
  const { clientWidth, clientHeight } = plot.over;
  const gutter = gutterOf(plot.width);
  const most = Math.floor(clientHeight / TALL);
  return groups(endsOf(plot, runs), gutter).flatMap((all) => {
    const group = all.slice(-most); // of too many, the last
    const wanted = group.map(({ y }) => y);
    const tops = spread(wanted, TALL, TALL / 2, clientHeight - TALL / 2);
    return group.map((end, i) => {
      const { number, name } = end.run;
      const top = tops[i] as number;
      lead(plot, end, top);
      const short = number === 0 ? "" : String(number);
      const long = number === 0 ? "recorded" : `${short} · ${name}`;
      const label = make("span", {
        className: "end",
        textContent: gutter === NAMES ? long : short,
      });
      label.style.left = `${end.x + OFF}px`;
      label.style.top = `${top - TALL / 2}px`;
      label.style.maxWidth = `${Math.max(0, clientWidth + gutter - end.x - OFF)}px`;
      label.style.color = `var(${hueOf(end.run)})`;
      return label;
    });
  });
}

function articleLabels(plot: uPlot, runs: readonly Run[]): HTMLElement[] {
  const { min, max } = plot.scales.y ?? {};
  const inView = articlesOf(runs).filter(
    ({ value }) => value >= (min ?? 0) && value <= (max ?? 100),
  );
  const places = inView.map(({ value }) => plot.valToPos(value, "y"));
  // Above its line, or where there is no room, below.
  const wanted = places.map((y) => (y < TALL + 2 ? y + TALL / 2 + 2 : y - TALL / 2 - 2));
  const tops = spread(wanted, TALL, TALL / 2, plot.over.clientHeight - TALL / 2);
  const { left, top, width } = plot.bbox;
  return inView.map(({ text }, i) => {
    const y = top + (places[i] as number) * uPlot.pxRatio;
    stroke([7, 4], colour("--ink"), [left, y], [left + width, y])(plot);
    const label = make("span", { className: "article", textContent: text });
    label.style.top = `${(tops[i] as number) - TALL / 2}px`;
    return label;
  });
}

/**
 * Draws lines on the plot's canvas and puts labels over it. What they say, the table of runs and
 * the chart's description say too.
 */
export function label(plot: uPlot, runs: readonly Run[]): void {
  let place = plot.over.querySelector<HTMLElement>(".labels");
  if (!place) {
    place = make("div", { className: "labels" });
    place.setAttribute("aria-hidden", "true");
    plot.over.append(place);
  }
  place.replaceChildren(...articleLabels(plot, runs), ...endLabels(plot, runs));
}
