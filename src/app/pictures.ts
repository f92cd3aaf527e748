/** Small pictures: images, weights, and the choices of neurons. */
import { make } from "./dom";

/** Paints bytes [height, width] as ink: 0 is paper, 255 the page's ink. */
export function paintInk(canvas: HTMLCanvasElement, pixels: Uint8Array, width: number): void {
  const height = pixels.length / width;
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const image = context.createImageData(width, height);
  pixels.forEach((ink, i) => image.data.set([255 - ink, 255 - ink, 255 - ink, 255], 4 * i));
  context.putImageData(image, 0, 0);
}

/** Paints weights [height, width], orange for, blue against, by the largest of them all. */
export function weightPicture(
  weights: Float32Array,
  width: number,
  largest: number,
  label: string,
): HTMLElement {
  const canvas = make("canvas", { width, height: weights.length / width });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const image = context.createImageData(width, canvas.height);
  weights.forEach((weight, i) => {
    const strength = Math.min(1, Math.abs(weight) / largest);
    const end = weight > 0 ? [213, 94, 0] : [0, 114, 178];
    image.data.set([...end.map((c) => 255 + (c - 255) * strength), 255], 4 * i);
  });
  context.putImageData(image, 0, 0);
  return make(
    "figure",
    { className: "picture" },
    canvas,
    make("figcaption", { textContent: label }),
  );
}

/** An image with words below it. */
export function inkPicture(pixels: Uint8Array, width: number, label: string): HTMLElement {
  const canvas = make("canvas", { className: "ink" });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  paintInk(canvas, pixels, width);
  return make(
    "figure",
    { className: "picture" },
    canvas,
    make("figcaption", { textContent: label }),
  );
}

/** Hues of the page's `--pick…` variables. */
const PICKS = 8;
const MOST_SQUARES = 400;

/**
 * Shows what each neuron of a layer puts out for one image, a square a neuron: its category, its
 * integer, or how large its real output is. `outputs` [units · group].
 */
export function showCode(place: HTMLElement, outputs: Float32Array, group: number): void {
  const units = outputs.length / group;
  const squares = Array.from({ length: Math.min(units, MOST_SQUARES) }, (_, unit) => {
    const square = document.createElement("span");
    const own = outputs.subarray(unit * group, (unit + 1) * group);
    const value = group > 1 ? own.indexOf(Math.max(...own)) : (own[0] as number);
    const whole = Number.isInteger(value);
    square.className = whole ? `pick${((value % PICKS) + PICKS) % PICKS}` : "";
    square.textContent = whole ? String(value).replace("-", "−") : "";
    if (!whole)
      square.style.background =
        `color-mix(in srgb, var(${value > 0 ? "--run1" : "--run0"}) ` +
        `${Math.round(100 * Math.min(1, Math.abs(value)))}%, var(--card))`;
    return square;
  });
  place.replaceChildren(...squares);
  const shown = squares.map((square) => square.textContent).join(" ");
  place.setAttribute(
    "aria-label",
    `Outputs of ${units} neurons${shown.trim() ? `: ${shown}` : ""}`,
  );
}
