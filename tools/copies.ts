/** Copies of the checkout that build into a folder of their own. */
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";

const CONFIGURATION = ["package.json", "vite.config.ts", "tsconfig.json", "tsconfig.lib.json"];

/** Copies to `place` what the command, the library and the page are built of. */
export function copyTo(place: string): void {
  mkdirSync(place, { recursive: true });
  for (const name of [...CONFIGURATION, "index.html", "bench.html", "public", "src", "tools/build"])
    cpSync(name, join(place, name), { recursive: true });
  symlinkSync(resolve("node_modules"), join(place, "node_modules"));
}
