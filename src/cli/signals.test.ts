/** Signals, pipes and exit codes, as schedulers and shells see them. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { madeUpFolder } from "../../tools/made-up";
import { build, COMMAND, stairstep } from "./built";
import { findSwiftShader, softwareEnvironment } from "./chromium";
import { codeOfSignal } from "./exit";

const folder = mkdtempSync(join(tmpdir(), "stairstep-signals-"));
const file = (name: string) => join(folder, name);
// A few images, as what is tried here is the same for any.
const DATA = `--data ${file("data")} --batch 20`;
const RUN = `train --neuron binary --hidden 30 --members 2 --epochs 3 --anneal 1.1 --json ${DATA}`;
const hashes = (stdout: string) =>
  JSON.parse(stdout.trim().split("\n").at(-1) as string).members.map(
    (m: { weightsSha256: string }) => m.weightsSha256,
  );

beforeAll(() => {
  build();
  madeUpFolder(file("data"), 4);
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs, and calls `then` with the process once so many lines are printed. */
function watched(
  [program, ...before]: readonly [string, ...string[]],
  args: string,
  lines: number,
  then: (child: ChildProcess) => void,
  env = process.env,
): Promise<Ended> {
  const child = spawn(program, [...before, COMMAND, ...args.split(" ")], { env });
  let [stdout, stderr, sent] = ["", "", false];
  child.stderr.on("data", (text) => (stderr += text));
  child.stdout.on("data", (text) => {
    stdout += text;
    if (sent || stdout.split("\n").length <= lines) return;
    sent = true;
    then(child);
  });
  return new Promise((resolve) => {
    // A shell's number for a process that a signal has ended.
    child.on("close", (code, signal) =>
      resolve({ code: signal ? codeOfSignal(signal) : code, stdout, stderr }),
    );
  });
}

