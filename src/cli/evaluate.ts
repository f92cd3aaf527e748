/** `stairstep evaluate`: the accuracy of a saved model, or its losses. */
import type { Command } from "commander";
import { thousands } from "../format";
import {
  type Checkpoint,
  type Dataset,
  neurons,
  optionsOf,
  otherData,
  StairstepError,
  type Training,
  train,
} from "../index";
import { openDevice } from "./adapter";
import { addDataOptions, type DataFlags, openData, warnOfSplits } from "./data";
import { EXIT, endsWith } from "./exit";
import { lossLines, summariseLosses, type ValueRun } from "./losses";
import { memberNames } from "./members";
import {
  adapterOption,
  type KernelFlags,
  kernelsOption,
  readModel,
  requireGpuOption,
} from "./options";
import { accuracies } from "./results";

interface EvaluateFlags extends KernelFlags, DataFlags {
  sampled?: boolean;
  json?: boolean;
  otherData?: boolean;
}

function checkSampled({ hidden }: Checkpoint, { sampled }: EvaluateFlags): void {
  const samples = (name: string) =>
    neurons.find((n) => n.name === name)?.estimators.some(({ draws }) => draws !== "none");
  if (sampled && !hidden.some(({ neuron }) => samples(neuron)))
    throw new StairstepError(
      "--sampled does nothing with this model, whose neurons never sample: leave it out",
    );
}

/** Throws for data that the model was not trained on, unless that is wanted; else says so. */
function checkData(file: string, saved: Checkpoint, data: Dataset, flags: EvaluateFlags): void {
  const other = otherData(saved, data);
  if (other && !flags.otherData)
    endsWith(EXIT.data)(
      new StairstepError(`${other}: give that with --data, or go on with --other-data`),
    );
  if (other) console.error(`Note        ${other}`);
  if (!saved.data)
    console.error(
      `Note        ${file} is of an older version and does not say what data it was trained on`,
    );
}

export function addEvaluate(program: Command): void {
  addDataOptions(program.command("evaluate"))
    .description("Evaluate a model saved with train --save, on training, validation and test data.")
    .argument("<model>", "safetensors file")
    .option("--sampled", "sample the neurons, instead of rounding or taking the largest")
    .option("--other-data", "evaluate on other data than the model was trained on")
    .addOption(kernelsOption())
    .addOption(requireGpuOption())
    .addOption(adapterOption())
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n" +
        "  $ stairstep train --save model.safetensors && stairstep evaluate model.safetensors",
    )
    .action(async (file: string, flags: EvaluateFlags) => {
      const saved = await readModel(file);
      checkSampled(saved, flags);
      const device = await openDevice(flags);
      const data = await openData(device, flags, saved);
      checkData(file, saved, data, flags);
      warnOfSplits(data);
      const hidden = saved.hidden.map((layer) => ({
        ...layer,
        ...(flags.sampled ? { stochasticEvaluation: true } : {}),
      }));
      const { data: _, ...from } = { ...saved, hidden };
      const training = train(device, data, { ...optionsOf(from), from });
      await training.ready().catch(endsWith(EXIT.data));
      const { members, lines } = await resultOf(training, saved);
      if (flags.json)
        return console.log(
          JSON.stringify({
            step: saved.step,
            data: data.identity,
            trainedOn: saved.data,
            adapter: device.adapter.name,
            kernels: device.kernels,
            members,
          }),
        );
      console.log(`Adapter     ${device.description}\nTrained     ${thousands(saved.step)} steps`);
      for (const line of lines) console.log(line);
    });
}

/** Each member's results, and lines that say them. */
async function resultOf(
  training: Training | ValueRun,
  { members }: Checkpoint,
): Promise<{ members: unknown[]; lines: string[] }> {
  if (training.spec.task !== "classify") {
    const run = training as ValueRun;
    const found = await summariseLosses(run);
    return { members: found, lines: lossLines(run, found, memberNames(members)) };
  }
  const run = training as Training;
  const [known, validation, test] = [
    await run.evaluate("training"),
    await run.evaluate("validation"),
    await run.evaluate("test"),
  ];
  const found = members.map(({ seed, learningRate, slope }, i) => ({
    ...{ seed, learningRate, slope },
    training: { accuracy: known[i] as number },
    validation: { accuracy: validation[i] as number },
    test: { accuracy: test[i] as number },
  }));
  return { members: found, lines: accuracies(found) };
}
