/** The public API of the benchmarks, and of the tuner, which is one. */

export { type KernelText, networkKernels } from "../model/kernels";
export { benchKernels, benchMatmul, type KernelReport, type KernelResult } from "./kernels";
export type { Roofline } from "./measure";
export { benchScaling, benchTraining, type TrainingReport, type TrainingResult } from "./training";
export { parseTunings, type Trial, tune, tuningKey } from "./tuner";
