/** For tests: the package as a stranger installs it, in a folder without the repository. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { packed } from "./built";

const folder = mkdtempSync(join(tmpdir(), "stairstep-package-"));
/** Where the package is installed, once `install` has. */
export const place = join(folder, "app");

export function run(program: string, args: readonly string[], cwd = place, given = process.env) {
  const { NODE_ENV: _, VITEST: __, ...env } = given;
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: "utf8" });
  return { status, stdout, stderr };
}

/** A command of the repository's own packages. */
export const tool = (name: string): string => resolve("node_modules/.bin", name);

/** Puts one of the repository's own packages beside the installed one. */
export function withPackage(name: string): void {
  const target = join(place, "node_modules", name);
  mkdirSync(join(target, ".."), { recursive: true });
  symlinkSync(resolve("node_modules", name), target);
}

export const without = (name: string): void => rmSync(join(place, "node_modules", name));

/** Installs the package from its tarball, offline; the tarball's path. Throws where it fails. */
export function install(): string {
  const tarball = packed();
  mkdirSync(place);
  writeFileSync(join(place, "package.json"), '{ "type": "module" }');
  const { status, stderr } = run("npm", [
    ...["install", "--offline", "--no-audit", "--no-fund"],
    tarball,
  ]);
  if (status !== 0) throw new Error(`npm install ${tarball} failed: ${stderr}`);
  return tarball;
}

export const remove = (): void => rmSync(folder, { recursive: true });
