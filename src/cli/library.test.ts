/** The built library as a page has it: small, importable by name. package.test.ts has the rest. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build as bundle } from "vite";
import { beforeAll, expect, it } from "vitest";
import { build } from "./built";

beforeAll(build);

/** Bytes, gzipped, of what a bundler makes of a page that uses these names of the library. */
async function bundled(names: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "stairstep-bundle-"));
  const entry = join(folder, "page.js");
  const library = join(process.cwd(), "dist/lib/stairstep.js");
  writeFileSync(entry, `export { ${names} } from ${JSON.stringify(library)};\n`);
  const built = await bundle({
    configFile: false,
    logLevel: "silent",
    root: folder,
    build: {
      write: false,
      lib: { entry, formats: ["es"], fileName: "page" },
      rollupOptions: { output: { minify: true } },
    },
  });
  rmSync(folder, { recursive: true });
  const chunks = [built].flat().flatMap((one) => ("output" in one ? one.output : []));
  // What the page imports at once; files are read from disk in Node alone, for one.
  const parts: string[] = [];
  const waiting = ["page.mjs"];
  for (const name of waiting) {
    const chunk = chunks.find(({ fileName }) => fileName === name);
    if (chunk?.type !== "chunk") continue;
    parts.push(chunk.code);
    waiting.push(...chunk.imports.filter((one) => !waiting.includes(one)));
  }
  expect(parts.join()).toContain("@compute");
  const bytes = parts.reduce((sum, code) => sum + gzipSync(code, { level: 9 }).length, 0);
  console.log(`what ${names} come to in a page: ${bytes} bytes gzipped`);
  return bytes;
}

it("comes to at most 30 kB in a page that trains, and is found by name", async () => {
  expect(await bundled("train, loadMnist, oneHot, requestDevice")).toBeLessThanOrEqual(30_000);
  expect(await bundled("loadModel, requestDevice")).toBeLessThanOrEqual(26_800);
  // A page may load it from anywhere: what it imports by a name is asked for in Node alone.
  for (const name of readdirSync("dist/lib").filter((name) => name.endsWith(".js"))) {
    const code = readFileSync(join("dist/lib", name), "utf8");
    for (const [, from = ""] of code.matchAll(/(?:\bfrom|\bimport) ?\(?["'`]([^"'`]+)/g))
      expect(from).toMatch(/^\.\/[\w.-]+\.js$/);
    // Where the name is not known before, Vite and webpack would warn whoever bundles it.
    for (const [, hints] of code.matchAll(/\bimport\(\s*((?:\/\*.*?\*\/\s*)*)[^"'`\s/]/g))
      expect(hints).toMatch(/@vite-ignore.*webpackIgnore: true/s);
  }
  const names =
    'import { train } from "stairstep"; import { benchTraining } from "stairstep/bench"; ' +
    "console.log(typeof train, typeof benchTraining);";
  expect(
    spawnSync(process.execPath, ["--input-type=module", "-e", names], { encoding: "utf8" }).stdout,
  ).toBe("function function\n");
});
