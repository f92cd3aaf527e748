/**
 * Every kernel text compiles with both compilers of WGSL that browsers and hosts have: Tint
 * (Chrome, Edge, Node) and naga (Firefox, Deno).
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { TASKS } from "../../src/model/state";
import { lossNames } from "../../src/shaders/losses/catalogue";
import { neurons } from "../../src/shaders/neurons/catalogue";
import { ensureDeno, softwareVulkan } from "../hosts.ts";
import type { Text } from "./recorder";
import { allTexts } from "./texts";

const NAGA = new URL("naga.ts", import.meta.url).pathname;
/** No host of naga's here has them: kernels that use them never run there. */
const usesSubgroups = ({ code }: Text): boolean => code.startsWith("enable subgroups");

/**
 * Texts of one shape, which share a pipeline, since a driver takes long: those whose lines differ
 * in numbers and repetitions alone.
 */
const shapeOf = ({ code }: Text): string =>
  [...new Set(code.replace(/[\d.]+/g, "#").split("\n"))].sort().join("\n");

/** What naga refuses; of each shape the longest text goes to the driver. */
function refusedByNaga(texts: readonly Text[]): {
  adapter: string;
  pipelines: number;
  refused: { name: string; reason: string }[];
  stderr: string;
} {
  const shapes = new Map<string, Text>();
  for (const text of texts) {
    const shape = shapeOf(text);
    if (text.code.length >= (shapes.get(shape)?.code.length ?? 0)) shapes.set(shape, text);
  }
  const longest = new Set(shapes.values());
  const list = texts.map((text) => ({ ...text, pipeline: longest.has(text) }));
  const folder = mkdtempSync(join(tmpdir(), "stairstep-texts-"));
  try {
    const file = join(folder, "texts.json");
    writeFileSync(file, JSON.stringify(list));
    const { status, stdout, stderr } = spawnSync(
      ensureDeno(),
      ["run", "-A", "--unstable-webgpu", NAGA, file],
      {
        encoding: "utf8",
        env: { ...process.env, ...softwareVulkan() },
        maxBuffer: 1e9,
      },
    );
    expect(status, stderr).toBe(0);
    return { ...JSON.parse(stdout), pipelines: shapes.size, stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const kernels of ["gpu", "software"] as const) {
  it(`every text of the kernels for ${kernels} compiles with Tint and with naga`, async () => {
    const { all, failed } = await allTexts(kernels);
    expect(failed).toEqual([]);
    const texts = [...all.values()];
    const shared = texts.filter((text) => !usesSubgroups(text));
    const { adapter, pipelines, refused, stderr } = refusedByNaga(shared);
    console.log(
      `kernels for ${kernels}: ${texts.length} texts compiled by Tint, ${shared.length} by ` +
        `naga (${pipelines} of them also by ${adapter}); ${texts.length - shared.length} need ` +
        "subgroups, which naga's hosts lack",
    );
    expect(refused.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([]);
    expect(stderr.trim()).toBe("");
    expect(texts.length).toBeGreaterThan(3000);
    // Each code below a loss has a step and an evaluation of its own.
    const codes = neurons.flatMap(({ estimators }) => estimators).length;
    for (const task of TASKS.filter((task) => task !== "classify"))
      for (const loss of lossNames(false)) {
        const own = texts.filter(({ name }) => name.includes(`, ${task}, ${loss}, `));
        console.log(`${own.length} of them for ${task} with ${loss}`);
        expect(own.length).toBeGreaterThan(2 * codes);
      }
  });
}
