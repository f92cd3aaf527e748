/** A slider beside each number, over the values worth trying; the field takes any other. */
import { input, make } from "./dom";
import type { LIMITS } from "./settings";

type Key = keyof typeof LIMITS;

const STOPS: Readonly<Record<Exclude<Key, "seed">, readonly number[]>> = {
  size: [2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50],
  units: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
  layers: [1, 2, 3, 4],
  tau: [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
  slope: [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50],
  anneal: [0.5, 0.8, 0.9, 1, 1.05, 1.1, 1.2, 1.5, 2, 3],
  rate: [
    0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10,
  ],
  members: [1, 2, 3, 4, 6, 8, 12, 16],
  epochs: [1, 2, 3, 5, 10, 20, 50, 100, 200],
};

/** The place of the stop that is nearest, by ratio. */
export function nearest(stops: readonly number[], value: number): number {
  const far = stops.map((stop) => Math.abs(Math.log(stop / value)));
  return far.indexOf(Math.min(...far));
}

const sliders = new Map<Key, HTMLInputElement>();

/** Puts them into the form; one that is moved changes its number, as a visitor would. */
export function addSliders(): void {
  for (const [name, stops] of Object.entries(STOPS)) {
    const field = input(name);
    const last = String(stops.length - 1);
    const slider = make("input", { type: "range", min: "0", max: last, step: "1" });
    slider.setAttribute("aria-label", `${field.labels?.[0]?.textContent} (slider)`);
    slider.addEventListener("input", () => {
      field.value = String(stops[slider.valueAsNumber]);
      say(slider, field.value);
    });
    // The form hears of it from the number alone.
    slider.addEventListener("change", (event) => {
      event.stopPropagation();
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
    field.after(slider);
    sliders.set(name as Key, slider);
  }
}

const say = (slider: HTMLInputElement, value: string): void =>
  slider.setAttribute("aria-valuetext", value);

/** Moves the sliders to what the numbers say. */
export function moveSliders(): void {
  for (const [key, slider] of sliders) {
    const { valueAsNumber, value } = input(key);
    if (Number.isNaN(valueAsNumber) || valueAsNumber <= 0) continue;
    slider.valueAsNumber = nearest(STOPS[key as keyof typeof STOPS], valueAsNumber);
    say(slider, value);
  }
}
