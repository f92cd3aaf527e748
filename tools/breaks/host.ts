/** Breaks outside the kernels' text: buffers, evaluation, files, and what `verify` compares. */
import type { Mutation } from "./mutation";

export const host: readonly Mutation[] = [
  {
    name: "complete reads its lower half for its upper",
    file: "model/values.ts",
    text: 'await half("the upper halves", 0, upper)',
    broken: 'await half("the upper halves", inputs - upper, inputs)',
    tests: "verify/verify",
  },
  {
    name: "a resumed run begins its optimizer anew",
    file: "model/network.ts",
    text: "if (this.states > 0) this.device.write",
    broken: "if (this.states > 9) this.device.write",
    tests: "model/optimizers",
  },
  {
    name: "kernels of one text are one kernel",
    file: "runtime/device.ts",
    text: "source(kernel)}`",
    broken: "kernel.wgsl}`",
    tests: "runtime",
  },
  {
    name: "a kernel believes its buffer longer than it is",
    file: "runtime/program.ts",
    text: "Math.floor(bytes / (",
    broken: "1 + Math.floor(bytes / (",
    tests: "runtime",
  },
  {
    name: "the training split is evaluated from the file's beginning",
    file: "model/evaluator.ts",
    text: "[begin + first + i,",
    broken: "[first + i,",
    tests: "network",
  },
  {
    name: "a neuron from outside is not what its layer fires",
    file: "model/spec.ts",
    text: "own: layer.own,",
    broken: "own: undefined,",
    tests: "model/own",
  },
  {
    name: "a changed neuron from outside is taken for the file's",
    file: "model/own.ts",
    text: "    at < 0,",
    broken: "    at < 1e9,",
    tests: "model/own",
  },
  {
    name: "a file does not have how a neuron from outside is evaluated",
    file: "model/own.ts",
    text: "...Object.values(training ?? {}), evaluation?.fire]",
    broken: "...Object.values(training ?? {})]",
    tests: "model/own",
  },
  {
    name: "an estimator from outside goes into the catalogue",
    file: "model/own.ts",
    text: "return { ...neuron, estimators: [...neuron.estimators, estimator] };",
    broken: "return Object.assign(neuron, { estimators: [...neuron.estimators, estimator] });",
    tests: "model/own",
  },
  {
    name: "a resumed run takes a changed neuron",
    file: "model/fits.ts",
    text: "  checkOwn(from.hidden, spec.hidden);",
    broken: "",
    tests: "model/own",
  },
  {
    name: "NaN is near its twin",
    file: "verify/neuron.ts",
    text: "if (error <= tolerance) return;",
    broken: "if (!(error > tolerance)) return;",
    tests: "verify/neuron",
  },
  {
    name: "gradients are not compared with the twin's",
    file: "verify/golden.ts",
    text: "close(foundDz[r * stride + i] as number, wantDz),",
    broken: "close(wantDz, wantDz),",
    tests: "verify/neuron",
  },
];
