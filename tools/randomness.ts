/**
 * npm run randomness [-- --quick] [--out docs/randomness]: the GPU's random stream through
 * dieharder (Debian's package of that name).
 *
 * All of dieharder's tests, one after the other, read the draws of one layer and step to the end of
 * its counter, 68.7 GB; that is in the last of them, the lagged sums. Those that its documentation
 * calls good read that stream and each order in which neighbouring seeds, layers, steps, purposes
 * and members stand side by side, each test with a seed of its own. A generator of 3 rounds must
 * fail. `-Y 1` has dieharder go on wherever a result is weak, until it is clear: one p-value in a
 * hundred is weak by chance. With --out, each row is saved in OUT.json as it is done, a rerun goes
 * on where it stopped, and OUT.md is the report. Ends with 1 when a sound stream fails or the
 * weakened one passes.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

/** One line of a result: [test, parameter, tsamples, psamples, p, assessment]. */
type Line = string[];

interface Run {
  tests: string[];
  options: string[];
  distrusted?: boolean;
}

interface Row {
  adapter: string;
  bytes: number;
  passed: number;
  weak: number;
  failed: number;
  least: number;
  most: number;
  failing: string[];
  fine: boolean;
  results?: Line[];
}

/** dieharder -l: 14 is "Do Not Use", 5, 6 and 7 are "Suspect". */
const DISTRUSTED: Record<number, string> = {
  14: "do not use",
  5: "suspect",
  6: "suspect",
  7: "suspect",
};
/** The same, by the names of their results. */
const SUSPECTS = /^diehard_(sums|opso|oqso|dna)$/;
const GOOD = [0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 15, 16, 17, 100, 101, 102];
const ORDERS = ["blocks", "seeds", "layers", "steps", "purposes", "members", "training"];

/**
 * Runs one dieharder over one stream. Resolves with its results, [test, parameter, tsamples,
 * psamples, p, assessment], and the bytes it was sent.
 */
