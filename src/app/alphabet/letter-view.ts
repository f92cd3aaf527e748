/** What one letter draws: the difference that it makes, and what others in its place would draw. */
import { arrows, oneStop } from "../arrows";
import { element, make, show, write } from "../dom";
import { paintDifference, paintShares } from "../pictures";
import { pickOf } from "../squares";
import { type CodeReader, letterOf, type Word } from "./reader";

/** Pictures in a row. */
const COLUMNS = 5;

export class LetterView {
  private readonly options = element("letter-options");

  /** `change` hears which symbol the visitor wants in the place that is shown. */
  constructor(change: (symbol: number) => void) {
    arrows(
      this.options,
      "button",
      () => COLUMNS,
      () => {},
      (option) => change([...this.options.children].indexOf(option)),
    );
  }

  /** Shows one place of a word. */
  show(reader: CodeReader, word: Word, neuron: number, width: number): void {
    const symbol = word[neuron] as number;
    const images = reader.variants(word, neuron);
    const others = images.filter((_, i) => i !== symbol);
    const difference = (images[symbol] as Float32Array).map(
      (ink, i) =>
        ink - others.reduce((sum, other) => sum + (other[i] as number), 0) / others.length,
    );
    const dots = (sign: number) =>
      difference.reduce((sum, ink) => sum + Math.max(0, sign * ink), 0).toFixed(1);
    const text = `It adds ${dots(1)} dots of ink, and keeps ${dots(-1)} away.`;
    write(element("letter-says"), `Letter ${neuron + 1} is ${letterOf(symbol)}: what it draws`);
    show("letter-dots", text);
    show("letter-others", `other ${others.length}`);
    const canvas = element<HTMLCanvasElement>("letter-draws");
    paintDifference(canvas, difference, width);
    canvas.ariaLabel = `What letter ${neuron + 1}, ${letterOf(symbol)}, draws. ${text}`;
    if (this.options.childElementCount !== images.length) this.build(images.length);
    [...this.options.children].forEach((option, i) => {
      option.ariaPressed = String(i === symbol);
      const picture = option.querySelector("canvas") as HTMLCanvasElement;
      paintShares(picture, images[i] as Float32Array, width);
    });
  }

  private build(choices: number): void {
    const options = Array.from({ length: choices }, (_, i) => {
      const picture = make("canvas", { className: "ink" });
      const name = make("span", { className: pickOf(i), textContent: letterOf(i) });
      const option = make("button", { type: "button" }, picture, name);
      option.ariaLabel = `${letterOf(i)} in its place`;
      return option;
    });
    oneStop(options);
    this.options.replaceChildren(...options);
  }
}
