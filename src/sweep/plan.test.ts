/** Sweep files, plans and shards: pure, and before any GPU. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { madeUpFolder } from "../../tools/made-up";
import { parseSweep, readSweep } from "./file";
import { MOST_RUNS, planOf } from "./plan";
import { parseShard, partOf, shardOf } from "./shards";

const folder = mkdtempSync(join(tmpdir(), "stairstep-plan-"));
madeUpFolder(join(folder, "data"), 4);
afterAll(() => rmSync(folder, { recursive: true }));

const plan = (content: unknown) => planOf(parseSweep(join(folder, "s.json"), content));
const lr = { grid: [0.1, 0.3, 0.5] };

it("makes a run of every combination, seeds fastest, and names them by what differs", async () => {
  const { runs, axes } = await plan({
    ...{ neuron: { grid: ["tanh", "onehot:5"] }, lr, batch: 20, seeds: "1..2" },
  });
  expect(axes).toEqual(["neuron", "lr"]);
  expect(runs).toHaveLength(12);
  expect(runs.slice(0, 3).map(({ name }) => name)).toEqual([
    "neuron=tanh, lr=0.1, seed 1",
    "neuron=tanh, lr=0.1, seed 2",
    "neuron=tanh, lr=0.3, seed 1",
  ]);
  expect(new Set(runs.map(({ key }) => key)).size).toBe(12);
  expect(new Set(runs.map(({ configuration }) => configuration.population)).size).toBe(2);
  const { parameters, spec } = runs[11]!.configuration;
  expect([parameters, spec.batch, spec.epochs]).toEqual([785 * 500 + 501 * 10, 20, 20]);
  expect(runs[11]!.member).toMatchObject({ seed: 2, learningRate: 0.5 });
});

it("spaces ranges evenly, or evenly in their logarithms", async () => {
  const values = async (range: object) =>
    (await plan({ lr: { range } })).runs.map(({ member }) => member.learningRate);
  expect(await values({ from: 0.1, to: 0.5, count: 3 })).toEqual([0.1, 0.3, 0.5]);
  expect(await values({ from: 0.01, to: 1, count: 5, scale: "log" })).toEqual([
    0.01, 0.0316228, 0.1, 0.316228, 1,
  ]);
});

it("takes settings of entries over common ones, and names entries", async () => {
  const { runs, axes } = await plan({
    ...{ epochs: 1, seeds: [7] },
    runs: [
      { name: "plain", neuron: "binary" },
      { name: "annealed", neuron: "binary", anneal: { grid: [1.1, 1.2] }, seeds: [1, 2] },
    ],
  });
  expect(axes).toEqual(["run", "anneal"]);
  expect(runs.map(({ name }) => name)).toEqual([
    "plain, seed 7",
    ...["annealed, anneal=1.1, seed 1", "annealed, anneal=1.1, seed 2"],
    ...["annealed, anneal=1.2, seed 1", "annealed, anneal=1.2, seed 2"],
  ]);
});

it("keys a run by all that decides its result, and by nothing else", async () => {
  const keyOf = async (settings: object) => (await plan(settings)).runs.map(({ key }) => key);
  const base = { data: "data", neuron: "tanh", hidden: 20, steps: 100 };
  const [key] = await keyOf(base);
  expect(await keyOf({ ...base, name: "other", hidden: [20], lr: 0.5, seeds: [1] })).toEqual([key]);
  expect(await keyOf({ ...base, lr })).toContain(key);
  madeUpFolder(join(folder, "others"), 5);
  const changes = [
    ...[{ neuron: "binary" }, { hidden: [20, 20] }, { steps: 101 }, { lr: 0.4 }, { batch: 49 }],
    ...[{ seeds: [2] }, { dataSeed: 2 }, { data: "others" }, { validation: "first" }],
    ...[{ slope: 2 }, { standardise: true }],
  ];
  const keys = (await Promise.all(changes.map((change) => keyOf({ ...base, ...change })))).flat();
  expect(new Set([key, ...keys]).size).toBe(changes.length + 1);
});

const REFUSED: [why: RegExp, content: unknown][] = [
  [/a sweep has no learningRate: choose from .*lr/, { learningRate: 0.1 }],
  [/a run has no sed: choose/, { runs: [{ sed: 1 }] }],
  [/the grid of lr must be a list of values, got \[\]: give one or more/, { lr: { grid: [] } }],
  [
    /lr must be a number, got \[0.1,0.2\]: for several, write {"grid": \[0.1,0.2\]}/,
    { lr: [0.1, 0.2] },
  ],
  [/lr has 0.1 twice/, { lr: { grid: [0.1, 0.1] } }],
  [/lr needs one of {"grid": \[…\]} and {"range": {…}}/, { lr: {} }],
  [/the range of lr needs a count from 2/, { lr: { range: { from: 0, to: 1, count: 1 } } }],
  [
    /scale log, and needs ends above 0/,
    { lr: { range: { from: 0, to: 1, count: 2, scale: "log" } } },
  ],
  [/neuron is no number, and has no range/, { neuron: { range: { from: 0, to: 1, count: 2 } } }],
  [/seeds must be a list .* got 3/, { seeds: 3 }],
  [/seeds must go up/, { seeds: "8..1" }],
  [/seeds has 1 twice/, { seeds: [1, 2, 1] }],
  [/run s: learning rate must be a number above 0, got -1/, { lr: -1 }],
  [/run s: there is no neuron onehott/, { neuron: "onehott" }],
  [/run s: steps contradicts epochs: give one of them/, { steps: 10, epochs: 1 }],
  [/run s: slopeCap does nothing without anneal/, { slopeCap: 5 }],
  [
    /run neuron=tanh: tau does nothing with the estimator exact/,
    { tau: 0.5, neuron: { grid: ["tanh", "onehot:5"] } },
  ],
  [/run s: classify has no loss mse: choose from/, { loss: "mse" }],
  [/run s: the data folder .*nowhere cannot be read/, { data: "nowhere" }],
  [/run s: transpose is for folders, not for MNIST/, { transpose: true }],
  [/needs 4[\d.]+ GB in one buffer, and no adapter has more than 4.29 GB/, { hidden: 30_000_000 }],
  [/10000000 steps of 1000 pass the 2\^32 samples/, { epochs: 10_000, batch: 1000 }],
  [/the runs a, seed 1 and b, seed 1 are the same/, { runs: [{ name: "a" }, { name: "b" }] }],
  [/name must be fit for a folder, .* got "..\/x"/, { name: "../x" }],
  [/name must be fit for a folder, .* got ""/, { name: "" }],
  [/two runs are called a/, { runs: [{ name: "a" }, { name: "a", lr: 1 }] }],
  [
    /makes 1,000,000,000 runs, and a sweep has 100,000 at the most/,
    { lr: { range: { from: 1, to: 2, count: 100_000 } }, seeds: "1..10000" },
  ],
];

it.each(REFUSED)("refuses in one line that begins with the file: %s", async (why, content) => {
  const error: Error = await Promise.resolve()
    .then(() => plan(content))
    .then(
      () => expect.unreachable(),
      (thrown) => thrown,
    );
  expect(error.name).toBe("StairstepError");
  expect(error.message).toMatch(why);
  expect(error.message).toMatch(/^\S*s\.json/);
  expect(error.message).not.toContain("\n");
});

it("reads modules, and refuses TypeScript and what is no JSON by name", async () => {
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const sweep = await readSweep(write("m.mjs", "export default { lr: { grid: [1, 2] } };"));
  expect((await planOf(sweep)).runs).toHaveLength(2);
  const marked = await readSweep(write("bom.json", '\uFEFF{"lr":{"grid":[1,2,3]}}'));
  expect((await planOf(marked)).runs).toHaveLength(3);
  await expect(readSweep(write("m.ts", ""))).rejects.toThrow(/m.ts is TypeScript, .* .js, or/);
  await expect(readSweep(write("x.json", "{,}"))).rejects.toThrow(/x.json is not JSON \(/);
  await expect(readSweep(write("n.js", ""))).rejects.toThrow(/n.js has no default export/);
  await expect(readSweep(join(folder, "no.json"))).rejects.toThrow(/cannot be read \(ENOENT\)/);
});

// How fast is measured by `npm run sweeps`.
it("plans 10,000 tiny runs", async () => {
  const { runs } = await plan({
    ...{ data: "data", hidden: 4, steps: 10, seeds: "1..10" },
    lr: { range: { from: 0.1, to: 1, count: 100 } },
    slope: { range: { from: 1, to: 2, count: 10 } },
  });
  expect(runs).toHaveLength(10_000);
  expect(runs.length).toBeLessThan(MOST_RUNS);
});

it("parts a plan into any number of shards that share no run and leave none out", async () => {
  const { runs } = await plan({
    neuron: { grid: ["tanh", "onehot:5", "binary"] },
    lr,
    seeds: "1..4",
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), (count) => {
      const parts = Array.from({ length: count }, (_, i) => partOf(runs, { index: i + 1, count }));
      expect(
        parts
          .flat()
          .map(({ index }) => index)
          .sort((a, b) => a - b),
      ).toEqual(runs.map(({ index }) => index));
    }),
  );
  expect(partOf(runs, { index: 1, count: 36 }).length).toBeLessThan(4);
});

it("takes its shard from the flag, else from the scheduler", () => {
  const slurm = (id: string, min: string, max: string, count: string, step = "1") => ({
    ...{ SLURM_ARRAY_TASK_ID: id, SLURM_ARRAY_TASK_MIN: min, SLURM_ARRAY_TASK_MAX: max },
    ...{ SLURM_ARRAY_TASK_COUNT: count, SLURM_ARRAY_TASK_STEP: step },
  });
  expect(shardOf(undefined, undefined, {})).toEqual({ index: 1, count: 1 });
  expect(shardOf("3/7", undefined, slurm("1", "0", "9", "10"))).toEqual({ index: 3, count: 7 });
  expect(shardOf(undefined, undefined, slurm("0", "0", "9", "10"))).toEqual({
    index: 1,
    count: 10,
  });
  expect(shardOf(undefined, undefined, slurm("5", "1", "9", "5", "2"))).toEqual({
    index: 3,
    count: 5,
  });
  const sge = { SGE_TASK_ID: "4", SGE_TASK_FIRST: "1", SGE_TASK_LAST: "8", SGE_TASK_STEPSIZE: "1" };
  expect(shardOf(undefined, undefined, sge)).toEqual({ index: 4, count: 8 });
  expect(shardOf(undefined, undefined, { SGE_TASK_ID: "undefined" }).count).toBe(1);
  expect(shardOf(undefined, 6, { JOB_COMPLETION_INDEX: "0" })).toEqual({ index: 1, count: 6 });
  expect(shardOf(undefined, 6, { PARALLEL_SEQ: "6" })).toEqual({ index: 6, count: 6 });
  const refused: [RegExp, Parameters<typeof shardOf>][] = [
    [
      /Slurm's array has 2 tasks from 3 to 7, with gaps: .* --shard i\/n/,
      [undefined, undefined, slurm("7", "3", "7", "2")],
    ],
    [
      /Kubernetes tells a task no number of tasks: add --shards N/,
      [undefined, undefined, { JOB_COMPLETION_INDEX: "3" }],
    ],
    [/GNU parallel's task 9 is not one of 6/, [undefined, 6, { PARALLEL_SEQ: "9" }]],
    [/--shards 6 contradicts Slurm's array of 10/, [undefined, 6, slurm("1", "0", "9", "10")]],
    [
      /a task of Slurm and of GNU parallel/,
      [undefined, undefined, { ...slurm("1", "0", "9", "10"), PARALLEL_SEQ: "1" }],
    ],
    [/--shards 6 needs a scheduler's number/, [undefined, 6, {}]],
  ];
  for (const [why, args] of refused) expect(() => shardOf(...args)).toThrow(why);
  for (const text of ["0/3", "4/3", "1", "a/b", "1/0"])
    expect(() => parseShard(text)).toThrow(`got ${text}`);
});

it("gives runs whose results hold other reports or outputs a key of their own", async () => {
  const base = { neuron: "tanh", steps: 2000 };
  const of = async (more: object) => (await plan({ ...base, ...more })).runs[0]!;
  const usual = await of({});
  expect(usual.configuration.spec.reportEvery).toBe(100);
  expect((await of({ reportEvery: 100, outputs: false })).key).toBe(usual.key);
  const keys = [usual, await of({ reportEvery: 250 }), await of({ outputs: true })];
  expect(new Set(keys.map(({ key }) => key)).size).toBe(3);
  expect(new Set(keys.map(({ configuration }) => configuration.population)).size).toBe(3);
  expect((await plan({ ...base, steps: 60_000 })).runs[0]!.configuration.spec.reportEvery).toBe(
    300,
  );
  await expect(plan({ ...base, reportEvery: 0 })).rejects.toThrow(
    /run s: steps between reports must be a whole number from 1 to 100000, got 0/,
  );
});
