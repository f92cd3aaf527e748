/** Files that are whole or not there. */
import { randomBytes } from "node:crypto";
import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readlink,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { StairstepError } from "../index";
import { EXIT, endsWith } from "./exit";

type Cause = NodeJS.ErrnoException;

const absent = (cause: Cause): undefined => {
  if (cause.code === "ENOENT") return undefined;
  throw cause;
};

/** Where a file really is: a link is followed, also one whose target is not there yet. */
async function targetOf(file: string): Promise<string> {
  for (let at = resolve(file), links = 0; links < 40; links++) {
    if (!(await lstat(at).catch(absent))?.isSymbolicLink())
      return join(await realpath(dirname(at)), basename(at));
    at = resolve(dirname(at), await readlink(at));
  }
  throw Object.assign(new Error(), { code: "ELOOP" });
}

interface Target {
  path: string;
  /** Permissions and owner of the file that is there. */
  there: { mode: number; uid: number; gid: number } | undefined;
  /** Beside it, of this process and this write alone. */
  partial: string;
}

/** Throws what Node throws, or a StairstepError for what is there and is no plain file. */
async function find(file: string, remedy: string): Promise<Target> {
  if (file === "-")
    throw new StairstepError(`- would be a file of that name, not standard output: ${remedy}`);
  const there = await stat(file).catch(absent);
  if (there && !there.isFile()) {
    const kind = there.isDirectory() ? "a folder" : "a device or pipe";
    throw new StairstepError(`${file} is ${kind}, not a plain file: ${remedy}`);
  }
  const path = await targetOf(file);
  if (there) await (await open(path, "r+")).close(); // renaming asks the folder alone
  const own = `${process.pid}-${randomBytes(4).toString("hex")}`;
  return { path, there, partial: `${path}.${own}.partial` };
}

const failed = (file: string, cause: Cause, remedy: string): never =>
  endsWith(EXIT.data)(
    cause instanceof StairstepError
      ? cause
      : new StairstepError(`${file} could not be written (${cause.code}): ${remedy}`),
  );

/** Makes a folder, where it is not there. Throws `StairstepError` where it cannot be. */
export const makeFolder = (path: string): Promise<unknown> =>
  mkdir(path, { recursive: true }).catch((cause: Cause) =>
    endsWith(EXIT.data)(
      new StairstepError(
        `the folder ${path} cannot be made (${cause.code}): choose another with --out`,
      ),
    ),
  );

/**
 * Throws `StairstepError` with `remedy` where `file` could not be written now: no such folder, no
 * permission, no plain file. Leaves nothing behind.
 */
export async function checkWritable(file: string, remedy: string): Promise<void> {
  try {
    const { partial } = await find(file, remedy);
    await (await open(partial, "wx")).close();
    await rm(partial);
  } catch (cause) {
    failed(file, cause as Cause, remedy);
  }
}

/**
 * Writes beside `file`, flushes, and renames: whatever happens, `file` is what it was before or
 * what it is to be, with the owner and permissions that it had. A link stays one; its target is
 * written. Throws `StairstepError` with `remedy` where that cannot be done.
 */
export async function writeWhole(
  file: string,
  content: string | Uint8Array,
  remedy: string,
): Promise<void> {
  let partial: string | undefined;
  try {
    const target = await find(file, remedy);
    partial = target.partial;
    const handle = await open(partial, "wx");
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (target.there) {
      const { mode, uid, gid } = target.there;
      // Another's file, which root alone keeps theirs.
      await chown(partial, uid, gid).catch(() => {});
      await chmod(partial, mode & 0o7777);
    }
    await rename(partial, target.path);
    const folder = await open(dirname(target.path), "r");
    await folder.sync().catch(() => {}); // some file systems cannot
    await folder.close();
  } catch (cause) {
    if (partial) await rm(partial, { force: true }).catch(() => {});
    failed(file, cause as Cause, remedy);
  }
}
