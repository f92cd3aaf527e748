/** Golden vectors: inputs and expected outputs of every kernel family, computed elsewhere in float64. */
import * as v from "valibot";
import { StairstepError } from "../runtime/errors";

const u32 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535));
const rows = v.pipe(v.array(v.pipe(v.array(v.pipe(v.number(), v.finite())), v.minLength(1))), v.minLength(1));
const flat = v.array(v.pipe(v.number(), v.finite()));

const philox = v.object({ counter: v.tuple([u32, u32, u32, u32]), key: v.tuple([u32, u32]), words: v.tuple([u32, u32, u32, u32]) });

const neuron = v.object({
  name: v.string(),
  neuron: v.string(),
  activation: v.optional(v.string()),
  levels: v.optional(v.pipe(v.number(), v.integer(), v.minValue(2))),
  categories: v.optional(v.pipe(v.number(), v.integer(), v.minValue(2))),
  estimator: v.optional(v.string()),
  tau: v.optional(positive, 1),
  slope: positive,
  stochastic: v.optional(v.boolean(), false),
  normalise: v.optional(v.boolean(), false),
  z: rows,
  dy: rows,
  u: v.optional(rows),
  y: rows,
  dz: rows,
});

const head = v.object({ logits: rows, labels: v.array(u32), loss: v.number(), dlogits: rows, correct: u32 });

const matmul = v.pipe(
  v.object({ m: size, k: size, n: size, a: flat, b: flat, c: flat }),
  v.check(({ m, k, n, a, b, c }) => a.length === m * k && b.length === k * n && c.length === m * n, "a, b and c must have m·k, k·n and m·n values"),
);

const schema = v.object({
  philox: v.optional(v.array(philox), []),
  neurons: v.optional(v.array(neuron), []),
  heads: v.optional(v.array(head), []),
  matmuls: v.optional(v.array(matmul), []),
});

export type Vectors = v.InferOutput<typeof schema>;
export type NeuronVector = Vectors["neurons"][number];

/** Checks a parsed JSON value against the schema. Throws `StairstepError` with the place of the first fault. */
export function parseVectors(name: string, json: unknown): Vectors {
  const result = v.safeParse(schema, json);
  if (!result.success) {
    const issue = result.issues[0];
    throw new StairstepError(`${name} is not a file of golden vectors: ${v.getDotPath(issue) ?? "the file"}: ${issue.message}`);
  }
  const vectors = result.output;
  if (Object.values(vectors).every((family) => family.length === 0)) {
    throw new StairstepError(`${name} has no golden vectors: it needs philox, neurons, heads or matmuls`);
  }
  return vectors;
}
