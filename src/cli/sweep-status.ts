/** `stairstep sweep FILE --status`: how far a sweep is, from its folder alone. */
import { counted, duration, thousands } from "../format";
import type { Plan, Run } from "../sweep/plan";
import type { Failure, RunResult } from "../sweep/result";
import type { Ending, Folder } from "./sweep-folder";

/** Files that are read at once. */
const AT_ONCE = 64;

/** Each run's results; several where it was trained by several versions or kinds of adapter. */
export interface Found {
  results: Map<Run, RunResult[]>;
  failures: Map<Run, Failure>;
  /** Runs with a state to go on from. */
  kept: Set<Run>;
  /** Messages that name files. */
  damaged: string[];
}

/** Reads what a folder has of a plan. */
export async function findAll({ runs }: Plan, folder: Folder): Promise<Found> {
  const byKey = new Map(runs.map((run) => [run.key, run]));
  const found: Found = { results: new Map(), failures: new Map(), kept: new Set(), damaged: [] };
  const files = (await folder.names()).flatMap((file) => {
    const [, name = "", key = "", kind] =
      /^(([0-9a-f]{16})-[0-9a-f]{8})\.(json|failed|safetensors)$/.exec(file) ?? [];
    const run = byKey.get(key);
    return run ? [{ name, run, kind }] : [];
  });
  const read = async ({ name, run, kind }: (typeof files)[number]): Promise<void> => {
    if (kind === "safetensors") found.kept.add(run);
    else if (kind === "failed") {
      const failure = await folder.failure(name);
      if (failure) found.failures.set(run, failure);
    } else {
      const result = await folder.result(name).catch((error: Error) => {
        found.damaged.push(error.message);
        return undefined;
      });
      const before = found.results.get(run);
      if (result && before) before.push(result);
      else if (result) found.results.set(run, [result]);
    }
  };
  for (let i = 0; i < files.length; i += AT_ONCE)
    await Promise.all(files.slice(i, i + AT_ONCE).map(read));
  return found;
}

/** Seconds of one device that what is missing takes, by what is done. */
function timeLeft(
  { runs }: Plan,
  { results, failures }: Found,
): { seconds: number; measured: boolean } {
  let [work, seconds, left] = [0, 0, 0];
  for (const run of runs) {
    const result = results.get(run)?.[0];
    if (result) {
      work += run.configuration.work;
      seconds += result.seconds;
    } else if (!failures.has(run)) left += run.configuration.work;
  }
  return work === 0
    ? { seconds: 0, measured: false }
    : { seconds: (left * seconds) / work, measured: true };
}

/** Results that tell how fast a device is. */
const SAMPLE = 100;

/** As `timeLeft`, from a sample of the results alone. */
export async function secondsLeft(plan: Plan, folder: Folder) {
  const names = new Set((await folder.names()).filter((name) => name.endsWith(".json")));
  const done = new Set([...names].map((name) => name.slice(0, 16)));
  const some = plan.runs.filter(({ key }) => done.has(key)).slice(0, SAMPLE);
  const found = await findAll({ ...plan, runs: some }, folder);
  const left = plan.runs.filter(({ key }) => !done.has(key));
  return timeLeft({ ...plan, runs: [...some, ...left] }, found);
}

const some = (names: readonly string[]): string =>
  names.slice(0, 3).join("; ") + (names.length > 3 ? `; … ${names.length - 3} more` : "");

export async function printStatus(plan: Plan, folder: Folder, json: boolean): Promise<void> {
  const found = await findAll(plan, folder);
  const beats = await folder.beats();
  const endings = [...(await folder.endings()).values()];
  const under = new Set(beats.flatMap(({ runs }) => runs));
  const ended = new Map(endings.flatMap((ending) => ending.runs.map((key) => [key, ending])));
  const states = { done: [], running: [], failed: [], stopped: [], missing: [] } as Record<
    "done" | "running" | "failed" | "stopped" | "missing",
    Run[]
  >;
  for (const run of plan.runs) {
    if (found.results.has(run)) states.done.push(run);
    else if (under.has(run.key)) states.running.push(run);
    else if (found.failures.has(run)) states.failed.push(run);
    else if (found.kept.has(run)) states.stopped.push(run);
    else if (ended.has(run.key)) states.failed.push(run);
    else states.missing.push(run);
  }
  const { seconds, measured } = timeLeft(plan, found);
  const devices = Math.max(1, beats.length);
  const failures = states.failed.flatMap((run) => found.failures.get(run) ?? []);
  const unbegun = new Map<Ending, Run[]>();
  for (const run of states.failed) {
    const ending = found.failures.has(run) ? undefined : ended.get(run.key);
    if (ending) unbegun.set(ending, [...(unbegun.get(ending) ?? []), run]);
  }
  if (json) {
    const counts = Object.fromEntries(Object.entries(states).map(([k, of]) => [k, of.length]));
    const left = measured ? { secondsLeft: seconds / devices } : {};
    const why = [...unbegun].flatMap(([{ error, code }, runs]) =>
      runs.map(({ key, name }) => ({ key, name, error, code })),
    );
    const names = {
      missing: states.missing.map(({ name }) => name),
      failures: [...failures, ...why],
    };
    const { damaged } = found;
    console.log(
      JSON.stringify({
        sweep: plan.name,
        runs: plan.runs.length,
        counts,
        ...left,
        ...names,
        damaged,
        processes: beats,
      }),
    );
    return;
  }
  const line = (title: string, runs: readonly Run[], more = "") => {
    if (runs.length > 0 || title === "Done")
      console.log(`${title.padEnd(12)}${thousands(runs.length)}${more}`);
  };
  const named = (runs: readonly Run[]) => ` (${some(runs.map(({ name }) => name))})`;
  line("Done", states.done, ` of ${thousands(plan.runs.length)} runs`);
  const processes = ` in ${beats.length} ${beats.length === 1 ? "process" : "processes"}`;
  line("Running", states.running, processes);
  for (const { host, pid, shard, step, steps } of beats)
    console.log(`            ${host}, process ${pid}, shard ${shard}: step ${step} of ${steps}`);
  line("Stopped", states.stopped, `${named(states.stopped)}: the next run goes on with them`);
  line("Failed", states.failed);
  for (const { name, error } of failures)
    console.log(`            ${name}: ${error.split("\n")[0]}`);
  for (const [{ host, shard, error }, runs] of unbegun)
    console.log(
      `            ${counted(runs.length, "run")} of shard ${shard} on ${host}: ${error}`,
    );
  line("Missing", states.missing, named(states.missing));
  for (const message of found.damaged) console.log(`Damaged     ${message}`);
  if (!measured || seconds === 0) return;
  const on = devices > 1 ? `${devices} devices` : "one device";
  console.log(`Time left   about ${duration(seconds / devices)} on ${on}`);
}
