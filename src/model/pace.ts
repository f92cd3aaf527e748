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
/**
 * Firefox looks for finished work every 100 ms, so a submit must take much longer to be timed, and
 * to leave no gap behind it. It is known by name: empty submits, timed while so much else begins,
 * do not tell.
 */
const LATE = { browser: /Firefox/, ms: 300 };

export class Pace {
  /** Of the last submit that is done. */
  private msPerStep: number | undefined;
  /** When it was done. */
  private doneAt = 0;
  private readonly late: boolean;

  /**
   * `ms`: work of one submit at the most, in place of the adapter's, unless the browser, which
   * `agent` names, tells of it late. Throws `StairstepError` unless it is above 0.
   */
  constructor(
    private readonly ms?: number,
    agent = globalThis.navigator?.userAgent ?? "",
  ) {
    this.late = LATE.browser.test(agent);
    if (ms !== undefined && !(ms > 0))
      throw new StairstepError(`submitMs must be a number above 0, got ${ms}`);
  }

  /** Steps of the next submit, at the most. */
  steps({ adapter }: Device): number {
    if (this.msPerStep === undefined) return FIRST_STEPS;
    const { ms, steps } = adapter.software ? SUBMIT.software : SUBMIT.hardware;
    const target = this.late ? Math.max(ms, LATE.ms) : (this.ms ?? ms);
    return Math.max(1, Math.min(steps, Math.floor(target / this.msPerStep)));
  }

  /** Submits under way at once. */
  depth(device: Device): number {
    if (this.msPerStep === undefined) return 1;
    const short = this.late ? 2 * LATE.ms : QUEUE_MS;
    return this.msPerStep * this.steps(device) < short ? 2 : 1;
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
