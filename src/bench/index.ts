/** The public API of the benchmarks and of the tuner, `stairstep/bench`. */

export { type KernelText, networkKernels } from "../model/kernels";
export { parseTunings, tuningKey, withTuning } from "../model/tuning/cache";
export { type Trial, tune } from "../model/tuning/search";
export { benchKernels, benchMatmul, type KernelReport, type KernelResult } from "./kernels";
export type { Roofline } from "./measure";
export { benchScaling, benchTraining, type TrainingReport, type TrainingResult } from "./training";
