/**
 * `stairstep verify`: golden vectors, and networks beside their twins, on the user's own adapter.
 */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { StairstepError } from "../index";
import {
  type FamilyResult,
  goldenVectors,
  parseVectors,
  verify,
  verifyVectors,
} from "../verify/index";
import { openDevice } from "./adapter";
import { EXIT, endsWith } from "./exit";
import { adapterOption, type KernelFlags, kernelsOption, requireGpuOption } from "./options";

async function readVectors(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch((cause) => {
    throw new StairstepError(
      `${file} cannot be read (${cause.code}): give a JSON file of golden vectors`,
    );
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StairstepError(
      `${file} is not JSON (${(cause as Error).message.replaceAll("\n", " ")}): give a JSON ` +
        "file of golden vectors",
    );
  }
}

const table = (families: Record<string, FamilyResult>): string =>
  [
    `${"family".padEnd(24)}cases  largest error  failed`,
    ...Object.entries(families).map(
      ([name, f]) =>
        `${name.padEnd(24)}${String(f.cases).padStart(5)}` +
        `${f.maxError.toExponential(1).padStart(15)}${String(f.failed).padStart(8)}`,
    ),
  ].join("\n");

export function addVerify(program: Command): void {
  program
    .command("verify")
    .description(
      "Check all that training does against float64 on this adapter. The exit status is 1 on " +
        "any miss.",
    )
    .option("--vectors <file>", "golden vectors as JSON, to check those and nothing else")
    .addOption(kernelsOption())
    .addOption(requireGpuOption())
    .addOption(adapterOption())
    .option("--json", "print one JSON object")
    .action(async (flags: KernelFlags & { vectors?: string; json?: boolean }) => {
      const given = flags.vectors;
      const vectors =
        given === undefined
          ? await goldenVectors()
          : parseVectors(given, await readVectors(given).catch(endsWith(EXIT.data)));
      const device = await openDevice(flags);
      const families = await (given === undefined ? verify : verifyVectors)(device, vectors);
      const failed = Object.values(families).reduce((sum, f) => sum + f.failed, 0);
      if (flags.json)
        console.log(
          JSON.stringify({
            adapter: device.adapter.name,
            kernels: device.kernels,
            families,
            failed,
          }),
        );
      else {
        console.log(`Adapter     ${device.description}\n\n${table(families)}`);
        console.log(
          failed === 0
            ? "\nEvery value is within its tolerance: training works on this adapter."
            : `\n${failed} cases are outside their tolerance: this adapter or its driver is not ` +
                "to be trusted.",
        );
      }
      process.exitCode = failed === 0 ? 0 : 1;
    });
}
