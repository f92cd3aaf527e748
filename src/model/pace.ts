/** How much work a submit takes, and how many wait behind it, by the time that steps have taken. */
import type { Device } from "../runtime/device";
import type { Piece } from "./schedule";

/**
 * Work of one submit: short on a GPU, so that the page's own drawing never waits; a software
 * adapter draws elsewhere.
 */
const SUBMIT = { hardware: { ms: 50, steps: 1000 }, software: { ms: 4000, steps: 200 } };
/** Steps of the first submit, before anything is measured. */
const FIRST_STEPS = 50;
/** A submit shorter than this has another queued behind it, so that the GPU never idles. */
const QUEUE_MS = 250;

export class Pace {
  /** Of the last submit that is done. */
  private msPerStep: number | undefined;
  /** When it was done. */
  private doneAt = 0;

  /** `ms`: work of one submit at the most, where it is not the adapter's. */
  constructor(private readonly ms?: number) {}

  /** Steps of the next submit, at the most. */
  steps({ adapter }: Device): number {
    if (this.msPerStep === undefined) return FIRST_STEPS;
    const { ms, steps } = adapter.software ? SUBMIT.software : SUBMIT.hardware;
    return Math.max(1, Math.min(steps, Math.floor((this.ms ?? ms) / this.msPerStep)));
  }

  /** Submits under way at once. */
  depth(device: Device): number {
    return this.msPerStep !== undefined && this.msPerStep * this.steps(device) < QUEUE_MS ? 2 : 1;
  }

  /** Submits, and learns from the time it takes; one that waits behind another begins after it. */
  async measure<T>(pieces: readonly Piece[], submit: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const result = await submit();
    const now = performance.now();
    const steps = pieces.reduce((sum, piece) => sum + piece.steps, 0);
    const measured = (now - Math.max(begun, this.doneAt)) / steps;
    // Two that are told of at once make the second look as if it had taken no time.
    this.msPerStep = Math.max(measured, (this.msPerStep ?? 0) / 2);
    this.doneAt = now;
    return result;
  }
}
