/** Accuracy over epochs: two lines, resized with the page, in the page's colours. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Chart {
  private points: [number[], number[], number[]] = [[], [], []];
  private plot: uPlot;

  constructor(
    private readonly place: HTMLElement,
    private epochs: number,
  ) {
    this.plot = this.draw();
    new ResizeObserver(() => this.plot.setSize(this.size())).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.plot.destroy();
      this.plot = this.draw();
    });
  }

  private size() {
    return { width: this.place.clientWidth, height: 300 };
  }

  private draw(): uPlot {
    const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
    const line = (label: string, name: string) => ({
      label,
      stroke: colour(name),
      width: 2,
      points: { show: false },
      value: (_: uPlot, v: number | null) => (v === null ? "–" : `${v.toFixed(2)} %`),
    });
    return new uPlot(
      {
        ...this.size(),
        scales: { x: { time: false, range: () => [0, this.epochs] }, y: { range: (_, low) => [Math.min(80, Math.floor((low ?? 80) / 10) * 10), 100] } },
        axes: [
          { ...axis, label: "epoch", labelSize: 20, size: 32 },
          { ...axis, size: 52, values: (_, ticks) => ticks.map((t) => `${t} %`) },
        ],
        series: [{ label: "Epoch" }, line("Training", "--training"), line("Validation", "--validation")],
        cursor: { y: false },
      },
      this.points,
      this.place,
    );
  }

  clear(epochs: number): void {
    this.epochs = epochs;
    this.points = [[], [], []];
    this.plot.setData(this.points);
  }

  add(epoch: number, training: number, validation: number): void {
    this.points[0].push(epoch);
    this.points[1].push(100 * training);
    this.points[2].push(100 * validation);
    this.plot.setData(this.points);
    this.place.setAttribute(
      "aria-label",
      `Accuracy over epochs: at epoch ${epoch.toFixed(1)}, validation ${(100 * validation).toFixed(1)} %, training ${(100 * training).toFixed(1)} %`,
    );
  }
}
