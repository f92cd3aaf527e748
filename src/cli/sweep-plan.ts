/** `--plan`: what a sweep would train, and how long that may take. */
import { counted, duration, formatBytes, thousands } from "../format";
import { stepsOf } from "../sweep/configuration";
import { populationsOf } from "../sweep/pack";
import type { Plan } from "../sweep/plan";
import type { Folder } from "./sweep-folder";
import { secondsLeft } from "./sweep-status";

export async function printPlan(plan: Plan, folder: Folder): Promise<void> {
  const { runs } = plan;
  const configurations = [...new Set(runs.map(({ configuration }) => configuration))];
  const populations = populationsOf(runs, { most: runs.length, bytes: Infinity }, () => 0);
  const sizes = configurations.map(({ parameters }) => parameters);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const range = least === most ? thousands(most) : `${thousands(least)} to ${thousands(most)}`;
  console.log(`Sweep       ${plan.name}: ${counted(runs.length, "run")}`);
  console.log(
    `Runs        ${counted(configurations.length, "configuration")}; ` +
      `${counted(populations.length, "kind")} of network, each trained as populations`,
  );
  console.log(`Networks    ${range} parameters`);
  console.log(
    `Memory      up to ${formatBytes(Math.max(...configurations.map(({ largest }) => largest)))} ` +
      "in one buffer for a run alone",
  );
  console.log(`Time        ${await estimate(plan, folder)}`);
  for (const { name, member, configuration } of runs.slice(0, 10)) {
    const steps = thousands(stepsOf(configuration));
    console.log(`            ${name}: learning rate ${member.learningRate}, ${steps} steps`);
  }
  if (runs.length > 10) console.log(`            … and ${thousands(runs.length - 10)} more`);
}

/** Multiplications a second of a software adapter on two cores, by `stairstep bench`. */
const SOFTWARE_SPEED = 5e9;

/** By the results that are there, else by what a software adapter is known to do. */
async function estimate(plan: Plan, folder: Folder): Promise<string> {
  const { seconds, measured } = await secondsLeft(plan, folder);
  if (measured && seconds === 0) return "none: all that can be done is done";
  if (measured) return `about ${duration(seconds)} of one device, by the runs that are done`;
  const work = plan.runs.reduce((sum, { configuration }) => sum + configuration.work, 0);
  return (
    `about ${duration(work / SOFTWARE_SPEED)} on a software adapter of two cores; a GPU's is ` +
    "known once its first runs are done"
  );
}