const NODE = [process.execPath] as const;
/** Node as process 1 of a namespace of its own. */
const PROCESS_1 = [
  "unshare",
  ...(process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"]),
  ...["--pid", "--fork", process.execPath],
] as const;
const once = (signal: NodeJS.Signals) => (child: ChildProcess) => void child.kill(signal);
/** As `timeout` and npm do, which tell a command what its whole process group hears anyway. */
const echoed = (child: ChildProcess): void => {
  for (const ms of [0, 10, 30]) setTimeout(() => child.kill("SIGTERM"), ms);
};

const stopped = (signal: string, name: string) =>
  new RegExp(`^Stopped by ${signal} after [\\d,]+ steps: go on with --resume .*${name}\n$`);

describe("a signal", () => {
  let whole: string[];
  beforeAll(() => {
    whole = hashes(stairstep(RUN).stdout);
  });

  it.each([
    ["SIGTERM", 2],
    ["SIGINT", 8],
    ["SIGHUP", 20],
  ] as const)(
    "%s keeps a checkpoint, code 75, and the run ends with the same bits",
    async (signal, lines) => {
      const keep = `--checkpoint ${file(signal)}`;
      const { code, stderr } = await watched(NODE, `${RUN} ${keep}`, lines, once(signal));
      expect(stderr).toMatch(stopped(signal, signal));
      expect(code).toBe(75);
      // The same command as before, as a scheduler gives it again.
      const rest = stairstep(`${RUN} ${keep} --resume ${file(signal)}`);
      expect(hashes(rest.stdout)).toEqual(whole);
    },
  );

  it("is one, however often it is passed on at once", async () => {
    const keep = `--checkpoint ${file("echoed")}`;
    const { code, stderr } = await watched(NODE, `${RUN} ${keep} --hidden 300`, 2, echoed);
    expect(stderr).toMatch(stopped("SIGTERM", "echoed"));
    expect(code).toBe(75);
  });

  const childrenOf = (pid: number | undefined): string =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  /** unshare passes no signal on: its one child is process 1 in there, whose work is a child's. */
  const inside = ({ pid }: ChildProcess): void => {
    const first = Number(childrenOf(pid));
    working = childrenOf(first);
    process.kill(first, "SIGTERM");
  };
  let working = "";
  // With the driver given, this process has an adapter at once, as it has with a GPU.
  const driver = findSwiftShader();
  const withGpu = driver ? softwareEnvironment(driver) : process.env;

  it.each([
    ["where it needs a software adapter", "one", process.env],
    ["where it has its adapter at once", "one-gpu", withGpu],
  ])("reaches process 1 of a container, %s", async (_, name, env) => {
    const keep = `${RUN} --checkpoint ${file(name)}`;
    const { code, stderr } = await watched(PROCESS_1, keep, 2, inside, env);
    expect(stderr).toMatch(stopped("SIGTERM", name));
    expect(code).toBe(75);
    expect(hashes(stairstep(`${RUN} --resume ${file(name)}`).stdout)).toEqual(whole);
    expect(working).toMatch(/^\d+$/);
    const nothing = await watched(PROCESS_1, RUN, 2, inside, env);
    expect(nothing).toMatchObject({ code: 143, stderr: "" });
  });

  it("that comes before a child is there, which is to train, reaches it", async () => {
    const state = file("state");
    stairstep(`train --neuron tanh --hidden 5 --epochs 1 --save ${state} ${DATA}`);
    // The run waits for what a pipe brings, and so does the child that takes its place.
    const pipe = file("pipe");
    spawnSync("mkfifo", [pipe]);
    const args = `train --resume ${pipe} --epochs 9 --json ${DATA} --checkpoint ${file("early")}`;
    const child = spawn(process.execPath, [COMMAND, ...args.split(" ")], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.on("close", resolve));
    let writer: number | undefined;
    while (writer === undefined) {
      await sleep(20);
      try {
        writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
      } catch {
        // nobody reads yet
      }
    }
    child.kill("SIGTERM");
    writeSync(writer, readFileSync(state));
    closeSync(writer);
    const feed = `sleep 1; cat ${state} > ${pipe}`;
    const feeder = spawn("sh", ["-c", feed], { detached: true, stdio: "ignore" });
    expect(await ended).toBe(75);
    try {
      process.kill(-(feeder.pid as number), "SIGKILL"); // with a GPU, nobody reads a second time
    } catch {
      // it had ended
    }
  });

  it("ends a run without a checkpoint, and a second one ends any at once", async () => {
    expect(await watched(NODE, RUN, 2, once("SIGTERM"))).toMatchObject({ code: 143, stderr: "" });
    // Steps so long that the first signal alone would take its time.
    const slow = `train --json --hidden 900 --batch 900 --epochs 1 --checkpoint ${file("slow")}`;
    const twice = await watched(NODE, slow, 1, (child) => {
      child.kill("SIGINT");
      setTimeout(() => child.kill("SIGINT"), 300);
    });
    expect(twice.code).toBe(130);
    // A key that is held down, which a terminal repeats.
    const held = await watched(NODE, slow, 1, (child) => {
      for (let ms = 0; ms < 600; ms += 50) setTimeout(() => child.kill("SIGINT"), ms);
    });
    expect(held.code).toBe(130);
    expect(existsSync(file("slow"))).toBe(false);
  });
});

it("a reader that goes away stops the printing, not the run", () => {
  const model = file("piped");
  const train = `train --neuron tanh --hidden 5 --epochs 1 --json --save ${model} ${DATA}`;
  const script = `"$0" ${COMMAND} ${train} | head -1; exit \${PIPESTATUS[0]}`;
  const { status, stderr } = spawnSync("bash", ["-c", script, process.execPath], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, ""]);
  expect(existsSync(model)).toBe(true);
});

it("an output that is full costs no model, and is told", () => {
  const model = file("full");
  const train = `train --neuron tanh --hidden 5 --steps 100 --save ${model} ${DATA}`;
  const { status, stderr } = spawnSync(
    "bash",
    ["-c", `"$0" ${COMMAND} ${train} >/dev/full`, process.execPath],
    {
      encoding: "utf8",
    },
  );
  expect(stderr).toBe("error: standard output cannot be written (ENOSPC): send it elsewhere\n");
  expect([status, existsSync(model)]).toEqual([3, true]);
});

// A terminal sends the signal to all processes of the command, which also pass it on: it is one.
it.each([
  ["with a checkpoint", NODE, 75, ` --checkpoint ${file("pressed")}`],
  ["with a checkpoint as process 1", PROCESS_1, 75, ` --checkpoint ${file("pressed-1")}`],
  ["without", NODE, 130, ""],
] as const)(
  "a terminal has cursor and line wrap back after Ctrl-C, %s",
  async (_, host, code, keep) => {
    const train = `train --neuron tanh --hidden 5 --epochs 90 ${DATA}${keep}`;
    // `exec`: a dash that stays in between would be ended by the signal itself, with 130.
    const command = ["exec", ...host, COMMAND, train].join(" ");
    const child = spawn("script", ["-qec", command, "/dev/null"]);
    let output = "";
    let pressed = false;
    child.stdout.on("data", (text) => {
      output += text;
      if (pressed || !output.includes("steps/s")) return;
      pressed = true;
      child.stdin.write("\x03");
    });
    expect(await new Promise((resolve) => child.on("close", resolve)), output).toBe(code);
    for (const mode of ["?25", "?7"]) {
      expect(output).toContain(`\x1b[${mode}l`);
      expect(output.lastIndexOf(`\x1b[${mode}h`)).toBeGreaterThan(
        output.lastIndexOf(`\x1b[${mode}l`),
      );
    }
  },
);

