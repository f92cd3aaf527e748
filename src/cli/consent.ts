/**
 * Whether something may be installed on this machine. A checkout's own commands do all set-up; the
 * installed command asks first, and does nothing unasked where nobody can answer.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";

/** For scripts, where nobody can answer. */
export const INSTALL_FLAG = "--install-software-adapter";

/** The package has no sources beside its package.json. */
function inCheckout(): boolean {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && folder !== dirname(folder))
    folder = dirname(folder);
  return existsSync(join(folder, "src/cli/main.ts"));
}

/** @param what as "Debian's package chromium, for its software adapter" */
export async function mayInstall(what: string): Promise<boolean> {
  if (inCheckout() || process.argv.includes(INSTALL_FLAG)) return true;
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Install ${what}? [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
