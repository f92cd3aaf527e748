/**
 * The public API. Benchmarks and checks of an adapter are separate entry points: stairstep/bench
 * and stairstep/verify.
 */

export { type DataName, type DataSource, dataSources, findSource } from "./data/catalogue";
export type { Dataset, Split } from "./data/dataset";
export { loadFolder, loadMnist, loadSource, uploadDataset } from "./data/dataset";
export {
  bytesOf,
  type DataFiles,
  type FetchOptions,
  fetchFiles,
  fetchMnist,
  filesFromList,
} from "./data/files";
export { sha256 } from "./data/fingerprint";
export { type ArrayOptions, datasetFrom, type LabelledArrays } from "./data/from-arrays";
export { checkSize, type Pixels } from "./data/idx";
export { oneSided } from "./data/one-sided";
export type { DataIdentity, DataOptions, FolderOptions, Scaling } from "./data/options";
export type { AnyPixels } from "./data/pixels";
export { transposeFiles } from "./data/transform";
export { formatBytes } from "./format";
export { activation } from "./model/activation";
export { decodeCheckpoint, encodeCheckpoint, memberOf } from "./model/checkpoint";
export type { Code } from "./model/code";
export { binary, oneHot, staircase, tanh, ternary } from "./model/layers";
export type { Choices } from "./model/measure";
export {
  codeOf,
  completionLoss,
  loadCode,
  measure,
  probeAccuracy,
  unusedSymbols,
} from "./model/measures";
export { loadModel, type Model } from "./model/model";
export { otherData } from "./model/other-data";
export type { OwnParts } from "./model/own";
export { layer } from "./model/own-layer";
export { type MemberReport, type Report, warning } from "./model/report";
export { neuronNames, parseNeuron, type Spec, type TrainOptions } from "./model/spec";
export type { Checkpoint, HiddenLayer, LayerWeights, MemberOptions, Task } from "./model/state";
export { optionsOf } from "./model/state";
export { Training, train } from "./model/training";
export type { Tuning } from "./model/tuning";
export type { Losses, ValueMemberReport, ValueReport } from "./model/value-report";
export { VERSION } from "./model/version";
export { type Found, indexWords, type Letter, type WordIndex } from "./model/word-index";
export type { AdapterSummary } from "./runtime/adapter";
export {
  Device,
  type DeviceOptions,
  KERNEL_CHOICES,
  type KernelChoice,
  requestDevice,
} from "./runtime/device";
export { DeviceLostError, DivergedError, StairstepError } from "./runtime/errors";
export { type LossName, labelLosses, lossNames } from "./shaders/losses/catalogue";
export { type NeuronName, neurons } from "./shaders/neurons/catalogue";
export {
  type Estimator,
  logistic as logisticWgsl,
  type Neuron,
  type NeuronCode,
  type NeuronOptions,
  safeTanh as safeTanhWgsl,
} from "./shaders/neurons/neuron";
export { type OneHotParts, oneHotEstimator } from "./shaders/neurons/one-hot";
export { type OrderedParts, ordered, real } from "./shaders/neurons/ordered";
export { type OptimizerName, optimizers } from "./shaders/optimizers/catalogue";
export type { Dtype } from "./shaders/products/source";