function battery(
  tests: string[],
  options: string[],
): Promise<{ results: Line[]; bytes: number; adapter: string }> {
  return new Promise((resolve, reject) => {
    const source = spawn(process.execPath, ["dist/cli/stairstep.js", "random", ...options], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const sink = spawn("dieharder", ["-g", "200", "-Y", "1", ...tests], {
      stdio: [source.stdout, "pipe", "inherit"],
    });
    source.stdout.destroy(); // the battery holds it now: the stream ends when the battery does
    let [printed, stderr] = ["", ""];
    sink.stdout.on("data", (text) => (printed += text));
    source.stderr.on("data", (text) => (stderr += text));
    sink.on("error", () =>
      reject(
        new Error(
          "dieharder cannot be started: install it, in Debian with apt-get install dieharder",
        ),
      ),
    );
    let open = 2;
    const ended = () => {
      if (--open > 0) return;
      const bytes = /^(\d+) bytes/.exec(stderr);
      if (!bytes) return reject(new Error(`the stream ended otherwise than expected: ${stderr}`));
      const results = printed
        .split("\n")
        .filter((line) => /\|\s*(PASSED|WEAK|FAILED)/.test(line))
        .map((line) => line.split("|").map((part) => part.trim()));
      resolve({ results, bytes: Number(bytes[1]), adapter: stderr.trim().split(" on ")[1] ?? "" });
    };
    source.on("close", ended);
    sink.on("close", ended);
  });
}

/** Results of tests that were gone on with replace the earlier, weak ones. */
const settled = (results: Line[]): Line[] => {
  const last = new Map<string, Line>();
  let before: { key: string; samples: number } | undefined;
  for (const row of results) {
    const key = `${row[0]} ${row[1]}`;
    // Some tests tell two p-values under one name, one after the other; more samples replace both.
    const place = before?.key === key && Number(row[3]) === before.samples ? `${key} b` : key;
    last.set(place, row);
    before = { key, samples: Number(row[3]) };
  }
  return [...last.values()];
};

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
async function rowOf(runs: Run[], fails: boolean): Promise<Row> {
  const found: { row: Line; distrusted: boolean | undefined }[] = [];
  let [bytes, adapter] = [0, ""];
  for (const { tests, options, distrusted } of runs) {
    const result = await battery(tests, options);
    adapter = result.adapter;
    bytes += result.bytes;
    found.push(...settled(result.results).map((row) => ({ row, distrusted })));
  }
  const trusted = found.filter(
    ({ row, distrusted }) => !(distrusted ?? SUSPECTS.test(row[0] ?? "")),
  );
  const count = (assessment: string) => trusted.filter(({ row }) => row[5] === assessment).length;
  const ps = trusted.map(({ row }) => Number(row[4]));
  const counts = { passed: count("PASSED"), weak: count("WEAK"), failed: count("FAILED") };
  return {
    adapter,
    bytes,
    ...counts,
    least: Math.min(...ps),
    most: Math.max(...ps),
    failing: [
      ...new Set(trusted.filter(({ row }) => row[5] === "FAILED").map(({ row }) => row[0] ?? "")),
    ],
    fine: fails ? counts.failed > 0 : counts.failed === 0 && counts.passed > 0,
    ...(runs.length === 1 ? { results: found.map(({ row }) => row) } : {}),
  };
}

const chosen = (list: readonly number[]) =>
  list.map((test) => ({ test, distrusted: test in DISTRUSTED }));
const over = (order: string, rounds: number, tests: readonly number[]): Run[] =>
  // A seed of its own for each test, far from the others: together they read more of the generator.
  chosen(tests).map(({ test, distrusted }) => ({
    tests: ["-d", String(test)],
    distrusted,
    options: ["--order", order, "--rounds", String(rounds), "--seed", String(1e6 * (test + 1))],
  }));

const ALL = "blocks, all tests";

const table = (head: readonly string[], lines: readonly (readonly unknown[])[]): string =>
  [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const verdict = (wrong: number): string =>
  wrong === 0
    ? "Every sound stream passed, and the weakened generator failed."
    : `**${wrong} rows are not as they should be.**`;

const COLUMNS = ["test", "parameter", "t-samples", "p-samples", "p", "assessment"];

const report = (rows: Record<string, Row>, adapter: string, total: number, wrong: number): string =>
  `# The random numbers, in a public battery

The words that sampled neurons draw from, made by the kernel on ${adapter} and read by
dieharder 3.31.1 (Robert G. Brown). \`npm run randomness -- --out docs/randomness\` makes this
report, of ${gigabytes(total)} in all.

An order says which words stand side by side (\`stairstep random --order\`): *blocks*, the draws of
one layer and step; *seeds*, *layers*, *steps* and *purposes*, 16 (purposes: 4) neighbouring
streams, word by word; *members*, the same block of 16 members one after the other; *training*, what
a population of 16 members with 16 layers draws, step after step. *3 rounds* is the generator
weakened by seven rounds.

dieharder calls a p-value beyond 0.005 or 0.995 weak, which one in a hundred is by chance, and one
beyond 10⁻⁶ failed; \`-Y 1\` takes more samples where a result is weak, until it is clear. Its tests
5, 6 and 7 are "suspect" and 14 is "do not use" by its own list; they are not counted.

${table(
  ["order", "read", "passed", "weak", "failed", "smallest p", "largest p", "failing"],
  Object.entries(rows).map(([name, r]) => [
    name,
    gigabytes(r.bytes),
    r.passed,
    r.weak,
    r.failed,
    r.least,
    r.most,
    r.failing.join(", ") || "none",
  ]),
)}

${verdict(wrong)}

## Every result of the first row

All tests, one after the other, read one stream to the end of its counter, which lies in the lagged
sums; those of longer lags are left out.

${table(COLUMNS, rows[ALL]?.results ?? [])}
`;

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { quick: { type: "boolean" }, out: { type: "string" } },
  });
  const file = values.out && `${values.out}.json`;
  /** By name: what is saved. */
  const rows: Record<string, Row> =
    file && existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const examine = async (name: string, runs: Run[], fails = false) => {
    const row = rows[name] ?? (await rowOf(runs, fails));
    rows[name] = row;
    if (file) writeFileSync(file, `${JSON.stringify(rows, null, 1)}\n`);
    const { bytes, passed, weak, failed, failing, fine } = row;
    const names = failing.length > 0 ? ` (${failing.join(", ")})` : "";
    const counts = `${passed} passed, ${weak} weak, ${failed} failed${names}`;
    const end = fine ? "" : "  NOT AS IT SHOULD BE";
    console.log(`${name.padEnd(22)}${gigabytes(bytes).padStart(9)}  ${counts}${end}`);
  };
  if (spawnSync("npm", ["run", "-s", "build:cli"], { stdio: "inherit" }).status !== 0) return 1;
  if (!values.quick) await examine(ALL, [{ tests: ["-a"], options: [] }]);
  const good = values.quick ? [0, 1, 2, 3, 15, 100, 101] : GOOD;
  for (const order of ORDERS) await examine(order, over(order, 10, good));
  const weakened = values.quick ? [0, 15] : [0, 1, 3, 8, 15, 100, 102];
  for (const order of ["blocks", "training"])
    await examine(`${order}, 3 rounds`, over(order, 3, weakened), true);
  const list = Object.values(rows);
  const adapter = list[0]?.adapter ?? "";
  const total = list.reduce((sum, { bytes }) => sum + bytes, 0);
  const wrong = list.filter(({ fine }) => !fine).length;
  const verdict = wrong === 0 ? "all as it should be" : `${wrong} not as they should be`;
  console.log(`${gigabytes(total)} on ${adapter}, ${verdict}`);
  if (values.out) writeFileSync(`${values.out}.md`, report(rows, adapter, total, wrong));
  return wrong === 0 ? 0 : 1;
}
