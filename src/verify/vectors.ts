/**
 * Golden vectors: inputs and expected outputs of every kernel family, computed elsewhere in
 * float64.
 */
import * as v from "valibot";
import { StairstepError } from "../runtime/errors";

const u32 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535));
/** Levels or categories: more would be a kernel that no compiler ends with. */
const choices = v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(1000));
const matrix = (value: v.GenericSchema<number>) =>
  v.pipe(
    v.array(v.pipe(v.array(value), v.minLength(1))),
    v.minLength(1),
    v.check(
      (all) => all.every((row) => row.length === all[0]?.length),
      "rows must be of one length",
    ),
  );
const rows = matrix(v.pipe(v.number(), v.finite()));
const uniforms = matrix(v.pipe(v.number(), v.minValue(0), v.ltValue(1)));
const alike = (first: number[][], ...others: number[][][]): boolean =>
  others.every((other) => other.length === first.length && other[0]?.length === first[0]?.length);
const flat = v.array(v.pipe(v.number(), v.finite()));

const philox = v.object({
  counter: v.tuple([u32, u32, u32, u32]),
  key: v.tuple([u32, u32]),
  words: v.tuple([u32, u32, u32, u32]),
});

const neuron = v.pipe(
  v.object({
    name: v.string(),
    neuron: v.string(),
    activation: v.optional(v.string()),
    levels: v.optional(choices),
    categories: v.optional(choices),
    estimator: v.optional(v.string()),
    tau: v.optional(positive, 1),
    slope: positive,
    stochastic: v.optional(v.boolean(), false),
    normalise: v.optional(v.boolean(), false),
    z: rows,
    dy: rows,
    u: v.optional(uniforms),
    y: rows,
    dz: rows,
  }),
  v.check(({ z, dy, y, dz }) => alike(z, dy, y, dz), "z, dy, y and dz must be of one shape"),
  v.check(({ z, u }) => u === undefined || u.length === z.length, "u must have as many rows as z"),
);

const head = v.pipe(
  v.object({ logits: rows, labels: v.array(u32), loss: v.number(), dlogits: rows, correct: u32 }),
  v.check(
    ({ logits, dlogits }) => alike(logits, dlogits),
    "logits and dlogits must be of one shape",
  ),
  v.check(
    ({ logits, labels }) =>
      labels.length === logits.length && labels.every((label) => label < (logits[0]?.length ?? 0)),
    "labels must be a class for each row",
  ),
);

const matmul = v.pipe(
  v.object({ m: size, k: size, n: size, a: flat, b: flat, c: flat }),
  v.check(
    ({ m, k, n, a, b, c }) => a.length === m * k && b.length === k * n && c.length === m * n,
    "a, b and c must have m·k, k·n and m·n values",
  ),
);

const adam = v.pipe(
  v.object({
    w: v.pipe(flat, v.minLength(1)),
    lr: positive,
    // The kernel's own, which nobody can change.
    b1: v.literal(0.9),
    b2: v.literal(0.999),
    eps: v.literal(1e-8),
    gradients: v.pipe(v.array(flat), v.minLength(1)),
    after: v.array(flat),
  }),
  v.check(
    ({ w, gradients, after }) =>
      after.length === gradients.length &&
      [...gradients, ...after].every(({ length }) => length === w.length),
    "gradients and after must be lists of as many values as w has, one a step",
  ),
);

const relu = v.pipe(
  v.object({
    z: rows,
    leak: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
    dy: rows,
    y: rows,
    dz: rows,
  }),
  v.check(({ z, dy, y, dz }) => alike(z, dy, y, dz), "z, dy, y and dz must be of one shape"),
);

const bernoulli = v.pipe(
  v.object({ logits: rows, x: rows, loss: v.number(), dlogits: rows }),
  v.check(({ logits, x, dlogits }) => alike(logits, x, dlogits), "all must be of one shape"),
);

