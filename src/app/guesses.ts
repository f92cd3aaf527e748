/** One drawing, read many times by neurons that decide by chance. */
import { percent } from "../format";

export const GUESSES = 100;

/** What 100 readings of one drawing say: `probabilities` [guesses, classes]. */
export function tally(probabilities: Float32Array): {
  counts: [number, number][];
  mean: number[];
  text: string;
} {
  const classes = probabilities.length / GUESSES;
  const rows = Array.from({ length: GUESSES }, (_, i) =>
    probabilities.subarray(i * classes, (i + 1) * classes),
  );
  const mean = Array.from(
    { length: classes },
    (_, k) => rows.reduce((sum, row) => sum + (row[k] as number), 0) / GUESSES,
  );
  const [first] = rows as [Float32Array];
  if (rows.every((row) => row.every((share, k) => share === first[k])))
    return {
      counts: [],
      mean,
      text: "Nothing in this network is decided by chance: it would answer the same each time.",
    };
  const times = new Array<number>(classes).fill(0);
  const sure: number[] = [];
  for (const row of rows) {
    const guess = row.indexOf(Math.max(...row));
    times[guess] = (times[guess] as number) + 1;
  }
  const counts = times
    .map((count, i): [number, number] => [count, i])
    .filter(([count]) => count > 0)
    .sort(([a], [b]) => b - a);
  const [[, best]] = counts as [[number, number]];
  for (const row of rows) sure.push(row[best] as number);
  const readings = counts.map(([count, i]) => `${i} (${count} ×)`).join(", ");
  return {
    counts,
    mean,
    text:
      `Deciding by chance, as in training, ${GUESSES} times over it read ${readings}. It was ` +
      `between ${percent(Math.min(...sure), 1)} and ${percent(Math.max(...sure), 1)} sure of ` +
      `the ${best}; the bars show the mean.`,
  };
}
