/** What a run came to, as plain data: written to JSON, read back, and drawn. */
import * as v from "valibot";
import { StairstepError } from "../index";
import { outputsSchema } from "./outputs";
import type { Run } from "./runs";

const numbers = v.array(v.number());
const schema = v.object({
  format: v.literal("stairstep-result-1"),
  id: v.string(),
  /** Architecture, schedule and length: what the numbers depend on, besides the adapter. */
  setting: v.string(),
  adapter: v.string(),
  seeds: numbers,
  epochs: v.number(),
  seconds: v.number(),
  /** Steps of the reports, and for each seed, at each, shares in [0, 1]. */
  steps: numbers,
  training: v.array(numbers),
  validation: v.array(numbers),
  /** At the end, for each seed. */
  final: v.object({ validation: numbers, test: numbers }),
  /** Of the first seed's member, on test images. */
  outputs: outputsSchema,
});

export type Result = v.InferOutput<typeof schema>;

/** How much of a run to train: 20 epochs and the run's own seeds, or less. */
export interface Extent {
  epochs: number;
  seeds: readonly number[];
}

/** Steps between reports. */
export const REPORT_EVERY = 250;

export const settingOf = ({ data, hidden, member }: Run, { epochs, seeds }: Extent): string =>
  JSON.stringify({ data, hidden, member, epochs, seeds });

/** Reads a results.json. Throws `StairstepError` that names `file` for anything else. */
export function parseResults(file: string, text: string): Result[] {
  try {
    return v.parse(v.array(schema), JSON.parse(text));
  } catch {
    throw new StairstepError(`${file} is no results.json of reproduce: give one that it wrote`);
  }
}
