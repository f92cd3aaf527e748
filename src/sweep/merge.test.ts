/** Populations, merged tables and reports, from results that are made up. */
import { expect, it } from "vitest";
import { parseSweep } from "./file";
import { csvOf, jsonOf, merge, sharedText } from "./merge";
import { populationsOf } from "./pack";
import { planOf, type Run } from "./plan";
import { sweepReport } from "./report";
import { curveTo, nameOf, parseRun, type RunResult } from "./result";

const plan = await planOf(
  parseSweep("s.json", {
    ...{ steps: 200, seeds: "1..3", lr: { grid: [0.1, 0.5] } },
    runs: [
      { name: 'a "quoted", name', neuron: "tanh" },
      { name: "<b>", neuron: "binary", slope: { grid: [1, 2] } },
    ],
  }),
);
const [first] = plan.runs as [Run];

const resultOf = (run: Run, changes: Partial<RunResult> = {}): RunResult => ({
  format: "stairstep-run-1",
  ...{ key: run.key, name: run.name, settings: {}, member: { ...run.member } },
  data: { ...run.configuration.shape.identity },
  ...{ parameters: 1000, steps: 200, version: "1.0.0", adapter: "GPU", software: false },
  ...{ kernels: "gpu", host: "here", seconds: 1, members: 3 },
  curve: { steps: [100, 200], training: [0.5, 0.7], loss: [1, 0.5], validation: [0.4, 0.6] },
  final: { validation: 0.6 + run.index / 100, test: 0.5 },
  weightsSha256: "0".repeat(64),
  ...changes,
});
const found = (of = resultOf) => new Map(plan.runs.map((run) => [run, [of(run)]]));

it("packs runs of one network that have come equally far, by what fits", () => {
  const sizes = (most: number, bytes: number, stepOf = (_: Run) => 0) =>
    populationsOf(plan.runs, { most, bytes }, stepOf).map((population) => population.length);
  expect(plan.runs).toHaveLength(18);
  expect(sizes(100, Number.POSITIVE_INFINITY)).toEqual([6, 12]);
  expect(sizes(5, Number.POSITIVE_INFINITY)).toEqual([5, 1, 5, 5, 2]);
  expect(sizes(100, 4 * first.configuration.largest)).toEqual([4, 2, 4, 4, 4]);
  expect(sizes(100, 1)).toEqual(Array(18).fill(1));
  expect(sizes(100, Number.POSITIVE_INFINITY, ({ index }) => (index < 2 ? 100 : 0))).toEqual([
    2, 4, 12,
  ]);
});

it("writes a line a run in the order of the plan, without what a machine adds", () => {
  const merged = merge(plan, found(), {});
  const csv = csvOf(merged);
  expect(csv.trim().split("\r\n")).toHaveLength(19);
  expect(csv).toContain(
    '\r\n"a ""quoted"", name, lr=0.1, seed 1","a ""quoted"", name, lr=0.1",MNIST',
  );
  const slower = (run: Run) => resultOf(run, { seconds: 9, members: 1, host: "there" });
  const other = merge(plan, new Map([...found(slower)].reverse()), {});
  expect(csvOf(other)).toBe(csv);
  expect(jsonOf(other)).toBe(jsonOf(merged));
});

it("takes one kind of result, or the commonest of several where told", () => {
  const software = resultOf(first, { software: true, kernels: "software", adapter: "CPU" });
  const results = found().set(first, [software]);
  expect(() => merge(plan, results, {})).toThrow(
    "17 by Stairstep 1.0.0 on GPUs; 1 by Stairstep 1.0.0 on software adapters",
  );
  expect(merge(plan, results, { kind: "gpu" }).missing).toEqual([first]);
  expect(merge(plan, results, { mix: true }).rows[0]?.result).toBe(software);
  const both = found().set(first, [software, resultOf(first)]);
  expect(merge(plan, both, { mix: true }).rows[0]?.result.adapter).toBe("GPU");
  const older = found((run) => resultOf(run, { version: run === first ? "0.9.0" : "1.0.0" }));
  expect(() => merge(plan, older, {})).toThrow(/17 by Stairstep 1.0.0 .*1 by Stairstep 0.9.0/);
  expect(merge(plan, older, { madeBy: "0.9.0" }).rows).toHaveLength(1);
});

it("reports what is there and names what is not, in one file without scripts", () => {
  const results = found();
  results.delete(first);
  const html = sweepReport(merge(plan, results, {}));
  expect(html).toContain("Without a result: 1.");
  expect(html).toMatch(/<li>a &quot;quoted&quot;, name, lr=0.1, seed 1<\/li>/);
  expect(html.replace(/"[^"]*"/g, "")).not.toMatch(/<b>|<script|NaN|undefined|Infinity/);
  expect(html).toMatch(/&lt;b&gt;, lr=0.5, slope=2<\/th><td>1<\/td><td>3<\/td><td>76.00 ± 0.58/);
  expect(html).toContain(
    "<dt>All runs</dt><dd>hidden 100, loss softmax, optimizer sgd, batch 50, steps 200</dd>",
  );
});

it("says what all runs have in common, unless it is as usual", async () => {
  const one = await planOf(
    parseSweep("s.json", { neuron: "tanh", steps: 200, lr: 0.1, dataSeed: 3, slope: 2 }),
  );
  const merged = merge(one, new Map(one.runs.map((run) => [run, [resultOf(run)]])), {});
  expect(sharedText(merged)).toBe(
    "neuron tanh, hidden 100, estimator exact, learning rate 0.1, slope 2, loss softmax, " +
      "optimizer sgd, batch 50, steps 200, data seed 3",
  );
});

it("draws curves down to where they begin", () => {
  const low = (...training: [number, number]) => {
    const curve = { steps: [100, 200], training, loss: [1, 0.5], validation: [0.7, 0.8] };
    const html = sweepReport(
      merge(
        plan,
        found((run) => resultOf(run, { curve })),
        {},
      ),
    );
    // The least tick of the axis.
    return Number(/<svg[^>]*Training accuracy over epochs.*?>(\d+)%<\/text>/s.exec(html)?.[1]);
  };
  expect(low(0.04, 0.9)).toBe(0);
  expect(low(0.43, 0.9)).toBe(40);
  expect(low(0.97, 0.99)).toBe(70);
});

it("names files by all that decides a result, and refuses what is cut short", () => {
  const made = { version: "1.0.0", software: false, kernels: "gpu" } as const;
  const names = [
    made,
    { ...made, version: "1.0.1" },
    { ...made, software: true },
    { ...made, kernels: "software" as const },
  ].map((one) => nameOf(first, one));
  expect(new Set(names).size).toBe(4);
  expect(names[0]).toMatch(/^[0-9a-f]{16}-[0-9a-f]{8}$/);
  const text = JSON.stringify(resultOf(first));
  expect(parseRun("f", text)).toEqual(resultOf(first));
  for (const cut of [0, 10, text.length - 1])
    expect(() => parseRun("f.json", text.slice(0, cut))).toThrow(/^f.json is damaged or no result/);
  expect(curveTo(resultOf(first).curve, 150).training).toEqual([0.5]);
});
