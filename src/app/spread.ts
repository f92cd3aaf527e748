/** Labels beside one another that do not overlap. */

/**
 * Places for labels that belong at `wanted`, each as near its own as may be: at least `gap` apart,
 * in the same order, from `low` to `high` where there is room for all. The least squares of their
 * ways, by pooling neighbours that would overlap.
 */
export function spread(
  wanted: readonly number[],
  gap: number,
  low: number,
  high: number,
): number[] {
  const order = wanted
    .map((_, i) => i)
    .sort((a, b) => (wanted[a] as number) - (wanted[b] as number));
  // Without the gaps in between, places may be equal but not fall.
  const pools: { mean: number; count: number }[] = [];
  order.forEach((at, i) => {
    let pool = { mean: (wanted[at] as number) - i * gap, count: 1 };
    for (let last = pools.at(-1); last && last.mean > pool.mean; last = pools.at(-1)) {
      pools.pop();
      const count = last.count + pool.count;
      pool = { mean: (last.mean * last.count + pool.mean * pool.count) / count, count };
    }
    pools.push(pool);
  });
  const most = Math.max(low, high - (wanted.length - 1) * gap);
  const bases = pools.flatMap(({ mean, count }) =>
    Array<number>(count).fill(Math.min(Math.max(low, mean), most)),
  );
  const places: number[] = [];
  order.forEach((at, i) => {
    places[at] = (bases[i] as number) + i * gap;
  });
  return places;
}
