/**
 * The code of a network on the processor: the word that it writes for an image, and the image that
 * it draws from a word. Fast enough to follow a pointer, whatever the GPU does meanwhile.
 */
import { type Checkpoint, type LayerWeights, StairstepError } from "../../index";

type Floats = Float32Array<ArrayBuffer>;
export type Word = Uint8Array<ArrayBuffer>;

const START = 97; // "a"
const LETTERS = 26;
/** How symbol 0, 1, … is written: a, b, … */
export const letterOf = (symbol: number): string => String.fromCharCode(START + symbol);

/** x [inputs] by weights [inputs, outputs], and the bias; rows of no input are left out. */
function affine(x: ArrayLike<number>, { weights, bias }: LayerWeights): Floats {
  const sums = bias.slice();
  const width = sums.length;
  for (let k = 0; k < x.length; k++) {
    const v = x[k] as number;
    if (v === 0) continue;
    const row = k * width;
    for (let j = 0; j < width; j++) (sums[j] as number) += v * (weights[row + j] as number);
  }
  return sums;
}

/** The sum of the rows of weights that one-hot inputs choose, and the bias. */
function gather(word: Word, choices: number, { weights, bias }: LayerWeights): Floats {
  const sums = bias.slice();
  const width = sums.length;
  for (const [n, symbol] of word.entries()) {
    const row = (n * choices + symbol) * width;
    for (let j = 0; j < width; j++) (sums[j] as number) += weights[row + j] as number;
  }
  return sums;
}

export class CodeReader {
  /** Pixels of an image. */
  readonly inputs: number;
  /** Letters of a word. */
  readonly neurons: number;
  /** Symbols that each letter may be. */
  readonly choices: number;
  /** Place of the layer whose choices are the code. */
  private readonly code: number;

  /**
   * Reads with layers as `weights` has them, the head last, and their tanh of `slope` times what
   * comes in. Throws `StairstepError` for a network other than tanh layers around one of one-hot
   * neurons, and for more symbols than letters.
   */
  constructor(
    hidden: Checkpoint["hidden"],
    private readonly slope: number,
    private readonly layers: readonly LayerWeights[],
  ) {
    this.code = hidden.findIndex(({ neuron }) => neuron === "onehot");
    const { units = 0, size = 0 } = hidden[this.code] ?? {};
    const others = hidden.filter((_, i) => i !== this.code);
    if (this.code < 0 || others.some(({ neuron }) => neuron !== "tanh"))
      throw new StairstepError(
        "this page reads codes of one-hot neurons among layers of tanh, and this network has " +
          `${hidden.map(({ neuron }) => neuron).join(", ")}: use loadCode for it`,
      );
    if (size > LETTERS)
      throw new StairstepError(
        `this page writes symbols as letters, and this code has ${size} of each neuron: use ` +
          "loadCode for it",
      );
    const [lowest] = layers as [LayerWeights];
    this.inputs = lowest.weights.length / lowest.bias.length;
    this.neurons = units;
    this.choices = size;
  }

  private tanh(z: Floats): Floats {
    return z.map((x) => Math.tanh(this.slope * x));
  }

  /** Of each neuron of the code the likeliest symbol, for the bytes of an image [inputs]. */
  encode(pixels: Uint8Array): Word {
    let x: Floats = Float32Array.from(pixels, (byte) => byte / 255);
    for (const layer of this.layers.slice(0, this.code)) x = this.tanh(affine(x, layer));
    const z = affine(x, this.layers[this.code] as LayerWeights);
    return Uint8Array.from({ length: this.neurons }, (_, n) => {
      const own = z.subarray(n * this.choices, (n + 1) * this.choices);
      return own.indexOf(Math.max(...own));
    });
  }

  /** The image [outputs] that a word stands for: how probable ink is, dot by dot. */
  decode(word: Word): Floats {
    const [first, ...others] = this.layers.slice(this.code + 1) as [LayerWeights];
    let z = gather(word, this.choices, first);
    for (const layer of others) z = affine(this.tanh(z), layer);
    return z.map((logit) => 1 / (1 + Math.exp(-logit)));
  }

  /** The images of a word with each symbol in turn at one of its places [choices]. */
  variants(word: Word, neuron: number): Floats[] {
    return Array.from({ length: this.choices }, (_, symbol) =>
      this.decode(word.with(neuron, symbol)),
    );
  }

  /** A word of symbols that are all equally likely: the prior of a code trained with KL. */
  chance(random = Math.random): Word {
    return Uint8Array.from({ length: this.neurons }, () => Math.floor(random() * this.choices));
  }
}
