/** A visitor's own code: learned on the GPU, while its word and picture are seen to change. */
import {
  DeviceLostError,
  type Spec,
  StairstepError,
  type Training,
  train,
  unusedSymbols,
  type ValueReport,
} from "../../index";
import { Control, type Handle, type State } from "../control";
import { element, input, show, write } from "../dom";
import { capital } from "../messages";
import type { Session } from "../session";
import { type Code, type Digits, digitsOf, type Outcome, readerOf } from "./code";
import { CodeReader } from "./reader";
import { fillSettings, readSettings } from "./settings";

const LABELS: Readonly<Record<State, string>> = {
  ready: "Invent an alphabet",
  training: "Pause",
  paused: "Continue",
  done: "Invent another alphabet",
};
/** Short, so that words, which wait between submits, change several times a second. */
const SUBMIT_MS = 40;
const LIVE_MS = 150;
/** Without a GPU, an epoch takes as long as many. */
const SOFTWARE_EPOCHS = 1;
const COLLAPSED =
  " It has collapsed: one picture for all digits would do as well. Try a lower learning rate, " +
  "less weight of KL, or another estimator.";

const NONE: Outcome = { loss: undefined, kl: undefined, unused: undefined, epoch: undefined };

type Run = Training<ValueReport>;
type Alphabet = Pick<CodeReader, "neurons" | "choices">;

export interface TrainerEvents {
  /** Lets whatever else trains pause. */
  restOthers(): void;
  /** It learns, from data that have these digits. */
  begun(digits: Digits): void;
  live(reader: CodeReader): void;
  /** It does not move, so that its words stay for a while. */
  paused(code: Code): void;
  learned(code: Code): void;
  /** Ended before there was a code. */
  ended(): void;
}

export class Trainer {
  /** What learns, and what it has come to. */
  private current: { run: Run; digits: Digits; outcome: Outcome; size: Alphabet } | undefined;
  private readonly control: Control;
  private readonly button = element<HTMLButtonElement>("code-train");
  private readonly stop = element<HTMLButtonElement>("code-stop");

  constructor(
    private readonly session: Session,
    private readonly on: TrainerEvents,
  ) {
    this.control = new Control(
      (state) => this.entered(state),
      (error) => this.failed(error),
    );
    fillSettings();
    this.button.addEventListener("click", () => this.press());
    this.stop.addEventListener("click", () => {
      this.button.focus(); // its own place goes
      void this.end();
    });
  }

  /** There is a GPU to train on, or there is none. */
  opened(gpu: boolean): void {
    this.button.disabled = !gpu;
    this.say(gpu ? "" : "To train a code of your own, and to search all digits, takes a GPU.");
    if (gpu && this.session.device.adapter.software)
      input("code-epochs").value = String(SOFTWARE_EPOCHS);
  }

  /** Pauses, as something else trains. */
  rest(): void {
    if (this.control.state !== "training") return;
    this.halt("Paused while something else trains.");
  }

  /** Ends what is under way; resolves once nothing of it is left on the GPU. */
  async end(): Promise<void> {
    const under = ["training", "paused"].includes(this.control.state);
    this.control.stop();
    await this.control.after(async () => {});
    if (!under) return;
    this.say("");
    this.on.ended();
  }

  private press(): void {
    const { state } = this.control;
    if (state === "training") {
      this.halt("Paused: try its letters as they are now.");
      return;
    }
    this.on.restOthers();
    if (state === "paused" && this.control.resume()) {
      this.say("It learns …");
      if (this.current) this.on.begun(this.current.digits);
    } else this.control.begin((handle) => this.train(handle));
  }

  private halt(text: string): void {
    this.control.pause();
    this.say(text);
    const { current } = this;
    const paused = () => this.control.state === "paused" && this.current === current;
    // What a lost device says of it, its reports say too.
    if (current)
      void this.codeOf(current).then(
        (code) => paused() && this.on.paused(code),
        () => {},
      );
  }

