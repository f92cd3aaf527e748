/** What was found beside what was expected, counted by family. */

export interface FamilyResult {
  cases: number;
  /** Largest absolute difference from the expected values. */
  maxError: number;
  /** Cases with a value outside its tolerance. */
  failed: number;
}

export type Families = Record<string, FamilyResult>;

export type Comparison = readonly [found: number, expected: number, tolerance: number];

/** One case. */
export interface Outcome {
  family: string;
  comparisons: Iterable<Comparison>;
}

/**
 * f32 carries 24 bits and the kernels a few dozen roundings and 3-ulp functions: 2e-5 leaves room
 * for every conforming adapter, and none for a wrong formula. Decisions must be exact.
 */
export const TOLERANCE = 2e-5;
export const close = (found: number, expected: number): Comparison => [
  found,
  expected,
  TOLERANCE + TOLERANCE * Math.abs(expected),
];
export const exact = (found: number, expected: number): Comparison => [found, expected, 0];

/** Adds an outcome to its family's. */
export function tally(families: Families, { family, comparisons }: Outcome): void {
  const result = (families[family] ??= { cases: 0, maxError: 0, failed: 0 });
  let bad = false;
  for (const [found, expected, tolerance] of comparisons) {
    const error = Math.abs(found - expected);
    bad ||= !(error <= tolerance);
    result.maxError = Math.max(error, result.maxError); // NaN stays
  }
  result.cases++;
  if (bad) result.failed++;
}
