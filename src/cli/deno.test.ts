/**
 * The same built file under Deno, whose WebGPU is wgpu: another compiler (naga) and, without a GPU,
 * another driver (Mesa's llvmpipe).
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureDeno, softwareVulkan } from "../../tools/hosts";
import { madeUpFolder } from "../../tools/made-up";
import { build, type Host, stairstep, start } from "./built";

const folder = mkdtempSync(join(tmpdir(), "stairstep-deno-"));
const file = (name: string) => join(folder, name);
let deno: Host;
let version: string;
const run = (args: string) => stairstep(args, {}, deno);
const last = (stdout: string) => JSON.parse(stdout.trim().split("\n").at(-1) as string);

beforeAll(() => {
  build();
  const program = ensureDeno();
  version =
    /\d[\d.]*/.exec(spawnSync(program, ["--version"], { encoding: "utf8" }).stdout)?.[0] ??
    "of no version";
  deno = { program, before: ["run", "-A", "--unstable-webgpu"], env: softwareVulkan() };
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("under Deno, the command line", () => {
  for (const kernels of ["gpu", "software"] as const) {
    it(`verifies its adapter with the kernels for ${kernels}`, () => {
      const { status, stdout, stderr } = run(`verify --json --kernels ${kernels}`);
      expect(stderr).toBe("");
      const result = last(stdout);
      console.log(
        `Deno ${version} (naga), ${result.adapter}, kernels for ${kernels}: ` +
          `${Object.keys(result.families).length} families verified`,
      );
      expect(result).toMatchObject({ kernels, failed: 0 });
      expect(status).toBe(0);
    });
  }

  for (const [neuron, accuracy] of [
    ["onehot:5", 0.9384],
    ["tanh", 0.953],
  ] as const) {
    it(`trains ${neuron} for an epoch to the accuracy that SwiftShader reaches`, () => {
      const { status, stdout, stderr } = run(`train --neuron ${neuron} --epochs 1 --seed 1 --json`);
      const result = last(stdout);
      expect(Math.abs(result.members[0].validation.accuracy - accuracy)).toBeLessThanOrEqual(0.003);
      expect(result.kernels).toBe(/\(software\)/.test(result.adapter) ? "software" : "gpu");
      expect([status, stderr]).toEqual([0, ""]);
    });
  }

  it("evaluates a saved model as it was, with either kernels, and nearly so in Node", () => {
    const model = file("model.safetensors");
    const trained = last(
      run(
        "train --neuron ternary --hidden 30,20 --members 2 --kernels gpu --steps 300 --save " +
          `${model} --json`,
      ).stdout,
    );
    expect(trained.kernels).toBe("gpu");
    const evaluated = last(run(`evaluate ${model} --kernels gpu --json`).stdout);
    trained.members.forEach((member: { validation: object; test: object }, i: number) => {
      expect(evaluated.members[i]).toMatchObject({
        validation: member.validation,
        test: member.test,
      });
    });
    for (const other of [
      last(run(`evaluate ${model} --kernels software --json`).stdout),
      last(stairstep(`evaluate ${model} --json`).stdout),
    ])
      for (const [i, { test }] of evaluated.members.entries())
        expect(Math.abs(other.members[i].test.accuracy - test.accuracy)).toBeLessThan(0.002);
  });

  for (const [classes, each] of [
    [62, 12],
    [1000, 3],
  ] as const) {
    it(`learns and evaluates ${classes} classes with either kernels, as in Node`, () => {
      const data = madeUpFolder(file(`of-${classes}`), classes, 12, each);
      const model = file(`of-${classes}.safetensors`);
      const files = `--data ${data} --save ${model}`;
      const train = `train --neuron tanh --hidden 50 --steps 100 ${files} --json`;
      const runs = ["gpu", "software"].flatMap((kernels) =>
        [run, stairstep].map((host) => {
          const trained = last(host(`${train} --kernels ${kernels}`).stdout).members[0];
          const { validation, test } = last(
            host(`evaluate ${model} --data ${data} --kernels ${kernels} --json`).stdout,
          ).members[0];
          expect({ validation, test }).toEqual({
            validation: trained.validation,
            test: trained.test,
          });
          return trained.test.accuracy as number;
        }),
      );
      expect(Math.min(...runs)).toBeGreaterThan(10 / classes);
      expect(Math.max(...runs) - Math.min(...runs)).toBeLessThan(0.02);
    });
  }

  it("goes on after SIGKILL to the same bits and to the same checkpoint", async () => {
    const few = `--batch 20 --data ${madeUpFolder(file("few"), 4)}`;
    const settings =
      "--neuron staircase:4 --hidden 20 --members 2 --anneal 1.2 --epochs 2 " +
      `--checkpoint-every 200 ${few}`;
    const whole = run(`train --json ${settings} --checkpoint ${file("whole")}`);
    const killed = start(`train ${settings} --checkpoint ${file("killed")}`, deno);
    while (!existsSync(file("killed"))) await sleep(10);
    await sleep(200);
    await killed.kill();
    const resumed = run(
      `train --json ${few} --resume ${file("killed")} --checkpoint ${file("killed")}`,
    );
    expect(last(resumed.stdout).members).toEqual(last(whole.stdout).members);
    expect(readFileSync(file("killed")).equals(readFileSync(file("whole")))).toBe(true);
  });
});
