/**
 * The public API of what proves the kernels: golden vectors, networks and neurons beside their
 * twins, and the random stream for batteries of tests.
 */
export { type NeuronCheck, type NeuronResult, verifyNeuron } from "./neuron";
export { ORDERS, type Order, randomBytes, type StreamOptions } from "./random";
export type { Families, FamilyResult } from "./results";
export {
  type Choice,
  type Curve,
  type Fired,
  type Given,
  oneHotTwin,
  orderedTwin,
  realTwin,
  type Twin,
  twinOf,
} from "./twin/neurons";
export { type Outcome, outcomesOf, Reader, type Reading } from "./twin/reader";
export { goldenVectors, parseVectors, type Vectors } from "./vectors";
export { type VerifyOptions, verify, verifyVectors } from "./verify";
