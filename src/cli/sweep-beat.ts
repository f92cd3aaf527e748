/** Tells those who watch a folder what this process trains. */
import type { Run } from "../sweep/plan";
import { BEAT_MS, type Folder } from "./sweep-folder";

export class Heartbeat {
  private current: { runs: readonly Run[]; step: number; steps: number } | undefined;
  private told: Promise<void> | undefined;
  private readonly timer = setInterval(() => this.beat(), BEAT_MS);

  constructor(
    private readonly folder: Folder,
    /** "3/72" */
    private readonly shard: string,
  ) {}

  begin(runs: readonly Run[], step: number, steps: number): void {
    this.current = { runs, step, steps };
    this.beat();
  }

  at(step: number): void {
    if (this.current) this.current.step = step;
  }

  rest(): void {
    this.current = undefined;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.told;
    await this.folder.stopBeating();
  }

  private beat(): void {
    if (!this.current) return;
    const { runs, step, steps } = this.current;
    const { shard } = this;
    this.told = this.folder.beat({ shard, runs: runs.map(({ key }) => key), step, steps });
  }
}
