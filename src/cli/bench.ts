/** `stairstep bench`: kernels, training steps and scaling, beside the adapter's own roofline. */
import { readFile } from "node:fs/promises";
import { Argument, type Command } from "commander";
import {
  benchKernels,
  benchScaling,
  benchTraining,
  type KernelResult,
  type Roofline,
  type TrainingResult,
} from "../bench/index";
import { percent } from "../format";
import { StairstepError } from "../index";
import { openDevice } from "./adapter";
import { openData } from "./data";
import { EXIT, endsWith } from "./exit";
import { checkWritable, writeWhole } from "./files";
import { adapterOption, type KernelFlags, kernelsOption, requireGpuOption } from "./options";

const ELSEWHERE = "choose another place with --save";

interface BenchFlags extends KernelFlags {
  json?: boolean;
  save?: string;
  compare?: string;
}

/** What is compared between two files: a name and its milliseconds. */
interface Saved {
  adapter: string;
  roofline: Roofline;
  kernels?: KernelResult[];
  runs?: TrainingResult[];
}

const times = ({ kernels = [], runs = [] }: Saved): Map<string, number> =>
  new Map([
    ...kernels.map((k) => [`${k.kernel}, ${k.shape}`, k.ms] as const),
    ...runs.map((r) => [r.run, r.msPerStep] as const),
  ]);

async function readSaved(file: string): Promise<Saved> {
  const text = await readFile(file, "utf8").catch((cause) => {
    throw new StairstepError(
      `${file} cannot be read (${cause.code}): give a file that bench --save wrote`,
    );
  });
  try {
    const saved = JSON.parse(text) as Saved;
    if (saved.kernels ?? saved.runs) return saved;
  } catch {
    // not JSON: the same remedy
  }
  throw new StairstepError(`${file} holds no benchmark: give a file that bench --save wrote`);
}

const number = (value: number | undefined, digits = 2, width = 9): string =>
  (value === undefined ? "" : value.toFixed(digits)).padStart(width);
const share = (value: number): string => percent(value, 0).padStart(7);

export function addBench(program: Command): void {
  program
    .command("bench")
    .description(
      "Time the kernels, whole training steps, or how steps scale, beside the adapter's own " +
        "roofline.",
    )
    .addArgument(
      new Argument("[what]", "what to time")
        .choices(["kernels", "training", "scaling"])
        .default("training"),
    )
    .option("--save <file>", "write the results as JSON, for --compare")
    .option("--compare <file>", "print old time over new time for what a saved file has too")
    .addOption(kernelsOption())
    .addOption(requireGpuOption())
    .addOption(adapterOption())
    .option("--json", "print the results as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  $ stairstep bench kernels --save old.json\n" +
        "  $ stairstep bench kernels --compare old.json",
    )
    .action(async (what: "kernels" | "training" | "scaling", flags: BenchFlags) => {
      const old =
        flags.compare === undefined
          ? undefined
          : await readSaved(flags.compare).catch(endsWith(EXIT.data));
      if (flags.save !== undefined) await checkWritable(flags.save, ELSEWHERE);
      const device = await openDevice(flags);
      const data = await openData(device);
      const say = flags.json ? () => {} : console.log;
      say(`Adapter     ${device.description}`);
      let report: Saved;
      if (what === "kernels") {
        say(
          `${"kernel".padEnd(24)}${"shape".padEnd(38)}       ms  GFLOP/s     GB/s  ns/sample  ` +
            "share",
        );
        report = await benchKernels(device, data, (r) =>
          say(
            `${r.kernel.padEnd(24)}${r.shape.padEnd(38)}${number(r.ms, 3)}${number(r.gflops)}` +
              `${number(r.gbs)}${number(r.nsPerSample, 0, 11)}${share(r.share)}`,
          ),
        );
      } else {
        say(`${"training".padEnd(28)}  ms/step  steps/s  GFLOP/s  share  of a loop's`);
        report = await (what === "training" ? benchTraining : benchScaling)(device, data, (r) =>
          say(
            `${r.run.padEnd(28)}${number(r.msPerStep)}${number(r.stepsPerSecond, 0)}` +
              `${number(r.gflops)}${share(r.share)}${share(r.carriedShare).padStart(13)}`,
          ),
        );
      }
      const { gflops, carriedGflops, gbs } = report.roofline;
      say(
        `Roofline    ${gflops.toFixed(1)} GFLOP/s (multiply-adds; ${carriedGflops.toFixed(1)} ` +
          `where each is carried through a loop), ${gbs.toFixed(2)} GB/s (copy)`,
      );
      if (flags.json) console.log(JSON.stringify(report));
      if (flags.save) {
        await writeWhole(flags.save, `${JSON.stringify(report, null, 1)}\n`, ELSEWHERE);
      }
      if (old) compare(old, report, say);
    });
}

function compare(old: Saved, now: Saved, say: (line: string) => void): void {
  if (old.adapter !== now.adapter) say(`The old results are of ${old.adapter}.`);
  const before = times(old);
  const rows = [...times(now)].flatMap(([name, ms]) =>
    before.has(name) ? [[name, (before.get(name) as number) / ms] as const] : [],
  );
  say(rows.length === 0 ? "The two have nothing in common to compare." : "\nold time / new time");
  for (const [name, ratio] of rows) say(`${name.padEnd(62)}${ratio.toFixed(2)} ×`);
}
