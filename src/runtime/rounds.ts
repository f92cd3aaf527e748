/** Timing of what can be repeated: a few rounds of many repetitions each, and their median. */

/** A round of a browser whose timers are slow lasts no longer than this on their account. */
const LONGEST_MS = 1000;

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number;

export interface Rounds {
  /** How many count. */
  rounds: number;
  /** What each lasts, at the least. */
  ms: number;
  /** Repetitions of a round, at the most. */
  most?: number;
}

/** Milliseconds of one repetition. `work` resolves once the GPU has done `times` of them. */
export async function timeRounds(
  work: (times: number) => Promise<void>,
  { rounds, ms, most = 1 << 16 }: Rounds,
): Promise<number> {
  const round = async (times: number) => {
    const begun = performance.now();
    await work(times);
    return performance.now() - begun;
  };
  await round(1); // the first is slower
  // Firefox reports finished work every 100 ms only: an empty round must be little of one that
  // counts.
  const least = Math.max(ms, Math.min(LONGEST_MS, 10 * (await round(0))));
  let times = 1;
  let spent = await round(times);
  while (spent < least && times < most) {
    const growth = Math.min(16, Math.max(2, (1.2 * least) / spent));
    times = Math.min(most, Math.ceil(times * growth));
    spent = await round(times);
  }
  const each = [spent / times];
  while (each.length < rounds) each.push((await round(times)) / times);
  return median(each);
}
