/**
 * Act 3: three networks from one seed, trained side by side for an epoch. They train beside the
 * visitor's own run, but never at the same time: whichever begins lets the other pause.
 */
import { percent } from "../format";
import { DeviceLostError, layer, type Training, type TrainOptions } from "../index";
import recorded from "./arms.json";
import { ArmsChart, type Curve } from "./arms-chart";
import { Control, type Handle, type State } from "./control";
import { element, select, write } from "./dom";
import { capital } from "./messages";
import type { Session } from "./session";

export const ARMS = [
  { name: "zero", neuron: "binary" },
  { name: "straight-through", neuron: "binary" },
  { name: "tanh", neuron: "tanh" },
] as const;
const UNITS = 100;
const SEED = 1;

const LABELS: Readonly<Record<State, string>> = {
  ready: "Let the three learn",
  training: "Pause",
  paused: "Continue",
  done: "Let the three learn again",
};

/** What a network of `layers` hidden layers is trained by, for an epoch. */
export function optionsOf({ name, neuron }: (typeof ARMS)[number], layers: number): TrainOptions {
  const own = layer(neuron, UNITS, name === neuron ? {} : { estimator: name });
  return { hidden: Array<typeof own>(layers).fill(own), epochs: 1, seed: SEED };
}

/** The curves that came with the page, of one or two hidden layers. */
export const recordedCurves = (layers: number): Curve[] =>
  ARMS.map(({ name }) => ({
    name,
    epochs: recorded.epochs,
    accuracies: recorded.accuracies[layers === 1 ? "1" : "2"][name],
  }));

export class Arms {
  private readonly control: Control;
  private readonly chart = new ArmsChart(element("arms-chart"));
  private readonly button = element<HTMLButtonElement>("arms-train");
  private readonly stop = element<HTMLButtonElement>("arms-stop");
  private readonly layers = select("arms-layers");

  /** @param restOthers lets whatever else trains pause */
  constructor(
    private readonly session: Session,
    private readonly restOthers: () => void,
  ) {
    this.control = new Control(
      (state) => this.entered(state),
      (error) => this.failed(error),
    );
    this.button.addEventListener("click", () => this.press());
    this.stop.addEventListener("click", () => {
      this.button.focus(); // its own place goes
      void this.end();
    });
    this.layers.addEventListener("change", () => void this.end());
    for (const [layers, id] of [
      [1, "one-layer"],
      [2, "two-layers"],
    ] as const)
      write(element(id), percent(recordedCurves(layers)[0]?.accuracies.at(-1) ?? 0, 0));
    this.record();
  }

  /** There is a GPU to train on. */
  open(): void {
    this.button.disabled = false;
    this.say("");
  }

  /** There is none. */
  close(): void {
    this.button.disabled = true;
    this.say("These curves were recorded: training your own needs a GPU.");
  }

  /** Pauses, as something else trains. */
  rest(): void {
    if (this.control.state !== "training") return;
    this.control.pause();
    this.say("Paused while your own run trains.");
  }

  /** Ends what is under way; resolves once nothing of it is left on the GPU. */
  end(): Promise<void> {
    this.control.stop();
    this.record();
    this.say("");
    return this.control.after(async () => {});
  }

  private press(): void {
    const { state } = this.control;
    if (state === "training") {
      this.control.pause();
      this.say("Paused.");
      return;
    }
    this.restOthers();
    if (state === "paused" && this.control.resume()) this.say("Training …");
    else this.control.begin((handle) => this.train(handle));
  }

  private entered(state: State): void {
    write(this.button, LABELS[state]);
    this.stop.hidden = state !== "training" && state !== "paused";
  }

  private failed(error: unknown): State {
    const lost = error instanceof DeviceLostError;
    if (!lost) console.error(error);
    const text = error instanceof Error ? error.message : String(error);
    this.say(lost ? "The GPU reset itself: let them learn again." : capital(text));
    return "ready";
  }

  private say(text: string): void {
    write(element("arms-says"), text);
  }

  private record(): void {
    this.show(recordedCurves(Number(this.layers.value)), true);
  }

  private show(curves: readonly Curve[], recorded = false): void {
    this.chart.show(curves, recorded);
    for (const { name, accuracies } of curves) {
      const last = accuracies.at(-1);
      write(element(`arm-${name}`), last === undefined ? "–" : percent(last, 1));
    }
    element("arms-recorded").hidden = !recorded;
  }

  private async train(handle: Handle): Promise<void> {
    const layers = Number(this.layers.value);
    const begun = performance.now();
    const curves = ARMS.map(({ name }) => ({
      name,
      epochs: [] as number[],
      accuracies: [] as number[],
    }));
    this.show(curves);
    const trainings: Training[] = [];
    const { device } = this.session;
    try {
      this.say("Fetching MNIST …");
      await this.session.dataset();
      this.say("Compiling …");
      for (const arm of ARMS)
        trainings.push(
          await this.session.beside({ ...optionsOf(arm, layers), signal: handle.signal }),
        );
      await handle.go();
      this.say("Training …");
      await this.together(trainings, handle, (k, epoch, accuracy) => {
        curves[k]?.epochs.push(epoch);
        curves[k]?.accuracies.push(accuracy);
        this.show(curves);
      });
      const seconds = ((performance.now() - begun) / 1000).toFixed(0);
      this.say(`Done, in ${seconds} s: the same digits, the same seed, three gradients.`);
    } catch (error) {
      if (error instanceof DeviceLostError) await this.session.renew(device);
      throw error;
    } finally {
      await Promise.all(trainings.map((training) => training.destroy()));
    }
  }

  /** All from step 0 to the next report, and again: none is ever ahead. */
  private async together(
    trainings: readonly Training[],
    handle: Handle,
    report: (arm: number, epoch: number, accuracy: number) => void,
  ): Promise<void> {
    for (const [arm, training] of trainings.entries()) {
      const [untrained = 0] = await training.evaluate("validation");
      await handle.go();
      report(arm, 0, untrained);
    }
    const reports = trainings.map((training) => training[Symbol.asyncIterator]());
    for (;;) {
      const next = await Promise.all(reports.map((each) => each.next()));
      await handle.go();
      if (next.every(({ done }) => done)) return;
      next.forEach(({ value }, arm) => {
        if (value) report(arm, value.epoch, value.members[0]?.validation.accuracy ?? 0);
      });
    }
  }
}
