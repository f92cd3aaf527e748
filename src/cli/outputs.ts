/** What a run leaves behind: its checkpoints, and the model at its end. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type Checkpoint, encodeCheckpoint, type StairstepError } from "../index";
import { EXIT, endsWith } from "./exit";
import { checkWritable, writeWhole } from "./files";

const elsewhere = (flag: string): string => `choose another place with --${flag}`;

/** Throws where a file could not be written now, so that no run is trained in vain. */
export async function checkOutputs(flags: { save?: string; checkpoint?: string }): Promise<void> {
  for (const flag of ["save", "checkpoint"] as const) {
    const file = flags[flag];
    if (file !== undefined) await checkWritable(file, elsewhere(flag));
  }
}

export const save = (file: string, state: Checkpoint, flag: "save" | "checkpoint"): Promise<void> =>
  writeWhole(file, encodeCheckpoint(state), elsewhere(flag));

/**
 * Saves what a run came to. Where that fails after all, the model is kept in the folder for
 * temporary files, and the error says so.
 */
export async function saveAtEnd(file: string, state: Checkpoint): Promise<void> {
  await save(file, state, "save").catch(async (error: StairstepError) => {
    const kept = join(mkdtempSync(join(tmpdir(), "stairstep-")), basename(file));
    await save(kept, state, "save").catch(() => Promise.reject(error));
    error.message += `; the model is in ${kept}`;
    endsWith(EXIT.data)(error);
  });
}
