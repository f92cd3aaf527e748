/** `stairstep train`: trains, shows how it goes, ends with validation and test accuracy. */
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { thousands } from "../format";
import {
  type Checkpoint,
  type Device,
  DeviceLostError,
  optionsOf,
  otherData,
  StairstepError,
  type Training,
  train,
} from "../index";
import { openDevice } from "./adapter";
import { openData, warnOfSplits } from "./data";
import { EXIT, endsWith } from "./exit";
import { checkFlags, type Given, optionsFrom, resumedFrom, type TrainFlags } from "./flags";
import { follow } from "./follow";
import { lossLines, summariseLosses, type ValueRun } from "./losses";
import { memberNames } from "./members";
import { readModel } from "./options";
import { checkOutputs, save, saveAtEnd } from "./outputs";
import { accuracies, summarise } from "./results";
import { Interrupted, pending, stopGently } from "./signals";
import { beginning, describe, noteOrigin, type Run } from "./train-beginning";
import { trainCommand } from "./train-options";
import { cachedTuning, tuneAndCache } from "./tunings";

export const addTrain = (program: Command): void => void trainCommand(program).action(run);

async function run(flags: TrainFlags, command: Command): Promise<void> {
  const given: Given = (flag) => command.getOptionValueSource(flag) === "cli";
  // A job that is started again and again has the same command each time.
  const starts = flags.resume === flags.checkpoint && !existsSync(flags.resume ?? "");
  const wanted: TrainFlags = { ...flags };
  if (starts) delete wanted.resume;
  checkFlags(wanted, given);
  const signal = flags.checkpoint === undefined ? undefined : stopGently();
  await checkOutputs(flags);
  const from = wanted.resume === undefined ? undefined : await readModel(wanted.resume);
  const goesOn = from && resumedFrom(from, wanted, given);
  let device = await openDevice(flags);
  const { software } = device.adapter;
  const data = await openData(device, flags, from);
  const other = from && otherData(from, data);
  if (other)
    endsWith(EXIT.data)(new StairstepError(`${other}: give that with --data or --validation`));
  const say = flags.json ? () => {} : console.log;
  const chosen =
    from && goesOn ? { ...optionsOf(from), ...goesOn, from } : optionsFrom(flags, software);
  const checkpointEvery =
    flags.checkpoint === undefined ? {} : { checkpointEvery: flags.checkpointEvery ?? 1000 };
  const tuning = flags.tune
    ? await tuneAndCache(device, data, chosen, say)
    : await cachedTuning(device, data, chosen);
  const reopen = async () => {
    console.error("The GPU device was lost; going on with another from the last checkpoint.");
    device = await openDevice(flags);
    return { device, data: await openData(device, flags, from) };
  };
  const stop = signal ? { signal } : {};
  const settings = { ...chosen, ...checkpointEvery, ...stop, tuning, reopen };
  const training = train(device, data, settings);
  await training.ready().catch(from ? endsWith(EXIT.data) : undefined);
  if (software && !from && flags.epochs === undefined && flags.steps === undefined)
    console.error("Note        no GPU here: training 2 epochs instead of 20 (--epochs 20 for all)");
  if (from) noteOrigin(flags.resume as string, from, device);
  warnOfSplits(data);
  if (flags.json) console.log(JSON.stringify(beginning(training, device, data, from)));
  else await describe(training, device, data, from);
  try {
    await finish(training, device, flags, from);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    await interrupted(error, training, flags.checkpoint as string);
  }
}

/** Trains to the end, prints the results, and saves the model. */
async function finish(
  training: Run,
  device: Device,
  flags: TrainFlags,
  from: Checkpoint | undefined,
): Promise<void> {
  const { seconds, steps } = await follow(training, flags).catch(lostForGood(flags.checkpoint));
  const { json, lines } = await resultOf(training);
  const signal = pending(); // the results can be had again from the checkpoint
  if (signal) throw new Interrupted(signal);
  const done = steps - (from?.step ?? 0);
  const speed = done === 0 ? 0 : done / seconds;
  if (flags.json)
    console.log(
      JSON.stringify({
        done: true,
        steps,
        seconds,
        stepsPerSecond: speed,
        adapter: device.adapter.name,
        kernels: device.kernels,
        members: json,
      }),
    );
  else {
    const time = `${seconds.toFixed(1)} s, ${speed.toFixed(0)} steps/s`;
    console.log(`Done        ${thousands(done)} steps in ${time}`);
    for (const line of lines) console.log(line);
  }
  if (!flags.save) return;
  await saveAtEnd(flags.save, await training.checkpoint());
  if (!flags.json) console.log(`Saved       ${flags.save}`);
}

/** What the run came to: each member's results, and lines that say them. */
async function resultOf(run: Run): Promise<{ json: unknown[]; lines: string[] }> {
  if (run.spec.task === "classify") {
    const members = await summarise(run as Training);
    return { json: members, lines: accuracies(members) };
  }
  const values = run as ValueRun;
  const members = await summariseLosses(values);
  return { json: members, lines: lossLines(values, members, memberNames(run.spec.members)) };
}

/** Keeps what the run can go on from. */
async function interrupted({ signal }: Interrupted, training: Run, file: string): Promise<void> {
  const state = await training.checkpoint();
  await save(file, state, "checkpoint");
  console.error(
    `Stopped by ${signal} after ${thousands(state.step)} steps: go on with --resume ${file}`,
  );
  process.exitCode = EXIT.interrupted;
}

/** Throws on; of a device lost for good, says where the run can go on from. */
export const lostForGood =
  (checkpoint: string | undefined) =>
  (error: unknown): never => {
    if (!(error instanceof DeviceLostError)) throw error;
    const kept = checkpoint !== undefined && existsSync(checkpoint);
    const remedy =
      checkpoint === undefined
        ? "keep the next run with --checkpoint FILE"
        : kept
          ? `go on with --resume ${checkpoint}`
          : "start again";
    return endsWith(kept ? EXIT.interrupted : 1)(
      new StairstepError(`the GPU device was lost, also those that took its place: ${remedy}`),
    );
  };
