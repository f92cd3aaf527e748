/**
 * The public API of the experiments. The report is apart, in report.ts, because it brings a
 * plotting library.
 */

export { EXPERIMENTS, type Experiment } from "./catalogue";
export { belongs, type Extent, parseResult, perform, type Result } from "./result";
export type { Run } from "./runs";
