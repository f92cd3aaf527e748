/** `stairstep evaluate`: the accuracy of a saved model. */
import type { Command } from "commander";
import { thousands } from "../format";
import { optionsOf, train } from "../index";
import { openDevice } from "./adapter";
import { DATA_HELP, openData } from "./data";
import { type KernelFlags, kernelsOption, readModel } from "./options";
import { accuracies } from "./results";

export function addEvaluate(program: Command): void {
  program
    .command("evaluate")
    .description("Evaluate a model saved with train --save, on training, validation and test data.")
    .argument("<model>", "safetensors file")
    .option("--sampled", "sample the neurons, instead of rounding or taking the largest")
    .option("--data <set>", DATA_HELP)
    .addOption(kernelsOption())
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ stairstep train --save model.safetensors && stairstep evaluate model.safetensors",
    )
    .action(
      async (
        file: string,
        flags: KernelFlags & { sampled?: boolean; data?: string; json?: boolean },
      ) => {
        const saved = await readModel(file);
        const device = await openDevice(flags.kernels);
        const hidden = saved.hidden.map((layer) => ({
          ...layer,
          ...(flags.sampled ? { stochasticEvaluation: true } : {}),
        }));
        const from = { ...saved, hidden };
        const training = train(device, await openData(device, flags.data), {
          ...optionsOf(from),
          from,
        });
        const [known, validation, test] = [
          await training.evaluate("training"),
          await training.evaluate("validation"),
          await training.evaluate("test"),
        ];
        const members = saved.members.map(({ seed }, i) => ({
          seed,
          training: { accuracy: known[i] as number },
          validation: { accuracy: validation[i] as number },
          test: { accuracy: test[i] as number },
        }));
        if (flags.json)
          return console.log(
            JSON.stringify({
              step: saved.step,
              adapter: device.adapter.name,
              kernels: device.kernels,
              members,
            }),
          );
        console.log(
          `Adapter     ${device.description}\nTrained     ${thousands(saved.step)} steps`,
        );
        for (const line of accuracies(members)) console.log(line);
      },
    );
}
