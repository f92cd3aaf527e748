/**
 * Accuracy over epochs: for each run its validation (with a band over members) and training curve;
 * earlier runs stay.
 */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { percent } from "../format";
import type { Report } from "../index";
import { colour, make, onScheme } from "./dom";
import { unlike } from "./names";

export interface Run {
  name: string;
  hue: number;
  /** At each report, in per cent. */
  epochs: number[];
  training: number[];
  validation: number[];
  low: number[];
  high: number[];
  /** Came with the page, and goes when a visitor's own run begins. */
  recorded?: true;
}

/** Shares at each report. */
interface Curve {
  epochs: readonly number[];
  training: readonly number[];
  validation: readonly number[];
}

const HUES = 6;
const LOWEST = 80;
export const hueOf = (run: Run): string => `--run${run.hue}`;

/** Validation accuracy of the last report, if there is one. */
const lastAccuracy = ({ validation }: Run): string | undefined => {
  const last = validation.at(-1);
  return last === undefined ? undefined : percent(last / 100, 1);
};

/** What each run is at an epoch: its last report until then. */
export function valuesAt(runs: readonly Run[], epoch: number): string {
  const values = runs.flatMap(({ name, epochs, validation, training }) => {
    const at = epochs.findLastIndex((reported) => reported <= epoch);
    const [own, other] = [validation[at], training[at]];
    if (own === undefined || other === undefined) return [];
    return [`${name}: validation ${percent(own / 100, 1)}, training ${percent(other / 100, 1)}`];
  });
  return [`Epoch ${epoch.toFixed(1)}`, ...values].join("; ");
}

export class Chart {
  readonly runs: Run[] = [];
  private plot: uPlot;
  private until = 20;
  private waiting = false;
  /** The run that reports are added to: it stays until it is reset. */
  private current: Run | undefined;

  constructor(
    private readonly place: HTMLElement,
    private readonly list: HTMLElement,
    private readonly changed: () => void = () => {},
    private readonly values: HTMLElement = make("p"),
  ) {
    this.plot = this.draw();
    place.addEventListener("keydown", (event) => this.step(event));
    new ResizeObserver(() => this.plot.setSize(this.size())).observe(place);
    onScheme(() => this.rebuild());
  }

  /** Shows the curve that came with the page, until there is another. */
  record({ name, reports }: { name: string; reports: Curve }): void {
    if (this.runs.length > 0) return;
    const percent = (shares: readonly number[]) => shares.map((share) => 100 * share);
    const validation = percent(reports.validation);
    this.runs.push({
      ...{ name, hue: HUES - 1, recorded: true, epochs: [...reports.epochs] },
      ...{ training: percent(reports.training), validation, low: validation, high: validation },
    });
    this.until = Math.max(...reports.epochs);
    this.rebuild();
  }

  /** A new run to which reports are added; `more` tells it from others of its name. */
  begin(name: string, epochs: number, more = ""): void {
    const used = new Set(this.runs.map(({ hue }) => hue));
    const hue =
      Array.from({ length: HUES }, (_, i) => i).find((i) => !used.has(i)) ??
      this.runs.length % HUES;
    const numbers = { epochs: [], training: [], validation: [], low: [], high: [] };
    const taken = this.runs.map((run) => run.name);
    this.current = { name: unlike(name, more, taken), hue, ...numbers };
    this.runs.push(this.current);
    this.until = Math.max(epochs, ...this.runs.map((run) => run.epochs.at(-1) ?? 0));
    this.rebuild();
  }

