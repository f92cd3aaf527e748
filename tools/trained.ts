/** Runs that tools train by the command itself, for what comes with the page. */
import { spawnSync } from "node:child_process";

/** A line of `stairstep train --json` that has a member: a report, or the end. */
export interface Line {
  epoch?: number;
  members: [Record<"training" | "validation" | "test", { accuracy: number }>];
}

/** What `stairstep COMMAND --json` prints of reports and of the end. Throws where it fails. */
function lines(command: string): Line[] {
  const args = ["dist/cli/stairstep.js", ...command.split(" "), "--json"];
  const { status, stdout, stderr } = spawnSync("node", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`stairstep ${command} ended with ${status}: ${stderr}`);
  const parsed = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return parsed.filter(({ epoch, done }) => epoch !== undefined || done);
}

/**
 * Trains by `command`. Returns its curves, that of validation from step 0 on, and its end.
 */
export function trained(command: string) {
  const reports = lines(command);
  const end = reports.pop() as Line;
  const validation = reports.map(({ members: [member] }) => member.validation.accuracy);
  const training = reports.map(({ members: [member] }) => member.training.accuracy);
  return {
    epochs: [0, ...reports.map(({ epoch }) => epoch as number)],
    training,
    validation: [untrained(command), ...validation],
    end: end.members[0],
  };
}

/** Validation accuracy before the first step: after one so short that it changes no weight. */
function untrained(command: string): number {
  const flags = command.replace(/ --(epochs|save) \S+/g, "");
  const [report] = lines(`${flags} --steps 1 --lr 1e-30`);
  return (report as Line).members[0].validation.accuracy;
}
