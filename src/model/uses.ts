/** Work under way on what may be destroyed meanwhile. */
export class Uses {
  private work: Promise<unknown> | undefined = Promise.resolve();

  constructor(
    private readonly what: string,
    private readonly by: string,
  ) {}

  /** Begins `work` at once. Throws `StairstepError` after the end. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    if (!this.work) throw (await import("../runtime/mistaken")).destroyed(this.what, this.by);
    const result = work();
    this.work = Promise.allSettled([this.work, result]);
    return result;
  }

  /** Destroys `parts`, once what is under way is done. */
  async end(parts: readonly { destroy(): void }[]): Promise<void> {
    const { work } = this;
    this.work = undefined;
    await work;
    if (work) for (const part of parts) part.destroy();
  }
}
