/**
 * The command line: `stairstep train | evaluate | verify | random | bench | reproduce | sweep |
 * merge | kernels`.
 */
import { Command, CommanderError } from "commander";
import { StairstepError, VERSION } from "../index";
import { addBench } from "./bench";
import { INSTALL_FLAG } from "./consent";
import { addEvaluate } from "./evaluate";
import { codeOf, EXIT } from "./exit";
import { addKernels } from "./kernels";
import { addMerge } from "./merge";
import { addRandom } from "./random";
import { addReproduce } from "./reproduce";
import { SUPERVISED, watchSignals } from "./signals";
import { supervise } from "./supervisor";
import { addSweep } from "./sweep";
import { addTrain } from "./train";
import { addVerify } from "./verify";

/** Commander's message and its suggestion, or where to look, in one line. */
function oneLine(text: string): string {
  const line = text.trim().replaceAll("\n", " ");
  const lost = line.includes("unknown") && !line.includes("Did you mean");
  return `${line}${lost ? " (see stairstep --help)" : ""}\n`;
}

const program = new Command("stairstep")
  .description(
    "Train discrete neurons (binary, n-ary, one-hot) entirely on the GPU, through WebGPU.",
  )
  .version(VERSION)
  .option(
    INSTALL_FLAG,
    "install what is missing, without asking: Chromium for its software adapter, or a data set",
  )
  .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
  .exitOverride();
addTrain(program);
addEvaluate(program);
addVerify(program);
addRandom(program);
addBench(program);
addReproduce(program);
addSweep(program);
addMerge(program);
addKernels(program);

/** Errors with a remedy are one line; anything else is a defect and shows where it came from. */
function fail(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
  console.error(error instanceof StairstepError ? `error: ${error.message}` : error);
  return codeOf(error);
}

// npm runs the scripts of package.json in its own folder: paths are meant from where it was called.
const { npm_lifecycle_event: script = "", INIT_CWD: calledFrom } = process.env;
if (calledFrom && ["stairstep", "train", "reproduce", "bench"].includes(script))
  process.chdir(calledFrom);

watchSignals();
// Whoever read the output has gone: printing stops, the work does not.
const GONE = ["EPIPE", "EIO", "ECONNRESET", "ERR_STREAM_DESTROYED"];
for (const stream of [process.stdout, process.stderr])
  stream.on("error", ({ code = "" }: NodeJS.ErrnoException) => {
    if (GONE.includes(code) || process.exitCode !== undefined) return;
    process.exitCode = EXIT.data;
    const which = stream === process.stdout ? "output" : "error";
    console.error(`error: standard ${which} cannot be written (${code}): send it elsewhere`);
  });
// Linux lets no signal's default end process 1 of a container, so it would have to exit while Dawn
// works, which crashes one time in eight (139 in place of 143). So the work is a child's there.
if (process.pid === 1 && !("Deno" in globalThis)) await supervise(process.env);

const code = await program.parseAsync().then(() => Number(process.exitCode ?? 0), fail);
// Dawn keeps the event loop alive; end once what was printed is out, and a supervisor knows.
process.stdout.write("", () => {
  if (process.send && process.env[SUPERVISED]) process.send(code, () => process.exit(code));
  else process.exit(code);
});
