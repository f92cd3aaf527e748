/** Which runs are done, which have failed for good, and which are left. */
import type { Run } from "../sweep/plan";
import { type Made, nameOf } from "../sweep/result";
import { EXIT } from "./exit";
import type { Folder, Kept } from "./sweep-folder";

export class Ledger {
  /** Runs with a result. */
  done = 0;
  /** Codes of the runs that failed. */
  readonly codes: number[] = [];
  private names = new Set<string>();
  private readonly counted = new Set<Run>();

  constructor(
    private readonly folder: Folder,
    private readonly made: Made,
    private readonly options: {
      /** Train again what has failed for good. */
      retry?: boolean | undefined;
      onFailure: (run: Run, error: string) => void;
    },
  ) {}

  /** Of a run's files, without their ending. */
  name = (run: Run): string => nameOf(run, this.made);

  succeeded(run: Run): void {
    if (!this.counted.has(run)) this.done++;
    this.counted.add(run);
  }

  failed(run: Run, error: string, code: number): void {
    if (this.counted.has(run)) return;
    this.counted.add(run);
    this.codes.push(code);
    this.options.onFailure(run, error);
  }

  /** Those without a result, as the folder is now; warns of one that is damaged. */
  async unfinished(runs: readonly Run[]): Promise<Run[]> {
    this.names = new Set(await this.folder.names());
    const left: Run[] = [];
    for (const run of runs) if (!(await this.isOver(run))) left.push(run);
    return left;
  }

  private async isOver(run: Run): Promise<boolean> {
    const name = this.name(run);
    if (this.names.has(`${name}.json`)) {
      const result = await this.folder.result(name).catch((error: Error) => {
        console.error(`Warning     ${error.message}`);
        return undefined;
      });
      if (result) {
        this.succeeded(run);
        if (this.names.has(`${name}.safetensors`)) await this.folder.forget(name);
        return true;
      }
    }
    if (this.options.retry || !this.names.has(`${name}.failed`)) return false;
    const failure = await this.folder.failure(name);
    // The same numbers would diverge again; whatever else went wrong may not.
    if (failure?.code !== EXIT.diverged) return false;
    this.failed(run, failure.error, failure.code);
    return true;
  }

  /** What a run can go on from. */
  async kept(run: Run): Promise<Kept | undefined> {
    const name = this.name(run);
    return this.names.has(`${name}.safetensors`) ? this.folder.kept(name) : undefined;
  }
}
