/** The article's experiments as a sweep: the same networks, and results that read the same. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parseResults, type Result } from "../experiments/index";
import { RUNS, type Run } from "../experiments/runs";
import { resolve } from "../model/spec";
import { parseSweep } from "./file";
import { merge } from "./merge";
import { planOf } from "./plan";
import { extentOf, resultsOf, sweepOf } from "./reproduction";
import { parseRun, type RunResult } from "./result";

const planFor = (runs: readonly Run[], length = {}) =>
  planOf(parseSweep("reproduce", JSON.parse(JSON.stringify(sweepOf(runs, length, {})))));

it("plans each run as its layers and members say, a run a seed", async () => {
  const { runs } = await planFor(RUNS, { members: 4 });
  expect(runs).toHaveLength(4 * RUNS.length);
  for (const [i, { data, hidden, member, seeds }] of RUNS.entries()) {
    const { configuration } = runs[4 * i]!;
    const [first = 1] = seeds;
    const members = [0, 1, 2, 3].map((k) => ({ ...member, seed: seeds[k] ?? first + k }));
    expect(configuration.spec).toEqual(resolve({ hidden, members, reportEvery: 250 }));
    expect([configuration.data.data, configuration.outputs]).toEqual([data, true]);
  }
});

it("trains less where less is asked for", () => {
  const [run] = RUNS as [Run];
  expect(extentOf(run, {})).toEqual({ epochs: 20, seeds: [1, 2, 3] });
  expect(extentOf(run, { quick: true })).toEqual({ epochs: 1, seeds: [1] });
  expect(extentOf(run, { quick: true, epochs: 2, members: 4 })).toEqual({
    epochs: 2,
    seeds: [1, 2, 3, 4],
  });
});

/** What a seed's file would have, of a result of all seeds. */
function fileOf(result: Result, i: number, name: string): RunResult {
  const text = JSON.stringify({
    format: "stairstep-run-1",
    ...{ key: "", name, settings: {}, member: { seed: result.seeds[i] } },
    data: { name: "", fingerprint: "", validation: "" },
    ...{ parameters: 1, steps: 20_000, version: "1.0.0", adapter: result.adapter },
    ...{ software: true, kernels: "software", host: "", seconds: result.seconds / 4, members: 4 },
    curve: {
      steps: result.steps,
      training: result.training[i],
      loss: result.steps,
      validation: result.validation[i],
    },
    final: { validation: result.final.validation[i], test: result.final.test[i] },
    weightsSha256: "",
    outputs: result.outputs,
  });
  return parseRun(name, text);
}

it("makes the committed results of files of their seeds, in any order", async () => {
  const file = "docs/reproduction/results.json";
  const committed = new Map(
    parseResults(file, readFileSync(file, "utf8")).map((result) => [result.id, result]),
  );
  const runs = RUNS.filter(({ id }) => committed.has(id));
  expect(runs).toHaveLength(62);
  const plan = await planFor(runs);
  const files = plan.runs.map((one) => {
    const { name } = one.configuration;
    const result = committed.get(name) as Result;
    return [one, [fileOf(result, result.seeds.indexOf(one.member.seed), name)]] as const;
  });
  const results = resultsOf(runs, {}, merge(plan, new Map(files.reverse()), {}));
  for (const run of runs) {
    const { seconds, ...rest } = results.get(run.id) as Result;
    const { seconds: theirs, ...their } = committed.get(run.id) as Result;
    expect(rest).toEqual(their);
    expect(seconds).toBeCloseTo((theirs * run.seeds.length) / 4, 6);
  }
});
