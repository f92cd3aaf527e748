/** What a visitor does with runs: train, pause, go on, reset, and open one that was kept. */
import {
  bytesOf,
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  oneSided,
  otherData,
  type Report,
  StairstepError,
  type Training,
  warning,
} from "../index";
import { Chart } from "./chart";
import { Control, type Handle, type State } from "./control";
import { element } from "./dom";
import * as form from "./form";
import { Looks } from "./looks";
import { complain, note, offer, quiet } from "./messages";
import { describe } from "./names";
import { Numbers } from "./numbers";
import type { Session } from "./session";
import { toOptions } from "./settings";
import { recorded } from "./shipped";
import { forgetLast, keepLast } from "./store";

const RESET = "The GPU reset itself. Training";

/** Hears of a run, from its first report to its end. */
export interface Listener {
  reported(report: Report): void;
  done(): void;
}

export class Runs {
  readonly chart: Chart;
  readonly control: Control;
  private readonly numbers = new Numbers();
  private readonly looks: Looks;
  /** The GPU was lost, and no report has come since. */
  private lost = false;
  /** A run whose data the page does not have, until they come. */
  private waiting: { from: Checkpoint; name: string } | undefined;
  private listener: Listener | undefined;

  constructor(
    private readonly session: Session,
    entered: (state: State) => void,
  ) {
    this.looks = new Looks(session);
    const followed = (state: State) => {
      this.looks.follow(state === "training");
      entered(state);
    };
    this.control = new Control(followed, (error) => this.failed(error));
    this.chart = new Chart(
      element("chart"),
      element("runs"),
      () => entered(this.control.state),
      element("values"),
    );
  }

  private failed(error: unknown): State {
    complain("run", error);
    return this.session.training ? "paused" : "ready";
  }

  /** Pauses, as something else trains. */
  rest(): void {
    if (this.control.state === "training") this.press();
  }

  /** What the button does: train, pause, go on, or train again. */
  press(): void {
    const { state } = this.control;
    if (state === "training") {
      this.control.pause();
      this.numbers.halt();
      if (this.session.training) void this.looks.now();
      return;
    }
    quiet();
    if (state !== "paused") this.begin((handle) => this.train(handle));
    else if (!this.control.resume()) this.control.begin((handle) => this.follow(handle));
  }

  /** Lets go of the run at hand, and begins another. */
  private begin(work: (handle: Handle) => Promise<void>, paused = false): void {
    this.listener = undefined;
    this.release();
    this.chart.end();
    this.numbers.clear();
    this.control.begin(work, paused);
  }

  /** Begins a run of the form's settings, whatever is under way. */
  start(listener: Listener): void {
    quiet();
    this.begin((handle) => this.train(handle));
    this.listener = listener;
  }

  private release(): void {
    const training = this.session.release();
    void this.control.after(async () => training?.destroy());
  }

  private async train(handle: Handle): Promise<void> {
    const settings = form.checked();
    await this.session.useKernels(settings.kernels);
    const options = { ...toOptions(settings), signal: handle.signal };
    await this.session.begin(options, () => this.onLoss());
    handle.signal.throwIfAborted();
    this.chart.begin(describe(settings), settings.epochs, `seed ${settings.seed}`);
    await this.follow(handle);
  }

  private async follow(handle: Handle): Promise<void> {
    const { training } = this.session;
    if (!training) return;
    for await (const report of training) {
      await handle.go();
      this.report(report, training);
    }
    await handle.go();
    const accuracies = await training.evaluate("test");
    handle.signal.throwIfAborted();
    this.numbers.tested(accuracies);
    this.listener?.done();
    void this.looks.now(); // meanwhile the visitor may go on
  }

  private report(report: Report, training: Training): void {
    this.chart.add(report);
    this.numbers.report(report, training);
    this.listener?.reported(report);
    if (this.lost) note("device", `${RESET} continued from the last saved step.`);
    this.lost = false;
    const names = training.spec.members.map(({ seed }) => `seed ${seed}`);
    const text = warning(report, names);
    if (text) note("accuracy", text);
    if (!report.checkpoint) return;
    void keepLast(encodeCheckpoint(report.checkpoint));
    this.looks.maybe();
  }