  add({ epoch, training, members }: Report): void {
    const run = this.current;
    if (!run) return;
    const accuracies = members.map(({ validation }) => 100 * validation.accuracy);
    run.epochs.push(epoch);
    run.training.push(100 * training.accuracy);
    run.validation.push(accuracies.reduce((sum, x) => sum + x, 0) / accuracies.length);
    run.low.push(Math.min(...accuracies));
    run.high.push(Math.max(...accuracies));
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.plot.setData(this.data());
      this.describe();
      this.legend();
      this.changed();
    });
  }

  /** Takes a run off the chart. */
  remove(run: Run): void {
    this.runs.splice(this.runs.indexOf(run), 1);
    this.rebuild();
  }

  /** The run is at its end: it may be taken off. What was recorded goes. */
  end(): void {
    this.current = undefined;
    const [first] = this.runs;
    if (first?.recorded) this.remove(first);
    else this.legend();
  }

  /** Takes off the run that reports are added to. */
  removeLast(): void {
    if (this.current) this.remove(this.current);
    this.current = undefined;
  }

  private rebuild(): void {
    this.plot.destroy();
    this.plot = this.draw();
    this.describe();
    this.legend();
    this.changed();
  }

  /** The cursor goes from report to report; who listens hears the values of that one. */
  private step(event: KeyboardEvent): void {
    const [epochs] = this.plot.data;
    const last = epochs.length - 1;
    const at = this.plot.cursor.idx ?? -1;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    const epoch = epochs[Math.max(0, Math.min(last, to))] as number;
    this.plot.setCursor({ left: this.plot.valToPos(epoch, "x"), top: 0 });
  }

  /** Says the values where the cursor is. */
  private say(plot: uPlot): void {
    const epoch = plot.data[0][plot.cursor.idx ?? -1];
    const text = epoch === undefined ? "" : valuesAt(this.runs, epoch);
    this.values.textContent = text;
    this.place.setAttribute("aria-valuenow", String(epoch ?? 0));
    this.place.setAttribute("aria-valuetext", text || "no cursor");
  }

  private describe(): void {
    this.place.setAttribute("aria-valuemax", String(this.until));
    const ends = this.runs.map((run) => `${run.name}: validation ${lastAccuracy(run) ?? "–"}`);
    this.place.setAttribute(
      "aria-label",
      `Accuracy over epochs${ends.length > 0 ? `. ${ends.join("; ")}` : ", empty so far"}`,
    );
  }

  private legend(): void {
    this.list.replaceChildren(
      ...this.runs.map((run) => {
        const swatch = make("span", { className: "swatch" });
        swatch.style.background = `var(${hueOf(run)})`;
        const remove = make("button", {
          type: "button",
          className: "icon",
          textContent: "×",
          onclick: () => this.remove(run),
        });
        remove.setAttribute("aria-label", `Take ${run.name} off the chart`);
        remove.disabled = run === this.current;
        return make(
          "li",
          {},
          swatch,
          ` ${run.name} `,
          make("strong", {
            textContent: lastAccuracy(run) ?? "",
          }),
          " ",
          remove,
        );
      }),
    );
  }

  private size() {
    return { width: this.place.clientWidth, height: 300 };
  }

  /** All runs over the epochs at which any reported. */
  private data(): uPlot.AlignedData {
    const epochs = [...new Set(this.runs.flatMap((run) => run.epochs))].sort((a, b) => a - b);
    const column = (run: Run, values: number[]) => {
      const at = new Map(run.epochs.map((epoch, i) => [epoch, values[i] as number]));
      return epochs.map((epoch) => at.get(epoch));
    };
    return [
      epochs,
      ...this.runs.flatMap((run) =>
        [run.low, run.high, run.training, run.validation].map((values) => column(run, values)),
      ),
    ];
  }

  private draw(): uPlot {
    const axis = {
      stroke: colour("--quiet"),
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
    };
    const none = { show: false };
    const series = this.runs.flatMap((run) => {
      const stroke = colour(hueOf(run));
      // A line of one report would be drawn as nothing.
      const points = { show: () => run.epochs.length === 1, size: 7, fill: stroke };
      return [
        { points: none, width: 0 },
        { points: none, width: 0 },
        { points, stroke, width: 1.2, dash: [3, 4] },
        { points, stroke, width: 2.2 },
      ];
    });
    const bands = this.runs.map((run, i) => ({
      series: [4 * i + 2, 4 * i + 1] as [number, number],
      fill: `${colour(hueOf(run))}33`,
    }));
    return new uPlot(
      {
        ...this.size(),
        scales: {
          x: { time: false, range: () => [0, this.until] },
          y: { range: (_, low) => [Math.min(LOWEST, Math.floor((low ?? LOWEST) / 10) * 10), 100] },
        },
        axes: [
          { ...axis, label: "epoch", labelSize: 20, size: 32 },
          { ...axis, size: 52, values: (_, ticks) => ticks.map((t) => `${t} %`) },
        ],
        series: [{}, ...series],
        bands,
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
        hooks: { setCursor: [(plot) => this.say(plot)] },
      },
      this.data(),
      this.place,
    );
  }
}
