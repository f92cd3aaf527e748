/** How fast a run may go: as fast as it can, so many steps a second, or one at a press. */

export class Tempo {
  /** Steps a second; 0 waits for presses. */
  private pace = Number.POSITIVE_INFINITY;
  /** Presses that no step has answered yet. */
  private presses = 0;
  private wake: (() => void) | undefined;

  set(pace: number): void {
    this.pace = pace;
    this.presses = 0;
    this.wake?.();
  }

  /** Lets a run that waits take a step. */
  step(): void {
    this.presses++;
    this.wake?.();
  }

  /** Steps that a run's next submit may take, once it may; at once where `signal` ends the run. */
  async next(signal?: AbortSignal): Promise<number> {
    while (!signal?.aborted) {
      if (this.pace === Number.POSITIVE_INFINITY) return this.pace;
      if (this.presses > 0) {
        this.presses--;
        return 1;
      }
      const woken = await this.rest(signal);
      if (!woken && this.pace > 0) return 1;
    }
    return 1;
  }

  /** Until the next step is due, or something changes: true then. */
  private rest(signal?: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.pace > 0 ? setTimeout(() => wake(false), 1000 / this.pace) : undefined;
      const changed = () => wake(true);
      const wake = (early: boolean) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", changed);
        this.wake = undefined;
        resolve(early);
      };
      this.wake = changed;
      signal?.addEventListener("abort", changed, { once: true });
    });
  }
}
