/** Checks all that training does on the user's own adapter: drivers have bugs. */
import { type Tuning, tuning } from "../model/tuning";
import type { Device } from "../runtime/device";
import { CASES } from "./cases";
import { Golden } from "./golden";
import { bernoulliVector, divergenceVector } from "./golden-values";
import { checkNetwork } from "./networks";
import { type Families, type Outcome, tally } from "./results";
import type { Vectors } from "./vectors";

export interface VerifyOptions {
  /** Default: what training uses on this adapter. */
  tuning?: Tuning;
  /**
   * Called as vectors and networks are done, with what was found so far. A promise is awaited: a
   * page can draw meanwhile.
   */
  onProgress?: (done: number, total: number, families: Readonly<Families>) => void | Promise<void>;
}

type Check = () => Promise<Outcome[]>;

/**
 * Checks under way together: compiling and reading back take their time, and one's can pass during
 * another's.
 */
const TOGETHER = 8;

async function runAll(
  device: Device,
  checks: readonly Check[],
  onProgress: VerifyOptions["onProgress"],
): Promise<Families> {
  const families: Families = {};
  for (let done = 0; done < checks.length; ) {
    const some = checks.slice(done, done + TOGETHER);
    const outcomes = await Promise.all(some.map((check) => check()));
    device.check();
    for (const outcome of outcomes.flat()) tally(families, outcome);
    done += some.length;
    await onProgress?.(done, checks.length, families);
  }
  return families;
}

function vectorChecks(
  device: Device,
  { philox, neurons, heads, matmuls, adam, relu, bernoulli, kl }: Vectors,
  { tiles }: Tuning,
): Check[] {
  const golden = new Golden(device);
  return [
    ...(philox.length > 0 ? [() => golden.philox(philox)] : []),
    ...neurons.map((vector) => () => golden.neuron(vector)),
    ...heads.map((vector) => () => golden.head(vector)),
    ...matmuls.map((vector) => () => golden.matmul(vector, tiles)),
    ...relu.map((vector) => () => golden.relu(vector)),
    ...adam.map((vector) => () => golden.adam(vector, tiles)),
    ...bernoulli.map((vector) => () => bernoulliVector(device, vector)),
    ...kl.map((vector) => () => divergenceVector(device, vector)),
  ];
}

/** Golden vectors alone: largest error and misses of each family. */
export function verifyVectors(
  device: Device,
  vectors: Vectors,
  { tuning: tune = tuning(device), onProgress }: VerifyOptions = {},
): Promise<Families> {
  return runAll(device, vectorChecks(device, vectors, tune), onProgress);
}

/**
 * Golden vectors; then small networks that train, evaluate and are looked into, beside their twins
 * in float64 (twin/). Largest error and misses of each family.
 */
export function verify(
  device: Device,
  vectors: Vectors,
  { tuning: tune = tuning(device), onProgress }: VerifyOptions = {},
): Promise<Families> {
  const networks = CASES.map((given) => () => checkNetwork(device, given, tune));
  return runAll(device, [...vectorChecks(device, vectors, tune), ...networks], onProgress);
}
