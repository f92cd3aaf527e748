/** Files that are whole or not there. */
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { StairstepError } from "../index";

/**
 * Writes beside `file`, flushes, and renames: whatever happens, `file` is what it was before or
 * what it is to be. Throws `StairstepError` with `remedy` where that cannot be done.
 */
export async function writeWhole(
  file: string,
  content: string | Uint8Array,
  remedy: string,
): Promise<void> {
  const partial = `${file}.partial`;
  try {
    const handle = await open(partial, "w");
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
    const folder = await open(dirname(file), "r");
    await folder.sync().catch(() => {}); // some file systems cannot
    await folder.close();
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => {});
    throw new StairstepError(
      `${file} could not be written (${(cause as NodeJS.ErrnoException).code}): ${remedy}`,
    );
  }
}
