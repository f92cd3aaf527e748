/**
 * Test files in Node run two at a time. What they share, one of them makes while the other waits.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

/** Names the run's folder, for this process and those that it starts. */
const FOLDER = "STAIRSTEP_TESTS";
/** Longest wait for another's work, in ms: packages of the system may have to be installed. */
const LONGEST = 600_000;

/** Vitest's global setup: the folder, emptied when files have changed. Returns what removes it. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "stairstep-tests-"));
  process.env[FOLDER] = folder;
  project.onTestsRerun(() => {
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  });
  return () => rmSync(folder, { recursive: true });
}

/**
 * Does `work` while no other test file does work called `name`. Outside of Vitest, at once. Throws
 * after ten minutes of waiting.
 */
export function inTurn<T>(name: string, work: () => T): T {
  const folder = process.env[FOLDER];
  if (!folder) return work();
  const lock = join(folder, `${name}.lock`);
  const until = Date.now() + LONGEST;
  const free = new Int32Array(new SharedArrayBuffer(4));
  while (!taken(lock)) {
    if (Date.now() > until)
      throw new Error(`${lock} has been there for ten minutes: see which test file hangs`);
    Atomics.wait(free, 0, 0, 50);
  }
  try {
    return work();
  } finally {
    rmdirSync(lock);
  }
}

/** Whether the lock could be taken. */
function taken(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  }
}

/**
 * The folder called `name` that the first test file to ask for it has filled by `make`. Throws what
 * `make` throws; the next file to ask tries again.
 */
export function madeOnce(name: string, make: (folder: string) => void): string {
  const all = process.env[FOLDER];
  if (!all) throw new Error(`${name} is made in a run of Vitest alone: npx vitest run`);
  return inTurn(name, () => {
    const folder = join(all, name);
    if (existsSync(folder)) return folder;
    mkdirSync(folder);
    try {
      make(folder);
    } catch (error) {
      rmSync(folder, { recursive: true });
      throw error;
    }
    return folder;
  });
}
