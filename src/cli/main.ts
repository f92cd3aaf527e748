/** The command line: `stairstep train | evaluate | verify | random | bench | reproduce | kernels`. */
import { Command, CommanderError } from "commander";
import { StairstepError } from "../index";
import { addBench } from "./bench";
import { addEvaluate } from "./evaluate";
import { addKernels } from "./kernels";
import { addRandom } from "./random";
import { addReproduce } from "./reproduce";
import { addTrain } from "./train";
import { addVerify } from "./verify";

/** Commander's message and its suggestion, or where to look, in one line. */
function oneLine(text: string): string {
  const line = text.trim().replaceAll("\n", " ");
  return `${line.includes("unknown") && !line.includes("Did you mean") ? `${line} (see stairstep --help)` : line}\n`;
}

const program = new Command("stairstep")
  .description(
    "Train discrete neurons (binary, n-ary, one-hot) entirely on the GPU, through WebGPU.",
  )
  .version("0.1.0")
  .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
  .exitOverride();
addTrain(program);
addEvaluate(program);
addVerify(program);
addRandom(program);
addBench(program);
addReproduce(program);
addKernels(program);

/** Errors with a remedy are one line; anything else is a defect and shows where it came from. */
function fail(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode;
  if ((error as Error).name === "AbortError") {
    console.error("stopped");
    return 130;
  }
  console.error(error instanceof StairstepError ? `error: ${error.message}` : error);
  return 1;
}

const code = await program.parseAsync().then(() => Number(process.exitCode ?? 0), fail);
// Dawn keeps the event loop alive; end once what was printed is out.
process.stdout.write("", () => process.exit(code));
