/**
 * Whether something may be installed on this machine. A checkout's own commands do all set-up; the
 * installed command asks first, and does nothing unasked where nobody can answer.
 */
import { existsSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";

/** For scripts, where nobody can answer. */
export const INSTALL_FLAG = "--install-software-adapter";

/** The tarball has no sources beside the built command. */
const inCheckout = (): boolean =>
  existsSync(fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url)));

/** @param what as "Debian's package chromium, for its software adapter" */
export async function mayInstall(what: string): Promise<boolean> {
  if (inCheckout() || process.argv.includes(INSTALL_FLAG)) return true;
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Install ${what}? [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
