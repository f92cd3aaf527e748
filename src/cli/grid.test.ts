/** One population for all combinations of learning rates, slopes and seeds. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { madeUpFolder } from "../../tools/made-up";
import { build, stairstep } from "./built";

const folder = mkdtempSync(join(tmpdir(), "stairstep-grid-"));
const file = (name: string) => join(folder, name);
const TRAIN = `train --neuron binary --hidden 8 --batch 20 --steps 100 --data ${file("data")}`;
const GRID = "--lr 0.1,0.5 --slope 1,2 --seeds 3..4";

interface Member {
  learningRate: number;
  slope: number;
  seed: number;
  weightsSha256: string;
}
const resultOf = (args: string): Member[] => {
  const { status, stdout, stderr } = stairstep(`${TRAIN} --json ${args}`);
  expect([status, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout.trim().split("\n").at(-1) as string).members;
};

beforeAll(() => {
  build();
  madeUpFolder(file("data"), 4);
});
afterAll(() => rmSync(folder, { recursive: true }));

it("trains a member for each combination, to the bits that it has alone", () => {
  const members = resultOf(`${GRID} --save ${file("model")}`);
  const told = members.map(({ learningRate, slope, seed }) => `${learningRate} ${slope} ${seed}`);
  const first = ["0.1 1 3", "0.1 1 4", "0.1 2 3", "0.1 2 4"];
  expect(told).toEqual([...first, ...first.map((one) => one.replace("0.1", "0.5"))]);
  const [alone] = resultOf("--lr 0.1 --slope 2 --seed 4");
  expect(members[3]?.weightsSha256).toBe(alone?.weightsSha256);
  expect(new Set(members.map(({ weightsSha256 }) => weightsSha256)).size).toBe(8);
});

it("names members by what differs", () => {
  const shown = stairstep(`evaluate ${file("model")} --data ${file("data")}`);
  expect(shown.stdout.match(/^Rate 0\.[15], slope [12], seed [34] {2}training/gm)).toHaveLength(8);
  const rates = stairstep(`${TRAIN} --lr 0.1,0.25`);
  expect(rates.stdout).toMatch(/^Rate 0\.1 {4}validation .*\nRate 0\.25 {3}validation /m);
  const seeds = stairstep(`${TRAIN} --seeds 5,2`);
  expect(seeds.stdout).toMatch(/^Seed 5 {6}validation .*\nSeed 2 {6}validation /m);
});

it("goes on when the command is given again, and refuses another", () => {
  const again = (args: string) => stairstep(`${TRAIN} ${args} --resume ${file("model")}`);
  expect(again(GRID)).toMatchObject({ status: 0, stderr: "" });
  const refused = (args: string, why: string | RegExp) => {
    const { status, stderr } = again(args);
    expect([status, stderr]).toEqual([2, expect.stringMatching(why)]);
  };
  refused("--lr 0.1", /^error: --lr is 0\.1, and the run of .* has \[0\.1,0\.5\]: leave it out/);
  refused("--slope 1,3", /--slope is \[1,3\], and the run of .* has \[1,2\]/);
  refused("--seeds 3..5", /--seeds is \[3,4,5\], and the run of .* has \[3,4\]/);
  refused("--members 8", /--members is 8, and the run of .* has 2/);
  for (const flag of ["--seed 3", "--members 2"])
    refused(`--seeds 3..4 ${flag}`, `error: ${flag.split(" ")[0]} contradicts --seeds: give one`);
});