describe("flags that contradict each other or do nothing are refused, with code 2", () => {
  const kept = file("kept");
  const resumed = `--resume ${kept} ${DATA}`;
  beforeAll(() => {
    stairstep(`train --neuron tanh --hidden 5 --steps 100 --save ${kept} ${DATA}`);
  });

  it.each([
    [`${resumed} --lr 0.1`, "--lr is 0.1, and the run of .* has 0.5: leave it out"],
    [`${resumed} --data-seed 2`, "--data-seed is 2, and the run of .* has 1"],
    [`${resumed} --neuron binary`, '--neuron is "binary", and the run of .* has "tanh"'],
    [`${resumed} --hidden 5,5`, String.raw`--hidden is \[5,5\], and the run of .* has 5`],
    [`${resumed} --members 2`, "--members is 2, and the run of .* has 1"],
    [
      `${resumed} --epochs 2`,
      "--epochs counts epochs of 1000 steps, and those of .* have 100: give --steps, such as " +
        "--steps 2000",
    ],
    [`${resumed} --steps 50`, "--steps would end after 50 steps, and the run of .* has done 100"],
    ["--epochs 2 --steps 400", "--steps contradicts --epochs"],
    ["--steps 400 --anneal 1.1", "--anneal does nothing beside --steps"],
    ["--checkpoint-every 100", "--checkpoint-every does nothing without --checkpoint FILE"],
    ["--slope-cap 3", "--slope-cap does nothing without --anneal RATE"],
    ["--tau 2", "--tau does nothing with the estimator straight-through of onehot"],
    ["--neuron tanh --deterministic", "--deterministic does nothing with tanh"],
  ])("%s", (flags, why) => {
    const { status, stdout, stderr } = stairstep(`train ${flags}`);
    expect(stderr).toMatch(new RegExp(`^error: ${why}.*\n$`));
    expect([status, stdout]).toEqual([2, ""]);
  });

  it("but what a checkpoint says too may be said again", () => {
    const again = `--neuron tanh --hidden 5 --lr 0.5 --steps 200 --resume ${kept} ${DATA}`;
    expect(stairstep(`train ${again}`)).toMatchObject({ status: 0, stderr: "" });
  });
});

it("ends as it came to where the driver crashes on its way out, not before", () => {
  const crash = (when: string) => {
    const file = join(folder, `${when}.cjs`);
    const now = 'process.kill(process.pid, "SIGSEGV")';
    const text =
      when === "exit" ? `process.on("exit", () => ${now});` : `setTimeout(() => ${now}, 1500);`;
    writeFileSync(file, `if (process.env.STAIRSTEP_SUPERVISED) { ${text} }`);
    return { NODE_OPTIONS: `--require ${file}` };
  };
  const { status, stdout, stderr } = stairstep(`train ${DATA} --steps 100`, crash("exit"));
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/Accuracy {4}validation/);
  expect(stairstep("train --data nowhere", crash("exit")).status).toBe(3);
  expect(stairstep(`train ${DATA} --steps 1000000`, crash("before")).status).toBe(139);
});

it("codes tell a missing file, a divergence and a missing GPU apart", () => {
  expect(stairstep("train --resume none").status).toBe(3);
  const diverged = stairstep(`train --neuron tanh --hidden 5 --steps 100 --lr 1e38 ${DATA}`);
  expect([diverged.status, diverged.stderr]).toEqual([
    4,
    expect.stringContaining("became NaN or infinite"),
  ]);
  const { status, stderr } = stairstep("train --require-gpu --steps 100");
  expect([0, 5]).toContain(status);
  if (status === 5) expect(stderr).toMatch(/^error: there is no GPU here, and --require-gpu.*\n$/);
  const other = stairstep("train --adapter none-such --steps 100");
  expect([other.status, other.stderr]).toEqual([
    5,
    expect.stringMatching(/^error: .*none-such.*\n$/),
  ]);
});
