/** Checkouts as other systems and other people make them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, it } from "vitest";
import { copyTo } from "./copies";

const folder = mkdtempSync(join(tmpdir(), "stairstep-checkout-"));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (cwd: string, program: string, ...args: string[]) => {
  const { VITEST: _, NODE_ENV: __, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: "utf8" });
  expect(status, stdout + stderr).toBe(0);
  return stdout;
};

it("has LF at its lines' ends, also where Git writes CR LF by itself", () => {
  const windows = ["-c", "core.autocrlf=true", "-c", "core.eol=crlf"];
  const place = join(folder, "windows");
  run(".", "git", ...windows, "clone", "--quiet", "--depth", "1", `file://${resolve(".")}`, place);
  const files = run(place, "git", "ls-files", "--eol").trim().split("\n");
  expect(files.length).toBeGreaterThan(200);
  expect(files.filter((line) => /w\/(crlf|mixed)/.test(line))).toEqual([]);
  expect(readFileSync(join(place, "package.json"), "utf8")).not.toContain("\r");
});

// What stands together fails where one of it does; % that begins no code is read in other ways.
it.each(["größe with blanks", "a#b, 50%20 off", "100%"])(
  "builds and runs in a folder whose path has %s",
  (name) => {
    const place = join(folder, name, "stairstep");
    copyTo(place);
    run(place, "npm", "run", "-s", "build:cli");
    run(place, "npx", "vite", "build", "--mode", "lib", "--logLevel", "warn");
    const page = run(place, "npx", "vite", "build");
    expect(page).toContain("dist/page/index.html");
    expect(run(place, "node", "dist/cli/stairstep.js", "--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
  },
);
