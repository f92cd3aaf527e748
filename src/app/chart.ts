/** Accuracy over epochs of all runs that are seen, with a cursor and a zoom. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Curves } from "./curves";
import { make, onScheme, write } from "./dom";
import { gutterOf, label } from "./labels";
import { dataOf, plotOptions } from "./plot";
import { describeChart, valuesAt } from "./values";
import { between, following, moved, type Range, zoomed } from "./zoom";

const HEIGHT = 320;
/** A step of the zoom, and of the way along, as shares of what is seen. */
const [CLOSER, ALONG] = [0.5, 0.25];

/** What keys and buttons do with the part of the epochs that is seen. */
const ZOOMS = ["in", "out", "earlier", "later", "all"] as const;
type Zoom = (typeof ZOOMS)[number];
const KEYS: Readonly<Record<string, Zoom>> = {
  ...{ "+": "in", "=": "in", "-": "out", "0": "all" },
  ...{ PageUp: "earlier", PageDown: "later" },
};

/** Where the chart, its cursor's values and its zoom are on the page. */
export interface Places {
  chart: HTMLElement;
  values: HTMLElement;
  /** Buttons with a `data-zoom` each. */
  zoom: HTMLElement;
  /** Says which epochs are seen. */
  shown: HTMLElement;
}

export const nowhere = (chart: HTMLElement): Places => ({
  ...{ chart, values: make("p"), zoom: make("div"), shown: make("span") },
});

export class Chart {
  private plot: uPlot;
  /** The epochs that are seen, of those that are not all. */
  private range: Range | undefined;

  constructor(
    private readonly places: Places,
    private readonly curves: Curves,
  ) {
    this.plot = this.draw();
    const { chart, zoom } = places;
    chart.addEventListener("keydown", (event) => this.press(event));
    chart.addEventListener("pointermove", (event) => this.touch(event));
    chart.addEventListener("pointerdown", (event) => this.touch(event));
    zoom.addEventListener("click", ({ target }) => {
      const { zoom } = (target as HTMLElement).dataset;
      if (ZOOMS.includes(zoom as Zoom)) this.zoom(zoom as Zoom);
    });
    new ResizeObserver(() => this.rebuild()).observe(chart);
    onScheme(() => this.rebuild());
  }

  /** Draws new reports of the same runs. */
  update(): void {
    this.plot.setData(dataOf(this.curves.seen));
    this.describe();
  }

  /** Draws other runs, or the same in another way. */
  rebuild(): void {
    const cursor = this.plot.data[0][this.plot.cursor.idx ?? -1];
    if (this.range && this.range[1] > this.curves.until) this.range = undefined;
    this.plot.destroy();
    this.plot = this.draw(cursor);
    this.describe();
  }

  private see(range: Range | undefined): void {
    this.range = range;
    this.plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.update();
  }

  private zoom(how: Zoom): void {
    const { until } = this.curves;
    const range = this.range ?? [0, until];
    const [from, to] = range;
    const cursor = this.plot.data[0][this.plot.cursor.idx ?? -1];
    const seen = cursor !== undefined && cursor >= from && cursor <= to;
    const about = seen ? cursor : (from + to) / 2;
    const way = ALONG * (to - from);
    this.see(
      {
        in: () => zoomed(range, CLOSER, about, until),
        out: () => zoomed(range, 1 / CLOSER, about, until),
        earlier: () => moved(range, -way, until),
        later: () => moved(range, way, until),
        all: () => undefined,
      }[how](),
    );
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const zoom = KEYS[event.key];
    if (zoom) this.zoom(zoom);
    else if (!this.step(event.key)) return;
    event.preventDefault();
  }

  /** The cursor goes from report to report; who listens hears the values of that one. */
  private step(key: string): boolean {
    const [epochs] = this.plot.data;
    const last = epochs.length - 1;
    const at = this.plot.cursor.idx ?? -1;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[key];
    if (to === undefined || last < 0) return false;
    const epoch = epochs[Math.max(0, Math.min(last, to))] as number;
    if (this.range) this.see(following(this.range, epoch, this.curves.until));
    this.plot.setCursor({ left: this.plot.valToPos(epoch, "x"), top: 0 });
    return true;
  }

  /** A finger that goes along the chart takes the cursor with it. */
  private touch({ pointerType, clientX }: PointerEvent): void {
    if (pointerType === "mouse") return;
    const { left, width } = this.plot.over.getBoundingClientRect();
    this.plot.setCursor({ left: Math.max(0, Math.min(width, clientX - left)), top: 0 });
  }

  /** Says the values where the cursor is. */
  private say(plot: uPlot): void {
    const epoch = plot.data[0][plot.cursor.idx ?? -1];
    const text = epoch === undefined ? "" : valuesAt(this.curves.seen, epoch);
    write(this.places.values, text);
    this.places.chart.setAttribute("aria-valuenow", String(epoch ?? 0));
    this.places.chart.setAttribute("aria-valuetext", text || "no cursor");
  }

  private describe(): void {
    const { until, seen } = this.curves;
    const { chart, shown, zoom } = this.places;
    chart.setAttribute("aria-valuemax", String(until));
    chart.setAttribute("aria-label", describeChart(seen));
    const [from, to] = this.range ?? [0, until];
    const part = `epochs ${from.toFixed(1)} to ${to.toFixed(1)}`;
    write(shown, this.range ? `Shows ${part} of ${until}` : "");
    for (const button of zoom.querySelectorAll<HTMLElement>("[data-zoom]"))
      button.ariaDisabled = String(!this.range && button.dataset.zoom !== "in");
  }

  private dragged({ select: { left, width } }: uPlot): void {
    if (width === 0) return;
    const [from, to] = [left, left + width].map((at) => this.plot.posToVal(at, "x"));
    this.see(between(from as number, to as number, this.curves.until));
  }

  /** Puts the cursor of the picture before, at an epoch, where it was. */
  private point(plot: uPlot, epoch: number | undefined): void {
    if (epoch === undefined) this.say(plot);
    else plot.setCursor({ left: plot.valToPos(epoch, "x"), top: 0 });
  }

  private draw(cursor?: number): uPlot {
    const { chart } = this.places;
    const { seen } = this.curves;
    const size = { width: chart.clientWidth, height: HEIGHT };
    const options = plotOptions(seen, size, gutterOf(size.width), {
      range: () => this.range,
      until: () => this.curves.until,
    });
    return new uPlot(
      {
        ...options,
        cursor: {
          ...options.cursor,
          bind: {
            dblclick: () => () => {
              this.zoom("all");
              return null;
            },
          },
        },
        hooks: {
          ready: [(plot) => this.point(plot, cursor)],
          draw: [(plot) => label(plot, this.curves.seen)],
          setCursor: [(plot) => this.say(plot)],
          setSelect: [(plot) => this.dragged(plot)],
        },
      },
      dataOf(seen),
      chart,
    );
  }
}
