/** Losses against values, and the divergence of choices from uniform ones, in float64. */
import type { Spec } from "../../model/spec";
import { sizesOf, softmax } from "./neurons";
import type { Example, Pass } from "./step";

/** Sum over outputs of a loss of the catalogue, and its gradient by each output. */
export function valueLoss(
  loss: string,
  outputs: readonly number[],
  wanted: readonly number[],
): { loss: number; gradient: number[] } {
  const each = outputs.map((o, i) => {
    const x = wanted[i] as number;
    return loss === "mse"
      ? [(o - x) ** 2 / outputs.length, (2 * (o - x)) / outputs.length]
      : [
          Math.max(o, 0) - o * x + Math.log1p(Math.exp(-Math.abs(o))),
          (o >= 0 ? 1 : Math.exp(o)) / (1 + Math.exp(-Math.abs(o))) - x,
        ];
  }) as [number, number][];
  return {
    loss: each.reduce((sum, [value]) => sum + value, 0),
    gradient: each.map(([, slope]) => slope),
  };
}

/** KL of softmax(slope · z) from the uniform choice, for each group, and its gradient by z. */
export function divergence(
  z: readonly number[],
  group: number,
  slope: number,
): { kl: number; gradient: number[] } {
  let kl = 0;
  const gradient: number[] = [];
  for (let at = 0; at < z.length; at += group) {
    const l = z.slice(at, at + group).map((x) => slope * x);
    const top = Math.max(...l);
    const logSum = Math.log(l.reduce((sum, x) => sum + Math.exp(x - top), 0));
    const p = softmax(l);
    const logs = l.map((x) => x - top - logSum);
    const mean = p.reduce((sum, q, i) => sum + q * (logs[i] as number), 0);
    kl += Math.log(group) + mean;
    gradient.push(...p.map((q, i) => slope * q * ((logs[i] as number) - mean)));
  }
  return { kl, gradient };
}

/** What a task makes of an example: what the network reads, and what it is to put out. */
export function exampleFor(
  task: Spec["task"],
  width: number,
): (example: Example) => Example & { wanted?: number[] } {
  if (task === "classify") return (example) => example;
  if (task === "reconstruct") return (example) => ({ ...example, wanted: example.x });
  return ({ x, label }) => {
    const upper = Math.floor(x.length / width / 2) * width;
    return {
      label,
      x: x.slice(0, upper),
      wanted: x.slice(upper).map((value) => Number(value > 0.5)),
    };
  };
}

/** KL of each hidden layer that counts in `reconstruct`, and its gradient by the layer's z. */
export function divergences(
  { task, hidden }: Pick<Spec, "task" | "hidden">,
  { z }: Pick<Pass, "z">,
  slope: number,
): { kl: number; gradient: number[] | undefined }[] {
  return hidden.map((layer, l) => {
    const { group } = sizesOf(layer);
    if (task !== "reconstruct" || group === 1) return { kl: 0, gradient: undefined };
    const { kl, gradient } = divergence(z[l] as number[], group, slope);
    const scale = layer.normalise ? 1 / slope : 1;
    return { kl, gradient: gradient.map((g) => scale * g) };
  });
}
