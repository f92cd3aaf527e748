/**
 * What lives on a GPU device, made again on another where that device is lost. Whoever uses it at
 * that moment waits, and is served by the new one.
 */
import { DeviceLostError } from "../runtime/errors";

/** Losses in a row, without work that `proved` the new one sound, that are survived. */
const MOST_LOSSES = 3;

export class Recoverable<T> {
  private current!: Promise<T>;
  /** Losses since `proved`. */
  private losses = 0;
  /** Under way, where several find the loss at once. */
  private recovering: Promise<void> | undefined;
  /** Uses under way; none of them rejects. */
  private readonly uses = new Set<Promise<void>>();

  /** @param reopen opens another device, and returns `make` for it. Without, a loss is an error. */
  constructor(
    make: () => Promise<T>,
    private readonly reopen?: () => Promise<() => Promise<T>>,
  ) {
    this.begin(make);
  }

  /** What is used from here on. */
  begin(make: () => Promise<T>): void {
    this.current = make();
    this.current.catch(() => {}); // thrown again to whoever awaits it
  }

  /** The one that is used now. */
  get value(): Promise<T> {
    return this.current;
  }

  /** Runs `work`, and where the device is lost, once more with the next one. */
  use<R>(work: (value: T) => Promise<R>): Promise<R> {
    const result = this.attempt(work);
    const settled = result.then(
      () => {},
      () => {},
    );
    this.uses.add(settled);
    void settled.then(() => this.uses.delete(settled));
    return result;
  }

  /** Work has come through, so that earlier losses count no more. */
  proved(): void {
    this.losses = 0;
  }

  /** Resolves once nobody uses it. */
  async idle(): Promise<void> {
    while (this.uses.size > 0) await Promise.all(this.uses);
  }

  private async attempt<R>(work: (value: T) => Promise<R>): Promise<R> {
    for (;;) {
      const { current } = this;
      try {
        return await work(await current);
      } catch (error) {
        if (!(error instanceof DeviceLostError) || !this.reopen) throw error;
        if (this.current !== current) continue; // another use has recovered already
        if (!this.recovering) {
          if (++this.losses > MOST_LOSSES) throw error;
          this.recovering = this.reopen()
            .then((make) => this.begin(make))
            .finally(() => {
              this.recovering = undefined;
            });
        }
        await this.recovering;
      }
    }
  }
}
