/** Digits that share letters with the word that is shown: among those of the page, or all. */
import { thousands } from "../../format";
import { DeviceLostError, indexWords, type WordIndex } from "../../index";
import { arrows, oneStop } from "../arrows";
import { breathe, element, show, write } from "../dom";
import { capital } from "../messages";
import { inkPicture } from "../pictures";
import type { Session } from "../session";
import { allWords, type Code, type Digits, readImages, type Words } from "./code";
import type { Word } from "./reader";

/** Digits shown. */
const MOST = 12;
/** Digits read before the page may answer: each takes a fraction of a millisecond. */
const AT_ONCE = 16;

/** Words of the training images, and where those images are. */
interface Wide extends Words {
  index: WordIndex;
}

export class Search {
  private code: Code | undefined;
  private index: WordIndex | undefined;
  private wide: Wide | undefined;
  /** What reads the training images now. */
  private reading: Promise<void> | undefined;
  /** What was asked last. */
  private asked: { word: Word; by: readonly number[] } | undefined;
  private found = new Map<HTMLElement, Uint8Array<ArrayBuffer>>();
  private readonly place = element("code-found");
  private readonly button = element<HTMLButtonElement>("code-widen");

  /** `pick` hears which digit a visitor wants to see more of. */
  constructor(
    private readonly session: Session,
    pick: (pixels: Uint8Array<ArrayBuffer>) => void,
  ) {
    const picked = (item: HTMLElement) => pick(this.found.get(item) as Uint8Array<ArrayBuffer>);
    arrows(
      this.place,
      "button",
      () => 1,
      () => {},
      picked,
    );
    this.button.addEventListener("click", () => {
      this.reading ??= this.press().finally(() => {
        this.reading = undefined;
      });
    });
  }

  /** There is a GPU, on which all training images can be read. */
  opened(): void {
    this.button.disabled = false;
  }

  /** While a code is learned, its words change: nothing is found until they stay. */
  wait(): void {
    [this.code, this.index] = [undefined, undefined];
    this.narrow();
    this.place.replaceChildren();
    show("found-says", "Words still change: the search goes on when they stay.");
  }

  /** Before the data or the device go: resolves once nothing reads them. */
  async end(): Promise<void> {
    await this.reading;
    this.narrow();
  }

  private narrow(): void {
    this.wide = undefined;
    this.button.textContent = "Search all training digits";
  }

  /** Searches words of another code from here on. */
  async use(code: Code): Promise<void> {
    this.code = code;
    this.index = undefined;
    this.narrow();
    const { reader, digits } = code;
    const count = digits.pixels.length / digits.inputs;
    const words = new Uint8Array(count * reader.neurons);
    for (let i = 0; i < count; i++) {
      if (i % AT_ONCE === 0) await breathe();
      if (this.code !== code) return; // another by now
      words.set(reader.encode(imageOf(digits, i)), i * reader.neurons);
    }
    this.index = indexWords(words, reader);
    await this.again();
  }

  /** Shows the digits that share most letters of a word, of those at the places `by`. */
  async show(word: Word, by: readonly number[]): Promise<void> {
    this.asked = { word, by };
    await this.again();
  }

  private async again(): Promise<void> {
    if (this.wide && this.wide.device !== this.session.device) this.narrow(); // it was lost
    const { asked, code, wide } = this;
    const index = wide?.index ?? this.index;
    if (!asked || !code || !index || asked.word.length !== code.reader.neurons) return;
    const letters = asked.by.map((neuron) => ({ neuron, symbol: asked.word[neuron] as number }));
    const begun = performance.now();
    const all = index.find(letters).length;
    const nearest = index.nearest(letters, MOST);
    const ms = performance.now() - begun;
    const rows = nearest.map(({ image }) => image);
    const pixels = wide ? await readImages(wide, rows).catch(() => undefined) : undefined;
    if (asked !== this.asked || index !== (this.wide?.index ?? this.index)) return; // others by now
    if (wide && !pixels) {
      this.narrow(); // lost meanwhile
      return this.again();
    }
    const { digits } = code;
    const { inputs, width } = wide?.data ?? digits;
    const { labels } = wide ?? digits;
    this.found = new Map(
      nearest.map(({ image, shared }, i) => {
        const own = pixels?.slice(i * inputs, (i + 1) * inputs) ?? imageOf(digits, image);
        return [this.pictureOf(own, width, labels[image] as number, shared, letters.length), own];
      }),
    );
    const items = [...this.found.keys()];
    oneStop(items);
    const focused = this.place.contains(document.activeElement);
    this.place.replaceChildren(...items);
    if (focused) items[0]?.focus();
    const count = index.counts.slice(0, code.reader.choices).reduce((sum, n) => sum + n, 0);
    const ticked = letters.length < code.reader.neurons;
    write(
      element("found-title"),
      ticked ? "Digits that share the ticked letters" : "Digits whose words are most alike",
    );
    const which = letters.length === 1 ? "this letter" : `all ${letters.length} letters`;
    show(
      "found-says",
      `${thousands(count)} ${wide ? "training" : "test"} digits searched in ` +
        `${ms < 0.1 ? "less than 0.1" : ms.toFixed(1)} ms: ${thousands(all)} of them ` +
        `${all === 1 ? "has" : "have"} ${which}.`,
    );
  }

  private pictureOf(
    pixels: Uint8Array,
    width: number,
    label: number,
    shared: number,
    of: number,
  ): HTMLElement {
    const item = document.createElement("button");
    item.type = "button";
    item.className = "picture";
    item.append(...inkPicture(pixels, width, `${shared} of ${of}`).childNodes);
    item.ariaLabel = `${shared} of ${of} letters: a ${label}`;
    return item;
  }

  /** Searches all training images, or the page's own digits again. */
  private async press(): Promise<void> {
    const { code } = this;
    if (!code) return;
    if (this.wide) {
      this.narrow();
      return this.again();
    }
    const { device } = this.session;
    show("found-says", "Reading all training digits …");
    try {
      const begun = performance.now();
      const words = await allWords(code, this.session);
      const wide = { ...words, index: indexWords(words.words, code.reader) };
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      if (this.code !== code) return;
      this.wide = wide;
      const count = words.words.length / code.reader.neurons;
      this.button.textContent = "Search the test digits again";
      await this.again();
      element("found-says").append(` (${thousands(count)} words read in ${seconds} s.)`);
    } catch (error) {
      const lost = error instanceof DeviceLostError;
      if (lost) await this.session.renew(device);
      const text = error instanceof Error ? error.message : String(error);
      show("found-says", lost ? "The GPU reset itself: press again." : capital(text));
    }
  }
}

const imageOf = ({ pixels, inputs }: Digits, i: number): Uint8Array<ArrayBuffer> =>
  pixels.slice(i * inputs, (i + 1) * inputs);
