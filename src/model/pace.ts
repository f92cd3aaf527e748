/** How much work a submit takes, and how many wait behind it, by the time that steps have taken. */
import type { Device } from "../runtime/device";
import { StairstepError } from "../runtime/errors";
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
/** Of browsers that tell of finished work at once. */
const PROMPT_MS = 20;
/** What takes longer waits for other work. */
const LATEST_MS = 150;

export class Pace {
  /** Of the last submit that is done. */
  private msPerStep: number | undefined;
  /** When it was done. */
  private doneAt = 0;
  /** How long after it is done a submit is told of. */
  private late = 0;

  /**
   * `ms`: work of one submit at the most, where it is not the adapter's. Throws `StairstepError`
   * unless it is above 0.
   */
  constructor(private readonly ms?: number) {
    if (ms !== undefined && !(ms > 0))
      throw new StairstepError(`submitMs must be a number above 0, got ${ms}`);
  }

  /**
   * Finds out how late finished work is told of, before any is under way: Firefox looks for it
   * every 100 ms.
   */
  async listen(device: Device): Promise<void> {
    const nothing = () => {
      device.submit(() => {});
      return device.done();
    };
    await nothing(); // somewhere between two looks
    // Some are told of at once by chance.
    for (let turn = 0; turn < 3; turn++) {
      const begun = performance.now();
      await nothing();
      this.late = Math.min(LATEST_MS, Math.max(this.late, performance.now() - begun));
    }
  }

  /** Steps of the next submit, at the most. */
  steps({ adapter }: Device): number {
    if (this.msPerStep === undefined) return FIRST_STEPS;
    const { ms, steps } = adapter.software ? SUBMIT.software : SUBMIT.hardware;
    // Little longer than its telling, a submit would seem to take as long however few its steps.
    const target = Math.max(this.ms ?? ms, this.late < PROMPT_MS ? 0 : 3 * this.late);
    return Math.max(1, Math.min(steps, Math.floor(target / this.msPerStep)));
  }

  /** Submits under way at once. */
  depth(device: Device): number {
    if (this.msPerStep === undefined) return 1;
    return this.late >= PROMPT_MS || this.msPerStep * this.steps(device) < QUEUE_MS ? 2 : 1;
  }

  /** Submits, and learns from the time it takes; one that waits behind another begins after it. */
  async measure<T>(pieces: readonly Piece[], submit: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const result = await submit();
    const now = performance.now();
    const steps = pieces.reduce((sum, piece) => sum + piece.steps, 0);
    // What is told of late may have been done for as long.
    const measured = Math.max(0, now - Math.max(begun, this.doneAt) - this.late) / steps;
    // Two that are told of at once make the second look as if it had taken no time.
    this.msPerStep = Math.max(measured, (this.msPerStep ?? 0) / 2);
    this.doneAt = now;
    return result;
  }
}