const kl = v.pipe(
  v.object({ z: rows, categories: choices, kl: v.number(), dz: rows }),
  v.check(
    ({ z, categories, dz }) => alike(z, dz) && (z[0]?.length ?? 0) % categories === 0,
    "z and dz must be of one shape, of whole neurons",
  ),
);

const schema = v.object({
  philox: v.optional(v.array(philox), []),
  neurons: v.optional(v.array(neuron), []),
  heads: v.optional(v.array(head), []),
  matmuls: v.optional(v.array(matmul), []),
  adam: v.optional(v.array(adam), []),
  relu: v.optional(v.array(relu), []),
  bernoulli: v.optional(v.array(bernoulli), []),
  kl: v.optional(v.array(kl), []),
});

type Four = [number, number, number, number];

/** A block of Philox4x32-10. */
export interface PhiloxVector {
  counter: Four;
  key: [number, number];
  words: Four;
}

/** A layer's outputs `y` and gradients `dz`, all [rows, width]; `u` are its uniform draws. */
export interface LayerVector {
  tau: number;
  slope: number;
  z: number[][];
  dy: number[][];
  u?: number[][] | undefined;
  y: number[][];
  dz: number[][];
}

export interface NeuronVector extends LayerVector {
  name: string;
  neuron: string;
  activation?: string | undefined;
  levels?: number | undefined;
  categories?: number | undefined;
  estimator?: string | undefined;
  stochastic: boolean;
  normalise: boolean;
}

/** Softmax with cross-entropy: `logits` and `dlogits` [rows, classes], the loss summed. */
export interface HeadVector {
  logits: number[][];
  labels: number[];
  loss: number;
  dlogits: number[][];
  correct: number;
}

/** c [m, n] = a [m, k] · b [k, n], row-major. */
export interface MatmulVector {
  m: number;
  k: number;
  n: number;
  a: number[];
  b: number[];
  c: number[];
}

/** Weights w [n], and what they are after each step along the next of `gradients`. */
export interface AdamVector {
  w: number[];
  lr: number;
  b1: number;
  b2: number;
  eps: number;
  gradients: number[][];
  after: number[][];
}

/** y = z above 0, else leak · z; all [rows, width]. */
export interface ReluVector {
  z: number[][];
  leak: number;
  dy: number[][];
  y: number[][];
  dz: number[][];
}

/** Loss of logits and values x, both [rows, outputs], and its gradient: means over rows. */
export interface BernoulliVector {
  logits: number[][];
  x: number[][];
  loss: number;
  dlogits: number[][];
}

/** KL of softmax(z) from uniform choices, z [rows, neurons · categories]: means over rows. */
export interface DivergenceVector {
  z: number[][];
  categories: number;
  kl: number;
  dz: number[][];
}

export interface Vectors {
  philox: PhiloxVector[];
  neurons: NeuronVector[];
  heads: HeadVector[];
  matmuls: MatmulVector[];
  adam: AdamVector[];
  relu: ReluVector[];
  bernoulli: BernoulliVector[];
  kl: DivergenceVector[];
}

/**
 * Checks a parsed JSON value against the schema. Throws `StairstepError` with the place of the
 * first fault.
 */
export function parseVectors(name: string, json: unknown): Vectors {
  const result = v.safeParse(schema, json);
  if (!result.success) {
    const issue = result.issues[0];
    throw new StairstepError(
      `${name} is not a file of golden vectors: ${v.getDotPath(issue) ?? "the file"}: ` +
        `${issue.message}`,
    );
  }
  const vectors = result.output;
  if (Object.values(vectors).every((family) => family.length === 0)) {
    throw new StairstepError(
      `${name} has no golden vectors: it needs one or more of ` +
        `${Object.keys(vectors).join(", ")}`,
    );
  }
  return vectors;
}

/** The golden vectors that Stairstep ships with, 2 MB of them: loaded when they are asked for. */
export async function goldenVectors(): Promise<Vectors> {
  const [golden, codes] = await Promise.all([
    import("./golden.json"),
    import("./golden-codes.json"),
  ]);
  return parseVectors("golden.json", { ...golden.default, ...codes.default });
}
