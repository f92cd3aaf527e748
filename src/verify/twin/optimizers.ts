/** Every optimizer in float64. Sources: the files of the same names in shaders/optimizers. */

/**
 * A weight after step t = 1, 2, … with this gradient; `kept` are the numbers beside it, which it
 * renews.
 */
export type OptimizerTwin = (
  weight: number,
  gradient: number,
  rate: number,
  t: number,
  kept: number[],
) => number;

export const OPTIMIZERS: Readonly<Record<string, OptimizerTwin>> = {
  sgd: (weight, gradient, rate) => weight - rate * gradient,
  momentum: (weight, gradient, rate, _, kept) => {
    const [velocity = 0] = kept;
    kept[0] = 0.9 * velocity + gradient;
    return weight - rate * kept[0];
  },
  adam: (weight, gradient, rate, t, kept) => {
    const [mean = 0, square = 0] = kept;
    const m = 0.9 * mean + (1 - 0.9) * gradient;
    const v = 0.999 * square + (1 - 0.999) * gradient ** 2;
    kept.splice(0, 2, m, v);
    return weight - (rate * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
  },
};
