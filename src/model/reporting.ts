/**
 * What reports and evaluations need: loaded and compiled behind the first submit of a run, so that
 * its first step need not wait for it.
 */

import type { Split } from "../data/dataset";
import { mistaken } from "../runtime/mistaken";
import { call, Program } from "../runtime/program";
import { parameterCount } from "../shaders/layout";
import { finiteKernel, reportKernel } from "../shaders/report";
import { REPORT_BYTES } from "../shaders/report-type";
import { Evaluator, entries, type Parts, type Source } from "./evaluator";
import { makeReport } from "./report";
import type { View } from "./view";

/**
 * A split of data, whose training images are on the GPU alone. Throws `StairstepError` for what is
 * no split.
 */
export function sourceOf(data: View, split: Split): Source {
  if (split === "training") return { labels: data.training.labels, begin: data.training.first };
  if (split !== "validation" && split !== "test")
    throw mistaken("the split", split, "training, validation or test");
  return data[split];
}

/** Each member's sums over a split, as reports [members]. */
export async function evaluateSplit(evaluator: Evaluator, split: Split): Promise<ArrayBuffer> {
  const { device, data, spec } = evaluator.parts;
  const scores = device.allocate("scores", REPORT_BYTES * spec.members.length);
  try {
    await evaluator.overSlices(sourceOf(data, split), evaluator.scoring(scores), (program) =>
      program.run(device),
    );
    return await device.read(scores);
  } finally {
    scores.destroy();
  }
}

export class Reporting {
  /** Of tasks that classify; loaded with what reports need. */
  readonly makeReport = makeReport;

  private constructor(
    readonly evaluator: Evaluator,
    private readonly reports: GPUBuffer,
    private readonly report: Program,
    private readonly validation: readonly Program[],
    private readonly buffers: readonly GPUBuffer[],
  ) {}

  static async create(parts: Parts, metrics: GPUBuffer, reports: GPUBuffer): Promise<Reporting> {
    const { device, data, spec, sizes, control, parameters, extra } = parts;
    const members = spec.members.length;
    const { batch: rows, reportEvery } = spec;
    const values = extra.values !== undefined;
    const quads = sizes.map((size) => parameterCount(size) / 4);
    const report = Program.create(device, [
      call(reportKernel({ rows, reportEvery, members, values }), { control, metrics, reports }),
      call(finiteKernel({ quads, members }), { weights: parameters, reports }),
    ]);
    report.catch(() => {}); // thrown again when all are awaited
    const evaluator = await Evaluator.create(parts);
    const buffers: GPUBuffer[] = [];
    const programs: Promise<Program>[] = [];
    const { labels } = data.validation;
    const slice = evaluator.sliceRows(labels.length);
    for (let first = 0; first < labels.length; first += slice) {
      const batches = device.upload("validation rows", entries(data.validation, first, slice));
      const part = {
        ...{ rows: slice, images: data.images, masks: data.masks, batches },
        wanted: data.wanted?.images ?? data.images,
        lists: evaluator.allocateLists(slice),
      };
      buffers.push(batches, part.lists);
      const program = Program.create(device, evaluator.calls(part, reports));
      program.catch(() => {});
      programs.push(program);
      (await Program.create(device, evaluator.listCalls(part))).run(device);
    }
    const all = await Promise.all(programs);
    return new Reporting(evaluator, reports, await report, all, buffers);
  }

  /** Evaluates the validation split, sums up the steps since the last report, looks for NaN. */
  encode(pass: GPUComputePassEncoder): void {
    for (const program of this.validation) program.encode(pass);
    this.report.encode(pass);
  }

  /**
   * Evaluates a whole split; the reports [members] hold the sums. Atomic with respect to other
   * users of these buffers: everything is submitted without awaiting.
   */
  async run(split: Split): Promise<ArrayBuffer> {
    if (split !== "validation") return evaluateSplit(this.evaluator, split);
    const { device } = this.evaluator.parts;
    device.submit((encoder) => encoder.clearBuffer(this.reports));
    for (const program of this.validation) program.run(device);
    return device.read(this.reports);
  }

  destroy(): void {
    this.evaluator.destroy();
    for (const buffer of this.buffers) buffer.destroy();
  }
}
