/** Each row of `classes` logits as probabilities. */
export function probabilitiesOf(
  logits: Float32Array<ArrayBuffer>,
  classes: number,
): Float32Array<ArrayBuffer> {
  for (let at = 0; at < logits.length; at += classes) {
    const row = logits.subarray(at, at + classes);
    const top = Math.max(...row);
    const sum = row.reduce((total, x) => total + Math.exp(x - top), 0);
    row.forEach((x, i) => {
      row[i] = Math.exp(x - top) / sum;
    });
  }
  return logits;
}
