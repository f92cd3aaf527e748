/** `stairstep evaluate`: the accuracy of a saved model. */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { decodeCheckpoint, restore, StairstepError } from "../index";
import { openDevice } from "./adapter";
import { openData, percent } from "./options";

export function addEvaluate(program: Command): void {
  program
    .command("evaluate")
    .description("Evaluate a model saved with train --save, on validation and test data.")
    .argument("<model>", "safetensors file")
    .option("--sampled", "sample the neurons, instead of rounding or taking the largest")
    .option("--data <folder>", "folder of four IDX files, raw or gzipped (default: MNIST)")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  $ stairstep train --save model.safetensors && stairstep evaluate model.safetensors")
    .action(async (file: string, flags: { sampled?: boolean; data?: string; json?: boolean }) => {
      const bytes = await readFile(file).catch((cause) => {
        throw new StairstepError(`${file} cannot be read (${cause.code}): save a model with train --save FILE`);
      });
      const saved = decodeCheckpoint(file, new Uint8Array(bytes));
      const device = await openDevice();
      const training = await restore(device, await openData(device, flags.data), saved, flags.sampled ? { stochasticEvaluation: true } : {});
      const [validation] = (await training.evaluate("validation")) as [number];
      const [test] = (await training.evaluate("test")) as [number];
      if (flags.json)
        console.log(JSON.stringify({ step: saved.step, adapter: device.adapter.name, validation: { accuracy: validation }, test: { accuracy: test } }));
      else
        console.log(
          `Adapter     ${device.adapter.name}\nAccuracy    validation ${percent(validation)}, test ${percent(test)} (after ${saved.step.toLocaleString("en")} steps)`,
        );
    });
}