  private async codeOf({ run, digits, outcome }: NonNullable<Trainer["current"]>): Promise<Code> {
    const checkpoint = await run.checkpoint();
    return { checkpoint, reader: readerOf(checkpoint), digits, outcome };
  }

  private entered(state: State): void {
    write(this.button, LABELS[state]);
    this.stop.hidden = state !== "training" && state !== "paused";
  }

  private failed(error: unknown): State {
    const lost = error instanceof DeviceLostError;
    if (!(error instanceof StairstepError)) console.error(error);
    const text = error instanceof Error ? error.message : String(error);
    this.say(lost ? "The GPU reset itself: let it learn again." : capital(text));
    this.on.ended();
    return "ready";
  }

  private say(text: string): void {
    write(element("code-says"), text);
  }

  /** Shows what a code came to, or has come to so far. */
  tell({ loss, kl, unused, epoch }: Outcome, { neurons, choices }: Alphabet): void {
    const shown = {
      ...{ loss: loss?.toFixed(1), kl: kl?.toFixed(1), epoch: epoch?.toFixed(1) },
      unused: unused === undefined ? undefined : `${unused} of ${neurons * choices}`,
    };
    for (const [id, value] of Object.entries(shown)) show(`code-${id}`, value ?? "–");
  }

  private async train(handle: Handle): Promise<void> {
    const options = readSettings();
    const { device } = this.session;
    let run: Run | undefined;
    try {
      this.say("Fetching the digits …");
      const data = await this.session.dataset();
      this.say("Compiling …");
      handle.signal.throwIfAborted();
      run = train(device, data, { ...options, submitMs: SUBMIT_MS, signal: handle.signal });
      await run.ready();
      await handle.go();
      this.say("It learns …");
      const { units: neurons, size: choices } = run.spec.hidden[1] as Spec["hidden"][number];
      const size = { neurons, choices };
      const current = { run, digits: digitsOf(data), outcome: NONE, size };
      this.current = current;
      this.tell(NONE, current.size);
      this.on.begun(current.digits);
      const following = this.follow(current, handle);
      await this.reports(current, handle).finally(() => {
        this.current = undefined;
      });
      await following;
      const code = await this.codeOf(current);
      handle.signal.throwIfAborted();
      this.on.learned(code);
    } catch (error) {
      if (error instanceof DeviceLostError) await this.session.renew(device);
      throw error;
    } finally {
      await run?.destroy();
    }
  }

  /** Hears a run's reports to its end. */
  private async reports(current: NonNullable<Trainer["current"]>, handle: Handle): Promise<void> {
    const { run } = current;
    const begun = performance.now();
    let collapsed = false;
    for await (const { validation, epoch, ...report } of run) {
      await handle.go();
      const whole = Number.isInteger(epoch) || epoch === run.spec.epochs;
      const [unused] = whole ? ((await unusedSymbols(run)) ?? []) : [current.outcome.unused];
      current.outcome = { loss: validation.loss, kl: validation.kl, unused, epoch };
      collapsed = report.collapsed.length > 0;
      this.tell(current.outcome, current.size);
    }
    const seconds = ((performance.now() - begun) / 1000).toFixed(0);
    this.say(`Your own alphabet, in ${seconds} s.${collapsed ? COLLAPSED : ""}`);
  }

  /** While a run learns, its word and picture are seen to change. */
  private async follow(current: NonNullable<Trainer["current"]>, handle: Handle): Promise<void> {
    const learning = () => this.current === current && !handle.ended;
    while (learning()) {
      const begun = performance.now();
      if (!handle.paused) {
        const weights = await current.run.weights().catch(() => undefined); // as its reports say
        if (!weights) return;
        const { hidden, members } = current.run.spec;
        const slope = members[0]?.slope ?? 1; // which nothing here anneals
        if (learning() && !handle.paused) this.on.live(new CodeReader(hidden, slope, weights));
      }
      const pause = Math.max(20, LIVE_MS - (performance.now() - begun));
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
