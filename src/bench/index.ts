/** The public API of the benchmarks. */

export { benchKernels, benchMatmul, type KernelReport, type KernelResult } from "./kernels";
export type { Roofline } from "./measure";
export { benchScaling, benchTraining, type TrainingReport, type TrainingResult } from "./training";
