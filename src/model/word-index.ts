/** Words of many images, searched by any of their letters. */
import { StairstepError } from "../runtime/errors";

/** A symbol at its place in a word. */
export interface Letter {
  neuron: number;
  symbol: number;
}

/** An image, and how many of the letters asked for it shows. */
export interface Found {
  image: number;
  shared: number;
}

/** An inverted index: of each letter, the images that show it. `indexWords` makes it. */
export class WordIndex {
  /** How many images show each symbol at each neuron [neurons, choices]. */
  readonly counts: Uint32Array<ArrayBuffer>;
  /** Where each letter's images begin in `images`. */
  private readonly starts: Uint32Array<ArrayBuffer>;
  private readonly images: Uint32Array<ArrayBuffer>;

  constructor(
    private readonly words: Uint8Array,
    private readonly neurons: number,
    private readonly choices: number,
  ) {
    this.counts = new Uint32Array(neurons * choices);
    for (const [i, symbol] of words.entries())
      (this.counts[(i % neurons) * choices + symbol] as number)++;
    this.starts = new Uint32Array(neurons * choices + 1);
    for (const [i, count] of this.counts.entries())
      this.starts[i + 1] = (this.starts[i] as number) + count;
    this.images = new Uint32Array(words.length);
    const next = this.starts.slice();
    for (const [i, symbol] of words.entries()) {
      const at = (i % neurons) * choices + symbol;
      this.images[next[at] as number] = Math.floor(i / neurons);
      (next[at] as number)++;
    }
  }

  /** Images that show a letter, in order. */
  private showing({ neuron, symbol }: Letter): Uint32Array<ArrayBuffer> {
    const { neurons, choices } = this;
    const inside = (value: number, end: number) =>
      Number.isInteger(value) && value >= 0 && value < end;
    if (!inside(neuron, neurons) || !inside(symbol, choices))
      throw new StairstepError(
        `there is no symbol ${symbol} at neuron ${neuron}: words have ${neurons} neurons of ` +
          `${choices} choices, both counted from 0`,
      );
    const at = neuron * choices + symbol;
    return this.images.subarray(this.starts[at], this.starts[at + 1]);
  }

  /**
   * The images that show all of these letters, in order; all images for none. Throws
   * `StairstepError` for a letter that there is not.
   */
  find(letters: readonly Letter[]): Uint32Array<ArrayBuffer> {
    const lists = letters.map((letter) => this.showing(letter));
    const shortest = lists.reduce((a, b) => (b.length < a.length ? b : a), this.all);
    return shortest.filter((image) =>
      letters.every(({ neuron, symbol }) => this.words[image * this.neurons + neuron] === symbol),
    );
  }

  /**
   * The `most` images that show most of these letters, those that share more first, then in order.
   * Throws as `find`.
   */
  nearest(letters: readonly Letter[], most: number): Found[] {
    const shared = this.sharedWith(letters);
    const found: Found[] = [];
    for (let n = letters.length; n >= 0 && found.length < most; n--)
      for (let image = 0; image < shared.length && found.length < most; image++)
        if (shared[image] === n) found.push({ image, shared: n });
    return found;
  }

  /** How many of these letters each image shows [images]. Throws as `find`. */
  sharedWith(letters: readonly Letter[]): Uint32Array<ArrayBuffer> {
    const shared = new Uint32Array(this.words.length / this.neurons);
    for (const letter of letters)
      for (const image of this.showing(letter)) (shared[image] as number)++;
    return shared;
  }

  private get all(): Uint32Array<ArrayBuffer> {
    return Uint32Array.from({ length: this.words.length / this.neurons }, (_, i) => i);
  }
}

/**
 * Indexes words [images, neurons], as `encode` gives them, of a code or of its numbers. Throws
 * `StairstepError` for what makes no whole words, and for symbols that there are not.
 */
export function indexWords(
  words: Uint8Array,
  { neurons, choices }: { neurons: number; choices: number },
): WordIndex {
  checkWords(words, neurons, choices);
  return new WordIndex(words, neurons, choices);
}

/** How many words these are. Throws `StairstepError` as `indexWords`. */
export function checkWords(words: Uint8Array, neurons: number, choices: number): number {
  const count = words.length / neurons;
  if (!Number.isInteger(count) || count === 0)
    throw new StairstepError(
      `${words.length} symbols make no whole words of ${neurons}: give a multiple of ${neurons}`,
    );
  const odd = words.findIndex((symbol) => symbol >= choices);
  if (odd >= 0)
    throw new StairstepError(
      `symbol ${odd % neurons} of word ${Math.floor(odd / neurons)} is ${words[odd]}: symbols go ` +
        `from 0 to ${choices - 1}`,
    );
  return count;
}
