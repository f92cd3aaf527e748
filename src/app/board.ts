/** The runs, as a chart and a table that follow them. */
import { Chart } from "./chart";
import { Curves } from "./curves";
import { element } from "./dom";
import { type Deeds, RunTable } from "./table";
import "./chart.css";
import "./runs.css";

export class Board {
  readonly curves: Curves;
  private readonly chart: Chart;
  private readonly table: RunTable;
  private waiting = false;

  /** @param changed hears when there may be other curves than before */
  constructor(deeds: Deeds, changed: () => void) {
    this.curves = new Curves(
      () => {
        this.chart.rebuild();
        this.table.update();
        changed();
      },
      () => this.soon(changed),
    );
    const places = {
      ...{ chart: element("chart"), values: element("values") },
      ...{ zoom: element("zoom"), shown: element("shown") },
    };
    this.chart = new Chart(places, this.curves);
    this.table = new RunTable(element("runs"), places.chart, this.curves, deeds);
  }

  /** Shows reports with the next frame, however many have come by then. */
  private soon(changed: () => void): void {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.chart.update();
      this.table.update();
      changed();
    });
  }

  /** Shows in the table which run trains now. */
  follow(): void {
    this.table.update();
  }
}
