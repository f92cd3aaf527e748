/** Tasks by the command line: what scripts read, and what is refused. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { madeUpFolder } from "../../tools/made-up";
import { build, stairstep } from "./built";

const folder = mkdtempSync(join(tmpdir(), "stairstep-tasks-"));
const file = (name: string) => join(folder, name);
const DATA = `--data ${file("data")} --batch 20 --steps 200`;
const CODE = "--hidden 20,4,20 --neuron tanh,onehot:3,tanh";

const linesOf = (args: string) => {
  const { status, stdout, stderr } = stairstep(args);
  expect([status, stderr]).toEqual([0, ""]);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
};
const losses = { loss: expect.any(Number), kl: expect.any(Number) };

beforeAll(() => {
  build();
  madeUpFolder(file("data"), 4);
});
afterAll(() => rmSync(folder, { recursive: true }));

it("reconstruct: losses and KL by step, and sampled and rounded at the end", () => {
  const [first, report, ...rest] = linesOf(
    `train --task reconstruct ${CODE} --estimator gumbel --optimizer adam --lr 0.001 --kl 0.1 ` +
      `--members 2 --json --save ${file("code")} ${DATA}`,
  );
  expect(first.run).toMatchObject({ task: "reconstruct", loss: "bernoulli", optimizer: "adam" });
  expect(first.run.hidden.map(({ estimator }: { estimator: string }) => estimator)).toEqual([
    "exact",
    "gumbel",
    "exact",
  ]);
  expect(report.members).toEqual([
    { training: losses, validation: losses },
    { training: losses, validation: losses },
  ]);
  const last = rest.at(-1);
  for (const member of last.members)
    expect(member).toMatchObject({
      validation: losses,
      test: { sampled: losses, rounded: losses, unusedSymbols: expect.any(Number) },
    });
  const [again] = linesOf(`evaluate ${file("code")} --json --data ${file("data")}`);
  expect(again.members).toEqual(last.members);
});

it("complete: the likelihood of 100 draws", () => {
  const lines = linesOf(`train --task complete --neuron onehot:3 --hidden 6 --json ${DATA}`);
  expect(lines[1].members[0].validation).toEqual({ loss: expect.any(Number) });
  expect(lines.at(-1).members[0].test).toEqual({ nll: expect.any(Number), draws: 100 });
});

it("sweep: losses of every run, best first where they are least", () => {
  const settings = {
    data: "data",
    task: "reconstruct",
    hidden: [20, 4, 20],
    batch: 20,
    steps: 200,
  };
  writeFileSync(
    file("codes.json"),
    JSON.stringify({
      ...{ ...settings, neuron: "tanh,onehot:3,tanh", estimator: "gumbel", optimizer: "adam" },
      ...{ lr: { grid: [0.001, 0.01] }, kl: 0.1, seeds: [1, 2] },
    }),
  );
  const swept = stairstep(`sweep ${file("codes.json")} --allow-software`);
  expect([swept.status, swept.stderr]).toEqual([0, ""]);
  expect(swept.stdout).toMatch(
    /Done {8}lr=0.001, seed 1: validation [\d.]+ nats, test [\d.]+ nats/,
  );
  expect(stairstep(`merge ${file("codes.json")}`).status).toBe(0);
  const read = (name: string) => readFileSync(join(file("codes-results"), name), "utf8");
  const { runs } = JSON.parse(read("results.json"));
  const [own] = linesOf(
    `train --task reconstruct ${CODE} --estimator gumbel --optimizer adam --lr 0.001 --kl 0.1 ` +
      `--json ${DATA}`,
  ).slice(-1);
  const { test, validation, weightsSha256 } = own.members[0];
  expect(runs[0]).toMatchObject({
    ...{ task: "reconstruct", kl: 0.1, estimator: "gumbel", weights_sha256: weightsSha256 },
    ...{ validation_loss: validation.loss, test_loss: test.sampled.loss },
    ...{ test_kl: test.sampled.kl, test_loss_rounded: test.rounded.loss },
    unused_symbols: test.unusedSymbols,
  });
  expect(runs[0]).not.toHaveProperty("test_accuracy");
  const least = runs.toSorted(
    (a: { validation_loss: number }, b: { validation_loss: number }) =>
      a.validation_loss - b.validation_loss,
  )[0].configuration;
  const report = read("report.html");
  expect(report).toContain("validation, nats");
  expect(report.slice(report.indexOf("<tbody>"))).toMatch(
    new RegExp(`^<tbody><tr><th scope="row">.*${least}</th><td>1</td>`),
  );
});

it("sweep: one task a file, and no outputs of what does not classify", () => {
  const of = (runs: object[], common = {}) => {
    writeFileSync(file("bad.json"), JSON.stringify({ data: "data", steps: 100, ...common, runs }));
    return stairstep(`sweep ${file("bad.json")} --plan`);
  };
  const both = of([
    { name: "a", task: "reconstruct" },
    { name: "b", task: "classify" },
  ]);
  expect([both.status, both.stderr]).toEqual([
    2,
    expect.stringMatching(
      /has runs of the tasks reconstruct and classify, .*: make a file of each\n$/,
    ),
  ]);
  expect(of([{ name: "a" }], { task: "complete", outputs: true }).stderr).toMatch(
    /run a: outputs are of networks that classify, and the task is complete: leave it out\n$/,
  );
  expect(of([{ name: "a" }], { task: "reconstruct", neuron: "tanh", kl: 1 }).stderr).toMatch(
    /run a: kl weighs the choices of one-hot layers/,
  );
});

describe("is refused in one line", () => {
  it.each([
    ["--kl 1", /--kl does nothing without --task reconstruct/],
    ["--task reconstruct --loss softmax", /reconstruct has no loss softmax: choose from bernoulli/],
    ["--neuron tanh,onehot:3 --hidden 5", /--neuron has 2 neurons for 1 hidden layers: give one/],
    ["--task reconstruct --neuron tanh --kl 1", /kl weighs the choices of one-hot layers/],
  ])("%s", (args, message) => {
    const { status, stdout, stderr } = stairstep(`train ${args} ${DATA}`);
    expect([status, stdout]).toEqual([status === 0 ? "not 0" : status, ""]);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});
