/** Watches a run: reports, warnings, progress and checkpoints. */
import { SingleBar } from "cli-progress";
import { duration, percent } from "../format";
import { type Report, type Training, type ValueReport, warning } from "../index";
import { collapse, lossLine, type ValueRun } from "./losses";
import { memberNames } from "./members";
import { save } from "./outputs";

/**
 * Iterates over the run to its end, shows each report and writes each checkpoint. Returns its
 * seconds and all its steps.
 */
export async function follow(
  training: Training | ValueRun,
  { json, checkpoint }: { json?: boolean; checkpoint?: string },
): Promise<{ seconds: number; steps: number }> {
  const { epochs, stepsPerEpoch, members } = training.spec;
  const total = Math.round(epochs * stepsPerEpoch);
  const first = await training.step;
  const bar =
    !json && process.stdout.isTTY
      ? new SingleBar({
          format: "{bar} {percentage}% | {speed} steps/s | {left} left",
          barsize: 24,
          hideCursor: true,
          clearOnComplete: true,
        })
      : undefined;
  const meanOf = members.length > 1 ? ` (mean of ${members.length})` : "";
  const names = memberNames(members);
  const accuracyLine = ({ epoch, training: { accuracy, loss }, validation }: Report) =>
    `Epoch ${epoch.toFixed(0).padStart(2)}    ` +
    `training ${percent(accuracy)} (loss ${loss.toFixed(3)}), ` +
    `validation ${percent(validation.accuracy)}${meanOf}`;
  const line = (report: Report | ValueReport) =>
    "atChance" in report ? accuracyLine(report) : lossLine(report, training as ValueRun);
  const start = performance.now();
  let steps = first;
  let warned = "";
  bar?.start(total, first, { speed: "…", left: "…" });
  try {
    for await (const report of training as AsyncIterable<Report | ValueReport>) {
      steps = report.step;
      if (checkpoint !== undefined && report.checkpoint)
        await save(checkpoint, report.checkpoint, "checkpoint");
      const text = "atChance" in report ? warning(report, names) : collapse(report, names);
      const who = `${"atChance" in report ? report.atChance : report.collapsed}`;
      if (who !== warned) {
        warned = who;
        if (text) console.error(`${bar ? "\r\x1b[K" : ""}Warning     ${text}`);
      }
      if (json) {
        console.log(
          JSON.stringify({ step: report.step, epoch: report.epoch, members: report.members }),
        );
        continue;
      }
      const speed = (report.step - first) / ((performance.now() - start) / 1000);
      if (report.step % stepsPerEpoch === 0) {
        if (bar) process.stdout.write("\r\x1b[K");
        console.log(line(report));
      }
      bar?.update(report.step, {
        speed: speed.toFixed(0),
        left: duration((total - report.step) / speed),
      });
    }
  } finally {
    bar?.stop();
  }
  return { seconds: (performance.now() - start) / 1000, steps };
}
