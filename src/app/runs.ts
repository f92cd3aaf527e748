/** What a visitor does with runs: train, pause, go on, reset, and train once more. */
import {
  type Checkpoint,
  encodeCheckpoint,
  type KernelChoice,
  type Report,
  type Spec,
  type Training,
  type TrainOptions,
  warning,
} from "../index";
import { weightsHash } from "../weights-hash";
import { articleValue } from "./article";
import { Board } from "./board";
import { Control, type Handle, type State } from "./control";
import type { Curves, Member, Recipe } from "./curves";
import { breathe } from "./dom";
import { eightSeeds } from "./eight";
import { Files } from "./files";
import * as form from "./form";
import { Looks } from "./looks";
import { complain, note, quiet } from "./messages";
import { USUAL_DATA } from "./names";
import { Numbers } from "./numbers";
import type { Session } from "./session";
import { toOptions } from "./settings";
import { recorded } from "./shipped";
import { forgetLast, keepLast } from "./store";

const BUSY = "A run is under way: let it end, or press Reset, before another begins.";
const RESET = "The GPU reset itself. Training";

/** Hears of a run, from its first report to its end. */
export interface Listener {
  reported(report: Report): void;
  done(): void;
}

export class Runs {
  readonly curves: Curves;
  readonly control: Control;
  readonly files: Files;
  private readonly numbers = new Numbers();
  private readonly looks: Looks;
  /** The GPU was lost, and no report has come since. */
  private lost = false;
  private listener: Listener | undefined;

  constructor(
    private readonly session: Session,
    entered: (state: State) => void,
    openCode: (from: Checkpoint, name: string) => Promise<void>,
  ) {
    this.looks = new Looks(session);
    const followed = (state: State) => {
      this.looks.follow(state === "training");
      board.follow();
      entered(state);
    };
    this.control = new Control(followed, (error) => this.failed(error));
    const current = () => ["training", "paused"].includes(this.control.state);
    const board = new Board(
      {
        busy: () => (current() ? BUSY : undefined),
        current: (run) => current() && run === this.curves.current,
        again: ({ recipe }) => recipe && this.again(recipe),
      },
      () => entered(this.control.state),
    );
    this.curves = board.curves;
    this.files = new Files(session, {
      open: (from, name) => this.goOn(from, name),
      code: openCode,
      pause: () => this.control.pause(),
      clear: () => this.clear(),
    });
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
    this.curves.end();
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
    await this.trainWith(toOptions(settings), settings.kernels, handle);
  }

  /** The same settings once more, with seeds 1 to 8. */
  private again({ spec, kernels }: Recipe): void {
    this.begin((handle) => this.trainWith(eightSeeds(spec), kernels, handle));
  }

  private async trainWith(
    options: TrainOptions,
    kernels: KernelChoice,
    handle: Handle,
  ): Promise<void> {
    await this.session.useKernels(kernels);
    const { signal } = handle;
    // Between what takes long, the page may draw and answer.
    await breathe();
    signal.throwIfAborted();
    const training = await this.session.begin({ ...options, signal }, () => this.onLoss());
    signal.throwIfAborted();
    await breathe();
    this.show(training.spec, kernels);
    await breathe();
    const untrained = await training.evaluate("validation");
    signal.throwIfAborted();
    this.curves.start(0, untrained);
    await breathe();
    await this.follow(handle);
  }

  /** Begins a curve and a row. */
  private show(spec: Spec, kernels: KernelChoice, name?: string): void {
    const data = this.session.dataName;
    const article = data === USUAL_DATA ? articleValue(spec) : undefined;
    this.curves.begin({ spec, kernels, data }, name, article);
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
    await breathe();
    await this.summarise(training, accuracies, handle);
    void this.looks.now(); // meanwhile the visitor may go on
  }

  /** Tells the members' accuracies on the test images, and their weights. */
  private async summarise(
    training: Training,
    tested: readonly number[],
    { signal }: Handle,
  ): Promise<void> {
    const members: Partial<Member>[] = [];
    for (const [i, test] of tested.entries()) {
      members.push({ test, weights: await weightsHash(await training.weights(i)) });
      signal.throwIfAborted();
    }
    this.curves.ended(members);
  }

  private report(report: Report, training: Training): void {
    this.curves.add(report);
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
    this.curves.removeCurrent();
    this.hide();
    void this.control.after(forgetLast);
  }

  /** Shows the network that came with the page, where there is no run. */
  private hide(): void {
    this.numbers.clear();
    void this.looks.now();
  }

  /** Ends the run at hand for other data; its curve stays. */
  private clear(): Promise<void> {
    this.control.stop();
    this.curves.end();
    this.hide();
    return this.control.after(async () => {});
  }

  /** What is there before the first run. */
  async begun(): Promise<void> {
    this.curves.record(recorded);
    await this.looks.first();
  }

  /** Shows a run that was kept, and goes on with it when told to. */
  private goOn(from: Checkpoint, name: string): void {
    const work = async (handle: Handle) => {
      const training = await this.session.resume(from, handle.signal, () => this.onLoss());
      handle.signal.throwIfAborted();
      this.show(training.spec, this.session.kernels, name);
      const [validation, test] = [
        await training.evaluate("validation"),
        await training.evaluate("test"),
      ];
      handle.signal.throwIfAborted();
      this.numbers.tested(test);
      this.numbers.opened(from.step / from.stepsPerEpoch, validation[0] ?? 0);
      this.curves.start(from.step / from.stepsPerEpoch, validation);
      void this.looks.now();
      if (from.step >= from.epochs * from.stepsPerEpoch)
        return this.summarise(training, test, handle);
      if (handle.paused) this.control.enter("paused");
      await this.follow(handle);
    };
    this.begin(work, true);
  }
}
