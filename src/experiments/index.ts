/**
 * The public API of the experiments. The report is apart, in report.ts, because it brings a
 * plotting library.
 */

export { EXPERIMENTS, type Experiment } from "./catalogue";
export { type Outputs, outputsOf, outputsSchema } from "./outputs";
export { type Extent, parseResults, REPORT_EVERY, type Result, settingOf } from "./result";
export type { Run } from "./runs";
