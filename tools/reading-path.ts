/**
 * npm run reading-path [-- --at FOLDER]: the files that one reads to follow a training step of the
 * default network from `train()` to the last line of WGSL, with lines and words. They are those
 * that model/training.ts imports, types too, and so on, without the rooms and files below, which a
 * step passes by. Behind them, the sum of those that the tour of docs/one-step.md reads. Beside it,
 * for src/shaders, how many `${…}` the texts hold; and the longest line of the repository's own
 * code. --at counts another version's folder.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";

/** Files of any version that a step passes by, and why. */
const PASSED_BY: Record<string, RegExp> = {
  "data is loaded before": /^data\//,
  "reports and evaluation":
    /^model\/(evaluator|report|probabilities|activation)\.ts|shaders\/report/,
  "checkpoints, and a lost device": /^model\/(checkpoint|recovery|pace)\.ts/,
  "adapters, errors and waiting": /^runtime\/(adapter|errors|patience|rounds)\.ts|^format\.ts/,
  "other neurons and estimators":
    /^shaders\/neurons\/(binary|concrete|gumbel|hard|ordered|reinmax|sigmoid|staircase|t)/,
  "initial weights, randomness and batch order": /^shaders\/(initialise|philox|order)\.ts/,
  "further hidden layers": /^shaders\/(network\/hidden|between)\.ts/,
};

const IMPORT = /^(?:import|export)[^;]*? from "(\.[^"]+)";/gms;

interface File {
  name: string;
  lines: number;
  words: number;
  holes: number;
  longest: number;
}

const passedBy = (name: string): boolean => Object.values(PASSED_BY).some((p) => p.test(name));

function measure(src: string, name: string): File {
  const text = readFileSync(join(src, name), "utf8");
  const lines = text.trimEnd().split("\n");
  return {
    name,
    lines: lines.length,
    words: text.split(/\s+/).filter((word) => /\w/.test(word)).length,
    holes: text.split("${").length - 1,
    longest: Math.max(...lines.map((line) => line.length)),
  };
}

/** The files under `src` that `start` leads to. */
function follow(src: string, start: string): File[] {
  const found = new Map<string, File>();
  const visit = (name: string): void => {
    if (found.has(name) || passedBy(name)) return;
    found.set(name, measure(src, name));
    const text = readFileSync(join(src, name), "utf8");
    for (const [, path] of text.matchAll(IMPORT)) {
      const target = relative(src, join(src, dirname(name), path as string));
      const file = [`${target}.ts`, join(target, "index.ts")].find((f) => existsSync(join(src, f)));
      if (file) visit(file);
    }
  };
  visit(start);
  return [...found.values()];
}

/** The files that the tour's table of minutes names. */
function tour(root: string): string[] {
  const file = join(root, "docs/one-step.md");
  if (!existsSync(file)) return [];
  const rows = readFileSync(file, "utf8").match(/^\| \d+ \|.*$/gm) ?? [];
  return rows.flatMap((row) => [...row.matchAll(/`([\w/-]+\.ts)`/g)].map(([, name]) => name ?? ""));
}

const row = (name: string, ...cells: (number | string)[]): string =>
  name.padEnd(40) + cells.map((cell) => String(cell).padStart(8)).join("");

/** The longest line of the repository's own code. */
function longestLine(root: string): string {
  const { stdout } = spawnSync("git", ["ls-files", "*.ts", "*.mjs", "*.html", "*.css"], {
    cwd: root,
    encoding: "utf8",
  });
  const own = stdout
    .trim()
    .split("\n")
    .filter((file) => !file.startsWith("docs/"));
  const lines = own.flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .map((line, i) => ({ place: `${file}:${i + 1}`, length: line.length })),
  );
  const { place, length } = lines.reduce((a, b) => (b.length > a.length ? b : a));
  const over = lines.filter((line) => line.length > 100).length;
  return `longest line ${length} columns, ${place}; ${over} lines over 100`;
}

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { at: { type: "string", default: "." } } });
  const files = follow(join(values.at, "src"), "model/training.ts");
  console.log(row("file", "lines", "words", "${", "columns"));
  for (const { name, lines, words, holes, longest } of files.sort((a, b) => b.lines - a.lines))
    console.log(row(name, lines, words, holes, longest));
  const sum = (key: "lines" | "words" | "holes") => files.reduce((n, file) => n + file[key], 0);
  console.log(row(`${files.length} files`, sum("lines"), sum("words"), sum("holes")));
  const named = tour(values.at);
  const read = named.map((name) => measure(join(values.at, "src"), name));
  const total = (key: "lines" | "words" | "holes") => read.reduce((n, file) => n + file[key], 0);
  if (read.length > 0)
    console.log(
      row(`the tour: ${read.length} files`, total("lines"), total("words"), total("holes")),
    );
  console.log(longestLine(values.at));
  return 0;
}
