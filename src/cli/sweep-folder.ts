/** The folder of a sweep: a file a finished run, and what unfinished ones go on from. */
import { randomBytes } from "node:crypto";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, StairstepError } from "../index";
import type { Run } from "../sweep/plan";
import {
  type Failure,
  type History,
  type Made,
  nameOf,
  parseFailure,
  parseHistory,
  parseRun,
  type RunResult,
} from "../sweep/result";
import { checkWritable, makeFolder, writeWhole } from "./files";

const REMEDY = "free the space, or choose another folder with --out";

/** What a process that trains tells others. */
export interface Beat {
  host: string;
  pid: number;
  shard: string;
  /** Keys of the runs under way. */
  runs: readonly string[];
  step: number;
  steps: number;
}

/** Why a process ended before its runs were done: no GPU, no data, no place to write. */
export interface Ending {
  host: string;
  shard: string;
  error: string;
  /** As the process ended with. */
  code: number;
  /** Keys of all its runs. */
  runs: readonly string[];
}

/** A beat comes this often, and one that is older than three is of a process that is gone. */
export const BEAT_MS = 10_000;

/** Where a run stands that was stopped. */
export interface Kept {
  checkpoint: Checkpoint;
  history: History;
}

const nothing = (): undefined => undefined;

/** Nothing for a text that is cut short. */
function parseJson<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

export class Folder {
  private readonly runs: string;
  private readonly running: string;
  private readonly own = `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}.json`;

  constructor(readonly path: string) {
    this.runs = join(path, "runs");
    this.running = join(path, "running");
  }

  /** Throws where nothing could be written, so that no run is trained in vain. */
  async prepare(): Promise<void> {
    for (const folder of [this.runs, this.running]) await makeFolder(folder);
    await checkWritable(join(this.runs, "result.json"), REMEDY);
  }

  /** Names of all files of runs; none where there is no folder yet. */
  names(): Promise<string[]> {
    return readdir(this.runs).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return [];
      throw new StairstepError(`${this.runs} cannot be read (${cause.code}): give it with --out`);
    });
  }

  private file(name: string): string {
    return join(this.runs, name);
  }

  /** Nothing where there is none. Throws for one that is damaged. */
  async result(name: string): Promise<RunResult | undefined> {
    const file = this.file(`${name}.json`);
    const text = await readFile(file, "utf8").catch(nothing);
    return text === undefined ? undefined : parseRun(file, text);
  }

  async failure(name: string): Promise<Failure | undefined> {
    const text = await readFile(this.file(`${name}.failed`), "utf8").catch(nothing);
    return text === undefined ? undefined : parseFailure(text);
  }

  /** The state that a run goes on from; nothing where there is none, or a damaged one. */
  async kept(name: string): Promise<Kept | undefined> {
    const file = this.file(`${name}.safetensors`);
    const bytes = await readFile(file).catch(nothing);
    const text = await readFile(this.file(`${name}.curve`), "utf8").catch(nothing);
    if (!bytes || text === undefined) return undefined;
    try {
      const history = parseHistory(text);
      return (
        history && { checkpoint: await decodeCheckpoint(file, new Uint8Array(bytes)), history }
      );
    } catch (error) {
      if (!(error instanceof StairstepError)) throw error;
      console.error(`Warning     ${error.message}: that run begins again`);
      return undefined;
    }
  }

  /** The curve first: it may go further than the checkpoint, and is cut, but never less far. */
  async keep(name: string, { checkpoint, history }: Kept): Promise<void> {
    await writeWhole(this.file(`${name}.curve`), JSON.stringify(history), REMEDY);
    await writeWhole(this.file(`${name}.safetensors`), encodeCheckpoint(checkpoint), REMEDY);
  }

  /** The result first: a process that dies in between leaves too much, and never too little. */
  async finish(run: Run, made: Made, result: RunResult): Promise<void> {
    const name = nameOf(run, made);
    await writeWhole(this.file(`${name}.json`), `${JSON.stringify(result)}\n`, REMEDY);
    await this.forget(name);
  }

  async fail(run: Run, made: Made, failure: Failure): Promise<void> {
    const file = this.file(`${nameOf(run, made)}.failed`);
    await writeWhole(file, `${JSON.stringify(failure)}\n`, REMEDY);
  }

  /** Deletes what a finished run leaves behind. */
  async forget(name: string): Promise<void> {
    for (const ending of ["safetensors", "curve", "failed"])
      await rm(this.file(`${name}.${ending}`), { force: true });
  }

  /** A beat is for people, so one that cannot be written is none to stop for. */
  async beat(beat: Omit<Beat, "host" | "pid">): Promise<void> {
    const text = JSON.stringify({ host: hostname(), pid: process.pid, ...beat });
    await writeWhole(join(this.running, this.own), text, REMEDY).catch(nothing);
  }

  async stopBeating(): Promise<void> {
    await rm(join(this.running, this.own), { force: true }).catch(nothing);
  }

  /** Told as well as it can be: where it cannot, the runs are merely missing. */
  async end(ending: Omit<Ending, "host">): Promise<void> {
    const file = join(this.running, this.own.replace(/json$/, "ended"));
    const text = JSON.stringify({ host: hostname(), ...ending });
    await writeWhole(file, text, REMEDY).catch(nothing);
  }

  /** How processes ended whose runs no other has begun since, each with the name of its file. */
  async endings(): Promise<Map<string, Ending>> {
    const names = await readdir(this.running).catch(() => []);
    const found = new Map<string, Ending>();
    for (const name of names.filter((one) => one.endsWith(".ended"))) {
      const text = await readFile(join(this.running, name), "utf8").catch(() => "");
      const ending = parseJson<Ending>(text);
      if (ending) found.set(name, ending);
    }
    return found;
  }

  /** Forgets how processes ended whose runs are all among these. */
  async beginAgain(runs: readonly Run[]): Promise<void> {
    const keys = new Set(runs.map(({ key }) => key));
    for (const [name, ending] of await this.endings())
      if (ending.runs.every((key) => keys.has(key)))
        await rm(join(this.running, name), { force: true }).catch(nothing);
  }

  /** Of the processes that train now, as far as their beats tell. */
  async beats(): Promise<Beat[]> {
    const names = await readdir(this.running).catch(() => []);
    const found = await Promise.all(
      names
        .filter((name) => name.endsWith(".json"))
        .map(async (name) => {
          const file = join(this.running, name);
          const at = (await stat(file).catch(nothing))?.mtimeMs ?? 0;
          if (Date.now() - at > 3 * BEAT_MS) return [];
          const text = await readFile(file, "utf8").catch(() => "");
          return parseJson<Beat>(text) ?? [];
        }),
    );
    return found.flat();
  }
}