  private onLoss(): void {
    this.lost = true;
    note("device", `${RESET} will continue from the last saved step.`);
  }

  reset(): void {
    for (const topic of ["run", "accuracy", "last run"] as const) quiet(topic);
    this.release();
    this.control.stop();
    this.chart.removeLast();
    this.hide();
    void this.control.after(forgetLast);
  }

  /** Shows the network that came with the page, where there is no run. */
  private hide(): void {
    this.numbers.clear();
    void this.looks.now();
  }

  /** What is there before the first run. */
  async begun(): Promise<void> {
    this.chart.record(recorded);
    await this.looks.first();
  }

  /**
   * Opens a run. Where it was trained on other data than the page has, says so, and goes on only
   * with those, or when told to.
   */
  async open(from: Checkpoint, name: string): Promise<void> {
    const data = await this.session.dataset();
    const other = otherData(from, data);
    this.waiting = other ? { from, name } : undefined;
    if (!other) return this.goOn(from, name);
    const remedy = "give its files under Your own data to go on with it";
    if (from.inputs !== data.inputs || from.classes !== data.classes)
      throw new StairstepError(`${other}: ${remedy}`);
    const { data: _, ...anyway } = from;
    offer("files", `${other}: ${remedy}, or see what it makes of this.`, "Open it anyway", () =>
      this.goOn(anyway, name),
    );
  }

  private goOn(from: Checkpoint, name: string): void {
    const work = async (handle: Handle) => {
      const training = await this.session.resume(from, handle.signal, () => this.onLoss());
      handle.signal.throwIfAborted();
      this.chart.begin(name, from.epochs);
      const [validation, test] = [
        await training.evaluate("validation"),
        await training.evaluate("test"),
      ];
      handle.signal.throwIfAborted();
      this.numbers.tested(test);
      this.numbers.opened(from.step / from.stepsPerEpoch, validation[0] ?? 0);
      void this.looks.now();
      if (from.step >= from.epochs * from.stepsPerEpoch) return;
      if (handle.paused) this.control.enter("paused");
      await this.follow(handle);
    };
    this.begin(work, true);
  }

  /** Does what a visitor's files ask for; what is wrong with them is said. */
  private async with(names: readonly string[], work: () => Promise<void>): Promise<void> {
    quiet("files");
    this.control.pause();
    await work().catch((error) => complain("files", error, { files: names }));
  }

  private load(file: File): Promise<void> {
    return this.with([file.name], async () =>
      this.open(decodeCheckpoint(file.name, await bytesOf(file)), file.name),
    );
  }

  /** Data of a visitor's own; with `transpose`, rows and columns of images swapped. */
  async useFiles(files: readonly File[], transpose = false): Promise<void> {
    const [only] = files;
    if (!only) return;
    if (files.length === 1 && only.name.endsWith(".safetensors")) return this.load(only);
    const names = files.map(({ name }) => name);
    await this.with(names, async () => {
      const data = await this.session.use(files, transpose, () => {
        this.control.stop();
        this.chart.end();
        this.hide();
        return this.control.after(async () => {});
      });
      if (this.waiting && !otherData(this.waiting.from, data))
        return this.open(this.waiting.from, this.waiting.name);
      const sentences = oneSided(data).join(" ");
      if (!transpose && names.some((name) => /^emnist/i.test(name)))
        offer(
          "files",
          `EMNIST has rows and columns of its images swapped. ${sentences}`.trim(),
          "Turn them",
          () => void this.useFiles(files, true),
        );
      else if (sentences) note("files", sentences);
    });
  }

  /** Offers the run that the last visit left. */
  offerLast(from: Checkpoint, name: string): void {
    const epoch = (from.step / from.stepsPerEpoch).toFixed(1);
    offer(
      "last run",
      `Your last run (${name}) is kept, after ${epoch} of ${from.epochs} epochs.`,
      "Open it",
      () => void this.open(from, name).catch((error) => complain("files", error)),
    );
  }
}
