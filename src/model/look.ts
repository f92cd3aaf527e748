/** What a network makes of images that come without labels. */
import { StairstepError } from "../runtime/errors";

type Numbers = Float32Array<ArrayBuffer>;

export interface Look {
  /** Of each hidden layer: [count, width]. */
  outputs: Numbers[];
  /** [count, classes] */
  probabilities: Numbers;
}

/**
 * Looks at u8 images [count, inputs]; `layers` gives each layer's outputs for them, the logits last.
 * Throws `StairstepError` for pixels that are no bytes or make no whole images.
 */
export async function lookAt(
  pixels: Uint8Array<ArrayBuffer>,
  { inputs, classes }: { inputs: number; classes: number },
  layers: () => Promise<Numbers[]>,
): Promise<Look> {
  if (pixels.BYTES_PER_ELEMENT !== 1)
    throw new StairstepError(
      `pixels must be a Uint8Array of 0 … 255, got ${pixels.constructor.name}`,
    );
  const count = pixels.length / inputs;
  if (!Number.isInteger(count) || count === 0)
    throw new StairstepError(
      `${pixels.length} pixels make no whole images of ${inputs}: give a multiple of ${inputs}`,
    );
  const found = await layers();
  return {
    outputs: found.slice(0, -1),
    probabilities: probabilitiesOf(found.at(-1) as Numbers, classes),
  };
}

/** Each row of `classes` logits as probabilities. */
function probabilitiesOf(logits: Numbers, classes: number): Numbers {
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
