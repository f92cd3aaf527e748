/**
 * Part of npm run check: no line of the repository's own code is over 100 columns. Biome's
 * formatter leaves strings, comments and HTML as they are. JSON and Markdown are not asked: their
 * strings and tables cannot be broken.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const MOST = 100;
const CODE = /\.(ts|mts|js|mjs|css|html|py|wgsl)$/;
const FOLDERS = ["src", "e2e", "tools", "bench", "examples"];
/** Packages of other people, and what tools make. */
const FOREIGN = /^(node_modules|dist|__pycache__|test-results)$/;

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isFile() && CODE.test(entry.name)) yield path;
    else if (entry.isDirectory() && !FOREIGN.test(entry.name)) yield* files(path);
  }
}

const root = readdirSync(".").filter((name) => CODE.test(name));
const wide = [...root, ...FOLDERS.flatMap((folder) => [...files(folder)])].flatMap((path) =>
  readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line, i) => (line.length > MOST ? [`${path}:${i + 1}: ${line.length} columns`] : [])),
);
if (wide.length > 0) {
  console.error(`${wide.join("\n")}\nLines end at column ${MOST}: break strings and comments`);
  process.exitCode = 1;
}
