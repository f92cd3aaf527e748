/** The public API of the experiments. */

export { EXPERIMENTS, type Experiment } from "./catalogue";
export type { ActivationTable } from "./charts";
export { csv, type ReportParts, report } from "./report";
export { belongs, type Extent, parseResult, perform, type Result } from "./result";
export { RUNS, type Run } from "./runs";
export { row } from "./statistics";
