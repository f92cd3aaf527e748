/** What `--print` writes, as the tools that take it read it. pod and Slurm: sweep.test, tools. */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { parseSweep } from "./file";
import { planOf } from "./plan";
import { quoted, SCHEDULERS, type ScriptOptions, scriptOf, tasksOf } from "./schedulers";

const lr = { grid: [0.1, 0.3, 0.5] };
const plan = await planOf(parseSweep("my rates.json", { lr, seeds: "1..8" }));
const options: ScriptOptions = {
  words: (place) => ["sweep", place("/data/it's here/my rates.json")],
  ...{ out: "/data/out", command: ["node", "s.js"], gpu: true },
  ...{ tasks: 6, limit: 3, flags: ["--kernels", "gpu"], version: "1.2.3" },
};

it("quotes what a shell would take apart", () => {
  for (const word of ["plain/a.b", "it's", "a b", "$HOME", "", "`x`", "ü*"]) {
    const { stdout } = spawnSync("sh", ["-c", `printf %s ${quoted(word)}`], { encoding: "utf8" });
    expect(stdout).toBe(word);
  }
});

it.each(["slurm", "sge", "parallel"] as const)("prints a script for %s that bash reads", (name) => {
  const script = scriptOf(name, plan, options);
  const { status, stderr } = spawnSync("bash", ["-n"], { input: script, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  expect(script).toMatch(/^#!.*\n# 24 runs in 6 tasks\./);
});

interface Validate {
  (data: unknown): boolean;
  errors?: { instancePath: string; message: string }[] | null;
}
/** The API's own schema, compiled. */
const { validate } = createRequire(import.meta.url)(
  resolve("node_modules/kubernetes-models/_schemas/IoK8sApiBatchV1Job.js"), // not exported
) as { validate: Validate };

/** Throws for what the schema refuses, and for fields that it never looks at, as it has none. */
function check(manifest: object): void {
  const read = new Set<string>();
  const watched = (value: object, path: string): object =>
    new Proxy(value, {
      get: (target, key) => {
        const found = Reflect.get(target, key);
        read.add(`${path}${String(key)}`);
        return found instanceof Object ? watched(found, `${path}${String(key)}.`) : found;
      },
    });
  const paths = (value: object, path: string): string[] =>
    Object.entries(value).flatMap(([key, inner]) => [
      `${path}${key}`,
      ...(inner instanceof Object ? paths(inner, `${path}${key}.`) : []),
    ]);
  if (!validate(watched(manifest, ""))) throw new Error(JSON.stringify(validate.errors));
  const unread = paths(manifest, "").filter((path) => !read.has(path));
  if (unread.length > 0) throw new Error(`${unread.join()}: no field of a Job`);
}

const job = (changes: Partial<ScriptOptions> = {}) =>
  parse(scriptOf("kubernetes", plan, { ...options, ...changes }));

it("prints a Job that is one by the schema of Kubernetes", () => {
  const manifest = job();
  check(manifest);
  expect(manifest.spec).toMatchObject({
    ...{ completionMode: "Indexed", completions: 6, parallelism: 3, backoffLimitPerIndex: 3 },
    template: { spec: { restartPolicy: "Never" } },
  });
  const [{ args, resources }] = manifest.spec.template.spec.containers;
  expect(args.slice(0, 6)).toEqual([
    "sweep",
    "/sweep/my rates.json",
    "--out",
    "/sweep/out",
    "--shards",
    "6",
  ]);
  expect(resources.limits["nvidia.com/gpu"]).toBe(1);
  const [{ resources: without }] = job({ gpu: false }).spec.template.spec.containers;
  expect(without.limits).not.toHaveProperty(["nvidia.com/gpu"]);
});

it("would be refused for a value of another type, or a field that is none", () => {
  for (const wrong of [{ completions: "six" }, { backoffLimitPerIndex: "x" }, { complete: 6 }]) {
    const manifest = job();
    Object.assign(manifest.spec, wrong);
    expect(() => check(manifest)).toThrow(/complet|backoff/);
  }
  const manifest = job();
  manifest.spec.podFailurePolicy.rules[1].onExitCodes.value = [75];
  expect(() => check(manifest)).toThrow(/onExitCodes/);
});

it("prints each scheduler's script alike each time", () => {
  for (const name of SCHEDULERS)
    expect(scriptOf(name, plan, options)).toBe(scriptOf(name, plan, options));
});

it("queues a Slurm task again unless scancel is to end it", () => {
  const text = scriptOf("slurm", plan, options);
  const end = text.slice(text.indexOf("code=$?"));
  const ends = (state: string, code: number) => {
    const told =
      "SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=3\n" +
      `scontrol() { echo "$@"; }; squeue() { echo ${state}; }; (exit ${code})\n`;
    const { stdout, status } = spawnSync("bash", ["-c", told + end], { encoding: "utf8" });
    return [stdout.trim(), status];
  };
  expect(ends("RUNNING", 75)).toEqual(["requeue 7_3", 75]);
  expect(ends("RUNNING", 137)).toEqual(["requeue 7_3", 137]);
  expect(ends("COMPLETING", 75)).toEqual(["", 75]);
  expect(ends("RUNNING", 4)).toEqual(["", 4]);
});

it("makes no more tasks than leave populations of 16 or more, and says how many", async () => {
  const tasks = async (content: object, limit = 8) =>
    tasksOf(await planOf(parseSweep("s.json", content)), limit);
  expect(await tasks({ lr, seeds: "1..8" })).toBe(1);
  expect(await tasks({ lr, seeds: "1..16" })).toBe(3);
  expect(await tasks({ lr, seeds: "1..1000" })).toBe(16);
  expect(await tasks({ lr, seeds: "1..1000" }, 2)).toBe(4);
  expect(await tasks({ batch: { grid: [10, 20, 30] }, seeds: "1..4" })).toBe(3);
  const script = scriptOf("parallel", plan, { ...options, tasks: 1 });
  expect(script).toMatch(/^#!.*\n# 24 runs in 1 task\. .*\n# Fewer tasks \(--tasks\) train more/);
});
