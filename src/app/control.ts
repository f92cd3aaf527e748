/**
 * Which run the visitor wants, and whether it moves. Each press counts at once, whatever is still
 * under way: a download, a compilation, the end of the run before.
 */

/** What the visitor sees of the run. */
export type State = "ready" | "training" | "paused" | "done";

/** Pauses a run, lets it go on, and ends it. */
export class Handle {
  private readonly aborter = new AbortController();
  private wake: (() => void) | undefined;

  constructor(public paused = false) {}

  get signal(): AbortSignal {
    return this.aborter.signal;
  }

  get ended(): boolean {
    return this.signal.aborted;
  }

  hold(paused: boolean): void {
    this.paused = paused;
    if (!paused) this.wake?.();
  }

  end(): void {
    this.aborter.abort();
    this.wake?.();
  }

  /** Waits while the run is paused. Throws once it is ended. */
  async go(): Promise<void> {
    while (this.paused && !this.ended)
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    this.signal.throwIfAborted();
  }
}

export class Control {
  state: State = "ready";
  private handle: Handle | undefined;
  private tail: Promise<void> = Promise.resolve();

  /**
   * @param entered hears of every change of the state
   * @param failed says what went wrong, and where that leaves the visitor
   */
  constructor(
    private readonly entered: (state: State) => void,
    private readonly failed: (error: unknown) => State,
  ) {}

  enter(state: State): void {
    this.state = state;
    this.entered(state);
  }

  /** Does `work` after all that is under way; of what went wrong there, it hears nothing. */
  after(work: () => Promise<void>): Promise<void> {
    const done = this.tail.then(work);
    this.tail = done.catch(() => {});
    return done;
  }

  /**
   * Ends the run at hand and begins another, whose `work` asks its handle to `go` on; where it
   * begins `paused`, `work` tells the visitor so when there is something to see.
   */
  begin(work: (handle: Handle) => Promise<void>, paused = false): void {
    this.handle?.end();
    const handle = new Handle(paused);
    this.handle = handle;
    this.enter("training");
    void this.after(async () => {
      if (handle.ended) return;
      const outcome = await work(handle).then(
        (): State => "done",
        (error) => (handle.ended ? undefined : this.failed(error)),
      );
      if (handle.ended || !outcome) return;
      this.handle = undefined;
      this.enter(outcome);
    });
  }

  pause(): void {
    if (this.state !== "training") return;
    this.handle?.hold(true);
    this.enter("paused");
  }

  /** Lets the run go on. False where there is none that waits: it failed, or ended. */
  resume(): boolean {
    if (!this.handle) return false;
    this.handle.hold(false);
    this.enter("training");
    return true;
  }

  /** Ends the run at hand. Nothing is under way any more once `after` is called back. */
  stop(): void {
    this.handle?.end();
    this.handle = undefined;
    this.enter("ready");
  }
}
