/** The built library as its users have it: small, typed, importable by name. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";

it("builds to at most 30 kB gzipped without benchmarks and vectors, and is found by the package's name, types included", () => {
  const built = spawnSync("npm", ["run", "-s", "build:lib"], {
    encoding: "utf8",
    env: { ...process.env, VITEST: "" },
  });
  expect(built.status, built.stdout + built.stderr).toBe(0);
  const main = readFileSync("dist/lib/stairstep.js", "utf8");
  const chunks = [...main.matchAll(/from\s*"\.\/(.+?)"/g)].map(([, name]) =>
    readFileSync(`dist/lib/${name}`, "utf8"),
  );
  expect(chunks.length).toBeGreaterThan(0);
  const bytes = [main, ...chunks].reduce(
    (sum, code) => sum + gzipSync(code, { level: 9 }).length,
    0,
  );
  expect(bytes).toBeLessThanOrEqual(30_000);
  const names =
    'const [{ train }, { benchTraining }] = await Promise.all([import("stairstep"), import("stairstep/bench")]); console.log(typeof train, typeof benchTraining)';
  expect(
    spawnSync(process.execPath, ["--input-type=module", "-e", names], { encoding: "utf8" }).stdout,
  ).toBe("function function\n");
  const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
  for (const { types } of Object.values<{ types: string }>(exports))
    expect(existsSync(types), types).toBe(true);
});
