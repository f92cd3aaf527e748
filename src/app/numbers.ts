/** The numbers above the chart. */
import { duration, percent, thousands } from "../format";
import type { Report, Training } from "../index";
import { show } from "./dom";

const ids = ["validation", "training", "test", "epoch", "speed", "left"];

export class Numbers {
  private begun: { step: number; at: number } | undefined;

  clear(): void {
    this.halt();
    for (const id of ids) show(id, "–");
    show("so-far", "");
  }

  /** The speed is that since the run last began to move. */
  halt(): void {
    this.begun = undefined;
  }

  report({ step, epoch, validation, training }: Report, { spec }: Training): void {
    show("validation", percent(validation.accuracy, 1));
    show("training", percent(training.accuracy, 1));
    show("epoch", epoch.toFixed(1));
    show("so-far", `${percent(validation.accuracy, 1)} after ${epoch.toFixed(1)}`);
    const now = performance.now();
    if (this.begun && now > this.begun.at) {
      const rate = (1000 * (step - this.begun.step)) / (now - this.begun.at);
      show("speed", thousands(rate));
      show("left", duration((spec.epochs * spec.stepsPerEpoch - step) / rate));
    }
    this.begun ??= { step, at: now };
  }

  /** Accuracies of all members on the test images, at the end of a run. */
  tested(accuracies: readonly number[]): void {
    const mean = accuracies.reduce((sum, x) => sum + x, 0) / accuracies.length;
    show("test", percent(mean, 1));
    show("left", "–");
  }

  /** Of a run that was kept, at this epoch. */
  opened(epoch: number, validation: number): void {
    show("epoch", epoch.toFixed(1));
    show("validation", percent(validation, 1));
  }
}
