/** Experiments with codes as a sweep, and their numbers beside the reference. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CODE_EXPERIMENTS, type CodeRun } from "../experiments/codes";
import { neurons } from "../index";
import { codeExperiments, codeRows, codesSweep } from "./codes";
import { parseSweep } from "./file";
import { merge } from "./merge";
import { planOf } from "./plan";
import { parseRun, type RunResult } from "./result";

const RUNS = CODE_EXPERIMENTS.flatMap(({ runs }) => runs);
const planFor = (runs: readonly CodeRun[], length = {}) =>
  planOf(parseSweep("reproduce", JSON.parse(JSON.stringify(codesSweep(runs, length)))));

it("plans each run with every seed, in a population of its estimator", async () => {
  const { runs } = await planFor(RUNS);
  expect(new Set(RUNS.map(({ id }) => id)).size).toBe(RUNS.length);
  expect(runs).toHaveLength(RUNS.reduce((sum, { seeds }) => sum + seeds.length, 0));
  for (const { configuration } of runs) {
    const { spec } = configuration;
    expect([spec.epochs, spec.stepsPerEpoch, spec.batch, spec.reportEvery]).toEqual([
      ...[20, 1000, 50, 1000],
    ]);
  }
  const [{ configuration: code } = { configuration: undefined }] = runs;
  expect(code?.spec.hidden.map(({ neuron, units, size }) => [neuron, units, size])).toEqual([
    ...[
      ["tanh", 200, 1],
      ["onehot", 20, 10],
      ["tanh", 200, 1],
    ],
  ]);
  expect(code?.parameters).toBe(394_984);
  const completion = runs.find(({ configuration }) => configuration.spec.task === "complete");
  // 392 – 200 – 200 – 392
  expect(completion?.configuration.parameters).toBe(393 * 200 + 201 * 200 + 201 * 392);
  expect(codeExperiments(["elbo", "ternary"]).map(({ id }) => id)).toEqual(["elbo"]);
});

it("trains less where less is asked for", async () => {
  const { runs } = await planFor(RUNS, { quick: true });
  expect(runs).toHaveLength(RUNS.length);
  expect(new Set(runs.map(({ configuration }) => configuration.spec.epochs))).toEqual(new Set([1]));
  expect((await planFor(RUNS.slice(6, 7), { members: 4 })).runs).toHaveLength(4);
});

it("has a grid of every estimator of one-hot neurons, of three rates or more each", async () => {
  const file = "docs/reproduction/codes-grid.json";
  const { runs } = await planOf(parseSweep(file, JSON.parse(readFileSync(file, "utf8"))));
  expect(runs).toHaveLength(1176);
  const code = ({ configuration: { spec } }: (typeof runs)[number]) => spec.hidden[1];
  const { estimators = [] } = neurons.find(({ name }) => name === "onehot") ?? {};
  for (const { name } of estimators)
    expect(runs.filter((run) => code(run)?.estimator === name)).toHaveLength(168);
});

it("puts means beside the reference, and says which are far from it", async () => {
  const runs = ["code-gumbel-adam-0.001", "elbo-gumbel-adam-0.001"].map(
    (id) => RUNS.find((run) => run.id === id) as CodeRun,
  );
  const plan = await planFor(runs);
  const results = new Map<(typeof plan.runs)[number], RunResult[]>();
  for (const run of plan.runs) {
    const { seed } = run.member;
    const text = JSON.stringify({
      format: "stairstep-run-1",
      ...{ key: run.key, name: run.name, settings: {}, member: run.member },
      data: { name: "", fingerprint: "", validation: "" },
      ...{ parameters: 1, steps: 20_000, version: "1.0.0", adapter: "" },
      ...{ software: true, kernels: "software", host: "", seconds: 1, members: 3 },
      curve: { steps: [], training: [], loss: [], validation: [] },
      final: { validation: 90, test: 88 + seed },
      losses: {
        ...{ rounded: 89, kl: 17 + seed, roundedKl: 1, unusedSymbols: seed },
        probeAccuracy: 0.8 + seed / 100,
      },
      weightsSha256: "",
    });
    results.set(run, [parseRun(run.name, text)]);
  }
  const [code, elbo] = codeRows(runs, merge(plan, results, {}));
  expect([code?.seeds, Object.keys(code?.cells ?? {})]).toEqual([
    3,
    ["sampled", "rounded", "unused", "probe"],
  ]);
  expect(code?.cells.sampled).toEqual({ mean: 90, deviation: 1, reference: 89.08, agrees: true });
  expect(code?.cells.rounded).toMatchObject({ mean: 89, reference: 85.39, agrees: false });
  expect(code?.cells.unused).toMatchObject({ mean: 2, reference: 0, agrees: true });
  expect(code?.cells.probe?.mean).toBeCloseTo(0.82, 10);
  expect(elbo?.cells.kl).toMatchObject({ mean: 19, reference: 17.75, agrees: false });
  expect(elbo?.cells.elbo).toMatchObject({ mean: 109, deviation: 2, agrees: false });
  expect(elbo?.cells.elbo?.reference).toBeCloseTo(119.69, 10);
});
