/** `train --checkpoint`, killed and resumed. */
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { madeUpFolder } from "../../tools/made-up";
import { DeviceLostError } from "../index";
import { build, stairstep, start } from "./built";
import { lostForGood } from "./train";

const folder = mkdtempSync(join(tmpdir(), "stairstep-resume-"));
const file = (name: string) => join(folder, name);
const DATA = `--data ${file("data")} --batch 20`;
const SETTINGS =
  "--neuron staircase:4 --hidden 20 --members 2 --anneal 1.2 --epochs 2 --checkpoint-every 200 " +
  DATA;
const hashes = (stdout: string) =>
  JSON.parse(stdout.trim().split("\n").at(-1) as string).members.map(
    (m: { weightsSha256: string }) => m.weightsSha256,
  );

beforeAll(() => {
  build();
  madeUpFolder(file("data"), 4);
});
afterAll(() => rmSync(folder, { recursive: true }));

it("goes on after SIGKILL to the same bits and checkpoint, whenever it comes", async () => {
  const whole = stairstep(`train --json ${SETTINGS} --checkpoint ${file("whole")}`);
  for (const more of [0, 333]) {
    const name = file(`killed-${more}`);
    const killed = start(`train ${SETTINGS} --checkpoint ${name}`);
    while (!existsSync(name)) await sleep(10);
    await sleep(more);
    await killed.kill();
    const resumed = stairstep(`train --json ${DATA} --resume ${name} --checkpoint ${name}`);
    expect(hashes(resumed.stdout)).toEqual(hashes(whole.stdout));
    expect(readFileSync(name).equals(readFileSync(file("whole")))).toBe(true);
  }
  const finished = stairstep(`train ${DATA} --resume ${file("whole")}`);
  expect(finished.stdout).toMatch(
    /Resumed {5}after 2,000 steps\nDone {8}0 steps .*, 0 steps\/s\nSeed 1/,
  );
  const longer = stairstep(`train ${DATA} --resume ${file("whole")} --epochs 3 --json`);
  expect(longer.stdout.trim().split("\n")).toHaveLength(12);
});

it("says where a run can go on from when the GPU is lost for good", () => {
  const said = (error: Error, checkpoint?: string) => expect(() => lostForGood(checkpoint)(error));
  const lost = new DeviceLostError("gone");
  writeFileSync(file("kept"), "");
  said(lost, file("kept")).toThrow(
    `also those that took its place: go on with --resume ${file("kept")}`,
  );
  said(lost, file("never")).toThrow("took its place: start again");
  said(lost).toThrow("keep the next run with --checkpoint FILE");
  said(new RangeError("other")).toThrow(RangeError);
});

it("names what is wrong with a checkpoint, and loses none when a new one cannot be written", () => {
  writeFileSync(file("half"), readFileSync(file("whole")).subarray(0, 5000));
  expect(stairstep(`train ${DATA} --resume ${file("half")}`).stderr).toMatch(
    /half is not a Stairstep model \(its tensors end at \d+, and it has \d+ bytes\).*\n$/,
  );
  // A name so long that the file beside it, which is written first, has none.
  const long = file("x".repeat(250));
  copyFileSync(file("whole"), long);
  const { status, stderr } = stairstep(
    `train ${DATA} --resume ${long} --epochs 3 --checkpoint ${long}`,
  );
  expect([status, stderr]).toEqual([
    3,
    expect.stringMatching(
      /x could not be written \(ENAMETOOLONG\): choose another place with --checkpoint\n$/,
    ),
  ]);
  expect(readFileSync(long)).toEqual(readFileSync(file("whole")));
  // Of this name: what the test above killed in the midst of a write has left its own.
  const left = readdirSync(folder).filter((name) => /^x.*partial$/.test(name));
  expect(left).toEqual([]);
});
