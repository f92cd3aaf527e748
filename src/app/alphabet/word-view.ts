/** A word as letters that can be pointed at, changed, and ticked for a search. */
import { arrows, oneStop } from "../arrows";
import { element, make } from "../dom";
import { pickOf } from "../squares";
import { letterOf, type Word } from "./reader";

const COLUMNS = 10;
const START = "a".charCodeAt(0);

export interface WordEvents {
  /** A letter is pointed at. */
  point(neuron: number): void;
  /** The visitor wants another symbol there. */
  change(neuron: number, symbol: number): void;
  /** Other letters are to be searched by. */
  ticked(): void;
}

export class WordView {
  /** The letter that was pointed at last. */
  chosen = 0;
  private word: Word = new Uint8Array();
  private choices = 0;
  private readonly place = element("word");
  /** A finger has just come to another letter: it points, and changes nothing yet. */
  private pointing = false;

  constructor(private readonly on: WordEvents) {
    const { place } = this;
    // Before those of `arrows`, which choose the letter.
    place.addEventListener("pointerover", (event) => {
      const at = this.letters().indexOf(event.target as HTMLElement);
      this.pointing = event.pointerType === "touch" && at >= 0 && at !== this.chosen;
    });
    const point = (letter: HTMLElement) => this.choose(this.letters().indexOf(letter));
    const columns = () => COLUMNS;
    arrows(place, ".letter", columns, point, (letter) => this.press(letter));
    arrows(
      place,
      ".tick-box",
      columns,
      () => {},
      (box) => this.tick(box),
    );
    place.addEventListener("keydown", (event) => {
      const at = this.letters().indexOf(event.target as HTMLElement);
      const symbol = event.key.length === 1 ? event.key.charCodeAt(0) - START : -1;
      if (at < 0 || symbol < 0 || symbol >= this.choices) return;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.on.change(at, symbol);
    });
  }

  private letters(): HTMLElement[] {
    return [...this.place.querySelectorAll<HTMLElement>(".letter")];
  }

  private boxes(): HTMLElement[] {
    return [...this.place.querySelectorAll<HTMLElement>(".tick-box")];
  }

  /** Places of the letters that are ticked. */
  get ticked(): number[] {
    return this.boxes().flatMap((box, at) => (box.ariaPressed === "true" ? [at] : []));
  }

  /** Unticks all. */
  untick(): void {
    for (const box of this.boxes()) box.ariaPressed = "false";
  }

  private choose(neuron: number): void {
    this.chosen = neuron;
    this.letters().forEach((letter, at) => letter.classList.toggle("chosen", at === neuron));
    this.on.point(neuron);
  }

  private press(letter: HTMLElement): void {
    const neuron = this.letters().indexOf(letter);
    const { pointing } = this;
    this.pointing = false;
    if (!pointing) this.on.change(neuron, ((this.word[neuron] as number) + 1) % this.choices);
  }

  private tick(box: HTMLElement): void {
    box.ariaPressed = String(box.ariaPressed !== "true");
    this.on.ticked();
  }

  /** Shows a word; `own` is the digit's, from which it may have been changed. */
  show(word: Word, choices: number, own: Word | undefined): void {
    if (word.length !== this.word.length) this.build(word.length);
    [this.word, this.choices] = [word, choices];
    this.letters().forEach((letter, at) => {
      const symbol = word[at] as number;
      const changed = own !== undefined && own[at] !== symbol;
      const name = `Letter ${at + 1}: ${letterOf(symbol)}${changed ? ", changed" : ""}`;
      if (letter.ariaLabel === name) return;
      letter.ariaLabel = name;
      letter.textContent = letterOf(symbol);
      const chosen = at === this.chosen ? " chosen" : "";
      letter.className = `letter ${pickOf(symbol)}${changed ? " changed" : ""}${chosen}`;
    });
  }

  private build(neurons: number): void {
    this.chosen = Math.min(this.chosen, neurons - 1);
    const cells = Array.from({ length: neurons }, (_, at) => {
      const letter = make("button", { type: "button", className: "letter" });
      letter.setAttribute("aria-describedby", "letter-dots");
      const box = make("button", { type: "button", className: "tick-box", ariaPressed: "false" });
      box.ariaLabel = `Search by letter ${at + 1}`;
      return make("div", { className: "cell" }, letter, box);
    });
    this.place.replaceChildren(...cells);
    oneStop(this.letters());
    oneStop(this.boxes());
  }
}
