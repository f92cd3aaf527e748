/** What a layer's neurons put out for one image: a square a neuron, the same in the same place. */
import { arrows, oneStop } from "./arrows";
import { make } from "./dom";

/** Hues of the page's `pick…` classes. */
const PICKS = 8;
const MOST = 400;
/** In every grid of a layer, so that a neuron is always in the same place. */
const columnsOf = (squares: number): number =>
  squares > 100 ? 20 : Math.max(4, Math.min(10, Math.ceil(Math.sqrt(squares))));

const written = (value: number): string =>
  String(Number.isInteger(value) ? value : Number(value.toFixed(2))).replace("-", "−");

export class Squares {
  private columns = 1;
  private readonly line = make("p", { className: "note", ariaLive: "polite" });

  /** `pick` hears which neuron a visitor chose to see more of. */
  constructor(
    private readonly place: HTMLElement,
    pick: (unit: number) => void,
  ) {
    place.after(this.line);
    arrows(
      place,
      "span",
      () => this.columns,
      (square) => {
        this.line.textContent = square.getAttribute("aria-label");
      },
      (square) => {
        for (const other of place.children) other.ariaSelected = String(other === square);
        this.line.textContent = square.getAttribute("aria-label");
        pick([...place.children].indexOf(square));
      },
    );
  }

  clear(): void {
    this.place.replaceChildren();
    this.line.textContent = "";
    this.place.removeAttribute("role");
    this.place.removeAttribute("aria-label");
  }

  /** `outputs` [units · group]: a category, an integer, or a real number of each neuron. */
  show(outputs: Float32Array, group: number): void {
    const units = outputs.length / group;
    const squares = Array.from({ length: Math.min(units, MOST) }, (_, unit) =>
      square(unit, outputs.subarray(unit * group, (unit + 1) * group)),
    );
    oneStop(squares);
    this.columns = columnsOf(squares.length);
    this.place.style.setProperty("--columns", String(this.columns));
    this.place.replaceChildren(...squares);
    this.line.textContent =
      units > MOST ? `The first ${MOST} of ${units} neurons.` : "Tap a square to see its neuron.";
    this.place.role = "listbox";
    this.place.ariaOrientation = "horizontal";
    this.place.ariaLabel = `What ${units} neurons put out`;
  }
}

function square(unit: number, own: Float32Array): HTMLElement {
  const group = own.length;
  const value = group > 1 ? own.indexOf(Math.max(...own)) : (own[0] as number);
  const whole = Number.isInteger(value);
  const span = make("span", {
    className: whole ? `pick${((value % PICKS) + PICKS) % PICKS}` : "",
    textContent: whole ? written(value) : "",
    role: "option",
    ariaSelected: "false",
    ariaLabel: `Neuron ${unit} ${group > 1 ? "chooses" : "puts out"} ${written(value)}`,
  });
  if (!whole)
    span.style.background =
      `color-mix(in srgb, var(${value > 0 ? "--run1" : "--run0"}) ` +
      `${Math.round(100 * Math.min(1, Math.abs(value)))}%, var(--card))`;
  return span;
}
