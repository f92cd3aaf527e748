/** The alphabet: a digit, its word, and what the word draws; for the page's code or one's own. */
import { type Checkpoint, encodeCheckpoint } from "../../index";
import { breathe, download, element, select, write } from "../dom";
import { Pad } from "../pad";
import { paintShares } from "../pictures";
import type { Session } from "../session";
import markup from "./alphabet.html?raw";
import { type Code, type Digits, openedCode, shippedCode } from "./code";
import { LetterView } from "./letter-view";
import type { CodeReader, Word } from "./reader";
import { Search } from "./search";
import { Trainer } from "./trainer";
import { WordView } from "./word-view";
import "../alphabet.css";

const TYPE = "application/octet-stream";

export class AlphabetView {
  readonly trainer: Trainer;
  readonly search: Search;
  private readonly pad: Pad;
  private readonly wordView: WordView;
  private readonly letterView: LetterView;
  private own: Code | undefined;
  /** What reads and draws: of the code in use, or of one that is being learned. */
  private reader: CodeReader;
  private word: Word = new Uint8Array();
  /** What the digit on the pad says; undefined without one. */
  private digitsWord: Word | undefined;
  private digits: Digits;
  private next = 0;
  /** Nothing was on the pad yet. */
  private blank = true;

  /** Fetches what comes with the page, and puts the view in its place. */
  static async open(session: Session, restOthers: () => void): Promise<AlphabetView> {
    const shipped = await shippedCode();
    await breathe();
    element("alphabet-view").innerHTML = markup;
    await breathe();
    const view = new AlphabetView(session, shipped, restOthers);
    await breathe();
    view.use(shipped);
    return view;
  }

  private constructor(
    private readonly session: Session,
    private readonly shipped: Code,
    restOthers: () => void,
  ) {
    this.reader = shipped.reader;
    this.digits = shipped.digits;
    this.wordView = new WordView({
      point: () => this.showLetter(),
      change: (neuron, symbol) => this.change(this.word.with(neuron, symbol)),
      ticked: () => this.find(),
    });
    this.letterView = new LetterView((symbol) =>
      this.change(this.word.with(this.wordView.chosen, symbol)),
    );
    const canvas = element<HTMLCanvasElement>("code-pad");
    this.pad = new Pad(canvas, element<HTMLCanvasElement>("code-seen"), () => this.read());
    this.search = new Search(session, (pixels) => this.pad.put(pixels));
    this.trainer = new Trainer(session, {
      restOthers,
      begun: (digits) => this.begun(digits),
      live: (reader) => this.live(reader),
      paused: (code) => this.follow(code),
      learned: (code) => this.learned(code),
      ended: () => this.use(this.code),
    });
    element("code-wipe").addEventListener("click", () => this.pad.clear());
    element("code-other").addEventListener("click", () => this.another());
    element("code-chance").addEventListener("click", () => this.byChance());
    element("word-own").addEventListener("click", () => {
      if (this.digitsWord) this.change(this.digitsWord);
    });
    element("word-all").addEventListener("click", () => {
      this.wordView.untick();
      this.find();
    });
    element("code-keep").addEventListener("click", () => {
      if (this.own)
        download("stairstep-code.safetensors", encodeCheckpoint(this.own.checkpoint), TYPE);
    });
    select("code-choice").addEventListener("change", () => this.use(this.code));
  }

  /** There is a GPU to train and search on, or there is none. */
  opened(gpu: boolean): void {
    this.trainer.opened(gpu);
    if (gpu) this.search.opened();
  }

  /** Reads by a code that the visitor has on file. Throws as `openedCode`. */
  async show(checkpoint: Checkpoint, name: string): Promise<void> {
    const code = await openedCode(checkpoint, name, this.shipped, this.session);
    await this.trainer.end();
    this.learned(code);
    const data = checkpoint.data ? `, trained on ${checkpoint.data.name}` : "";
    write(element("code-says"), `Opened ${name}${data}.`);
    element("alphabet-view").closest("details")?.setAttribute("open", ""); // folded on a phone
    element("code-digit").scrollIntoView({ block: "center" });
  }

  /** Before the device or the data go. */
  async end(): Promise<void> {
    await this.trainer.end();
    await this.search.end();
  }

