/**
 * npm run mutate [-- NAME …]: breaks one thing at a time, in a copy of the project, and runs the
 * tests that should notice. A mutation that stays green is printed as SURVIVED, and the exit status
 * is 1: a test is missing.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { host } from "./breaks/host";
import type { Mutation } from "./breaks/mutation";
import { neurons } from "./breaks/neurons";
import { products } from "./breaks/products";
import { step } from "./breaks/step";

export const MUTATIONS: readonly Mutation[] = [...neurons, ...products, ...step, ...host];

/** The mutations whose text is not in their file any more. */
export const stale = (root: string): string[] =>
  MUTATIONS.filter(
    ({ file, text }) => !readFileSync(join(root, "src", file), "utf8").includes(text),
  ).map(({ name, file }) => `${name} (${file})`);

/** A copy of the project in a temporary folder, with the same packages. */
function copy(): string {
  const folder = mkdtempSync(join(tmpdir(), "stairstep-mutations-"));
  for (const name of ["src", "tools", "package.json", "tsconfig.json", "vite.config.ts"])
    cpSync(name, join(folder, name), {
      recursive: true,
      filter: (path) => !path.endsWith("node_modules"),
    });
  for (const modules of ["node_modules", "tools/hosts/node_modules"])
    if (existsSync(modules)) symlinkSync(join(process.cwd(), modules), join(folder, modules));
  return folder;
}

/** Runs the tests with the mutation; whether they noticed, and a line about it. */
function run(folder: string, mutation: Mutation) {
  const { name, file, text, broken, tests, named, project } = mutation;
  const path = join(folder, "src", file);
  const source = readFileSync(path, "utf8");
  writeFileSync(
    path,
    source.replace(text, () => broken),
  );
  const only = named ? ["--testNamePattern", named] : [];
  const args = ["vitest", "run", "--project", project ?? "browser", tests, ...only];
  const { status, stdout } = spawnSync("npx", args, { cwd: folder, encoding: "utf8" });
  writeFileSync(path, source);
  const failed = /Tests.*?(\d+) failed/.exec(stdout)?.[1];
  const how = failed ? ` (${failed} tests of ${tests})` : " (no test ran to its end)";
  return {
    red: status !== 0,
    line: status === 0 ? `SURVIVED  ${name}` : `red       ${name}${how}`,
  };
}

/** Takes the mutations whose names contain one of `wanted`, or all. Returns the exit status. */
export function main(wanted: readonly string[]): number {
  const lost = stale(process.cwd());
  if (lost.length > 0) throw new Error(`these mutations lack their text: ${lost.join(", ")}`);
  const chosen = MUTATIONS.filter(
    ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
  );
  const folder = copy();
  let survived = 0;
  for (const mutation of chosen) {
    const { red, line } = run(folder, mutation);
    if (!red) survived++;
    console.log(line);
  }
  rmSync(folder, { recursive: true });
  return survived === 0 ? 0 : 1;
}
