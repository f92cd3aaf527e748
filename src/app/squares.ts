/**
 * A layer's hard choices for one image: a square a neuron, always in the same place. Squares change
 * in place, so that what is hovered, focused or chosen stays so while the network trains.
 */
import { arrows, oneStop } from "./arrows";
import { make } from "./dom";

/** Hues of the page's `pick…` classes. */
const PICKS = 10;
/** The class of a category: the same colour wherever it is shown. */
export const pickOf = (category: number): string => `pick${category % PICKS}`;
const MOST = 400;
/** Whole rows where that is possible, and a neuron always in the same place. */
const columnsOf = (squares: number): number =>
  squares > 100
    ? 20
    : ([10, 9, 8, 7, 6, 5].find((columns) => squares % columns === 0) ??
      Math.max(4, Math.min(10, Math.ceil(Math.sqrt(squares)))));

export const written = (value: number): string =>
  String(Number.isInteger(value) ? value : Number(value.toFixed(2))).replace("-", "−");

/** "Neuron 12 chooses 3", from what it puts out [group]. */
export function choiceOf(unit: number, own: ArrayLike<number>): { value: number; text: string } {
  const values = Array.from(own);
  const group = values.length;
  const value = group > 1 ? values.indexOf(Math.max(...values)) : (values[0] as number);
  return {
    value,
    text: `Neuron ${unit} ${group > 1 ? "chooses" : "puts out"} ${written(value)}`,
  };
}

export class Squares {
  private columns = 1;
  private readonly line = make("p", { className: "note" });

  /** `pick` hears which neuron a visitor points at or chooses. */
  constructor(
    private readonly place: HTMLElement,
    private readonly pick: (unit: number) => void,
  ) {
    place.after(this.line);
    const chosen = (square: HTMLElement) => this.choose([...place.children].indexOf(square));
    arrows(place, "span", () => this.columns, chosen, chosen);
  }

  /** Lights a neuron. */
  choose(unit: number): void {
    [...this.place.children].forEach((square, at) => {
      const selected = String(at === unit);
      if (square.ariaSelected !== selected) square.ariaSelected = selected;
    });
    this.pick(unit);
  }

  clear(): void {
    this.place.replaceChildren();
    this.line.textContent = "";
    this.place.removeAttribute("role");
    this.place.removeAttribute("aria-label");
  }

  /**
   * `outputs` [units · group]: a category, a level or a real number of each neuron; `most` is the
   * largest level there is.
   */
  show(outputs: Float32Array, group: number, most: number): void {
    const units = outputs.length / group;
    const shown = Math.min(units, MOST);
    const { place } = this;
    if (place.childElementCount !== shown) {
      const squares = Array.from({ length: shown }, () =>
        make("span", { role: "option", ariaSelected: "false" }),
      );
      oneStop(squares);
      this.columns = columnsOf(shown);
      place.style.setProperty("--columns", String(this.columns));
      place.replaceChildren(...squares);
      place.role = "listbox";
      place.ariaOrientation = "horizontal";
      place.ariaLabel = `What ${units} neurons put out`;
    }
    this.line.textContent = units > MOST ? `The first ${MOST} of ${units} neurons.` : "";
    [...place.children].forEach((square, unit) =>
      paint(square as HTMLElement, unit, outputs.subarray(unit * group, (unit + 1) * group), most),
    );
  }
}

function paint(square: HTMLElement, unit: number, own: Float32Array, most: number): void {
  const { value, text } = choiceOf(unit, own);
  if (square.ariaLabel === text) return;
  square.ariaLabel = text;
  square.textContent = Number.isInteger(value) ? written(value) : "";
  if (own.length > 1) {
    square.className = pickOf(value);
    square.removeAttribute("style");
    return;
  }
  // An ordered scale: blue below 0, orange above, stronger the further away.
  const strength = Math.min(1, Math.abs(value) / most);
  square.className = "level";
  square.style.background =
    `color-mix(in srgb, var(${value > 0 ? "--run1" : "--run0"}) ` +
    `${Math.round(100 * strength)}%, var(--card))`;
  square.style.color =
    strength > 0.85
      ? "var(--on-accent)"
      : strength > 0.55
        ? "light-dark(var(--ink), var(--on-accent))"
        : "var(--ink)";
}
