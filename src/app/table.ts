/** The table of runs. Rows stay while their runs do, so that the keyboard's focus does too. */
import type { Curves, Run } from "./curves";
import { make, write } from "./dom";
import { note, quiet } from "./messages";
import { type Act, cell, Row, withRole } from "./row";

const COLUMNS = ["Run", "Validation", "Test", "What to do with it"];

export interface Deeds {
  /** Why nothing else may be trained now, if so. */
  busy(): string | undefined;
  /** Whether the run trains, or waits to go on. */
  current(run: Run): boolean;
  /** Trains a population of the run's settings. */
  again(run: Run): void;
}

export class RunTable {
  private rows: Row[] = [];
  private readonly body = make("tbody");
  private readonly caption = make("caption");

  constructor(
    private readonly table: HTMLTableElement,
    /** Takes the focus of the last run that is removed. */
    private readonly chart: HTMLElement,
    private readonly curves: Curves,
    private readonly deeds: Deeds,
  ) {
    const titles = COLUMNS.map((textContent) => cell("th", "columnheader", { textContent }));
    const head = make("thead", {}, withRole(make("tr", {}, ...titles), "row"));
    for (const part of [head, this.body]) withRole(part, "rowgroup");
    withRole(table, "table").append(this.caption, head, this.body);
  }

  /** Shows the runs as they are now. */
  update(): void {
    const { runs, seen, solo, common } = this.curves;
    const kept = this.rows.filter(({ run }) => runs.includes(run));
    for (const row of this.rows) if (!kept.includes(row)) row.element.remove();
    this.rows = runs.map(
      (run) => kept.find((row) => row.run === run) ?? new Row(run, (act) => this.act(run, act)),
    );
    this.rows.forEach(({ element }, i) => {
      if (this.body.children[i] !== element)
        this.body.insertBefore(element, this.body.children[i] ?? null);
    });
    for (const row of this.rows) {
      const { run } = row;
      row.show({ seen: seen.includes(run), alone: solo === run, busy: this.deeds.current(run) });
    }
    this.table.hidden = runs.length === 0;
    write(this.caption, common ? `All: ${common}` : "");
  }

  private act(run: Run, act: Act): void {
    const { curves, deeds } = this;
    if (act === "Solo") curves.toggleSolo(run);
    else if (act === "Hide") curves.hide(run, !run.hidden);
    else if (act === "Rename") this.rename(run);
    else if (act === "Remove") this.remove(run);
    else {
      const busy = deeds.busy();
      if (busy) note("run", busy);
      else {
        quiet("run");
        deeds.again(run);
      }
    }
  }

  private rename(run: Run): void {
    const row = this.rows.find((row) => row.run === run);
    row?.rename((name) => {
      if (name !== undefined) this.curves.rename(run, name);
    });
  }

  /** Takes a run off; the focus goes to the one that comes in its place. */
  private remove(run: Run): void {
    if (this.deeds.current(run)) {
      note("run", "This run goes on: Reset ends it, and takes it off.");
      return;
    }
    const at = this.rows.findIndex((row) => row.run === run);
    this.curves.remove(run);
    const next = this.rows[at] ?? this.rows[at - 1];
    (next?.buttons.get("Remove") ?? this.chart).focus();
  }
}