  /** The code that the visitor chose. */
  private get code(): Code {
    return (select("code-choice").value === "own" && this.own) || this.shipped;
  }

  private use(code: Code): void {
    select("code-choice").disabled = false;
    this.trainer.tell(code.outcome, code.reader);
    this.follow(code);
  }

  /** Reads and searches by a code, as it is now. */
  private follow(code: Code): void {
    this.reader = code.reader;
    this.take(code.digits);
    this.read();
    void this.search.use(code);
  }

  /** A code of the visitor's own takes the place of the last. */
  private learned(code: Code): void {
    this.own = code;
    for (const id of ["code-which", "code-keep"]) element(id).hidden = false;
    select("code-choice").value = "own";
    this.use(code);
  }

  /** A network begins to learn, or goes on. */
  private begun(digits: Digits): void {
    select("code-choice").disabled = true;
    this.take(digits);
    // On a phone, what changes is far above the button.
    const canvas = element("code-pad");
    if (canvas.getBoundingClientRect().bottom < 0) canvas.scrollIntoView({ block: "start" });
    this.search.wait();
  }

  /** Shows digits of these from here on. */
  private take(digits: Digits): void {
    const { width, inputs } = digits;
    this.digits = digits;
    if (this.pad.pixels.length === inputs && !this.blank) return;
    if (this.pad.pixels.length !== inputs) this.pad.resize(width, inputs / width);
    this.another(true);
  }

  /** Shows the code of a network that is learning. */
  private live(reader: CodeReader): void {
    const { edited } = this;
    this.reader = reader;
    this.digitsWord = this.wordOnPad;
    if (!edited || !this.fits) this.word = this.digitsWord ?? reader.chance();
    this.render();
  }

  /** What the digit on the pad says; nothing without one, or where it is not as large as read. */
  private get wordOnPad(): Word | undefined {
    const { pixels, empty } = this.pad;
    const read = !empty && pixels.length === this.reader.inputs;
    return read ? this.reader.encode(pixels) : undefined;
  }

  /** Whether the word is not the digit's. */
  private get edited(): boolean {
    return `${this.word}` !== `${this.digitsWord}`;
  }

  /** Whether the reader can draw the word. */
  private get fits(): boolean {
    const { neurons, choices } = this.reader;
    return this.word.length === neurons && this.word.every((symbol) => symbol < choices);
  }

  private another(suggested = false): void {
    const { pixels, inputs } = this.digits;
    const at = this.next++ % (pixels.length / inputs);
    this.blank = false;
    this.pad.put(pixels.slice(at * inputs, (at + 1) * inputs), suggested);
  }

  /** The drawing is another, or is read by another code. */
  private read(): void {
    this.digitsWord = this.wordOnPad;
    this.change(this.digitsWord ?? (this.fits ? this.word : this.reader.chance()));
  }

  private byChance(): void {
    if (!this.pad.empty) this.pad.clear();
    this.change(this.reader.chance());
  }

  private change(word: Word): void {
    this.word = word;
    this.render();
    this.find();
  }

  private find(): void {
    const { ticked } = this.wordView;
    element<HTMLButtonElement>("word-all").disabled = ticked.length === 0;
    void this.search.show(this.word, ticked.length > 0 ? ticked : [...this.word.keys()]);
  }

  private render(): void {
    const { word, reader, digitsWord } = this;
    if (reader.inputs !== this.digits.inputs) return; // until one of such images reads
    this.wordView.show(word, reader.choices, digitsWord);
    const changed = digitsWord ? word.filter((symbol, n) => symbol !== digitsWord[n]).length : 0;
    write(
      element("word-says"),
      !digitsWord
        ? "A word without a digit"
        : changed === 0
          ? "The digit’s word"
          : `The digit’s word, ${changed} ${changed === 1 ? "letter" : "letters"} changed`,
    );
    element<HTMLButtonElement>("word-own").disabled = changed === 0;
    paintShares(element<HTMLCanvasElement>("code-drawn"), reader.decode(word), this.digits.width);
    this.showLetter();
  }

  private showLetter(): void {
    if (this.reader.inputs !== this.digits.inputs) return;
    this.letterView.show(this.reader, this.word, this.wordView.chosen, this.digits.width);
  }
}
