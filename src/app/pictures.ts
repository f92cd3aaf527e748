/** Small pictures: images and weights. */
import { make } from "./dom";
import type { Images } from "./shipped";

/** Paints bytes [height, width] as ink: 0 is paper, 255 the page's ink. */
export function paintInk(canvas: HTMLCanvasElement, pixels: Uint8Array, width: number): void {
  const height = pixels.length / width;
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const image = context.createImageData(width, height);
  pixels.forEach((ink, i) => image.data.set([255 - ink, 255 - ink, 255 - ink, 255], 4 * i));
  context.putImageData(image, 0, 0);
}

/** Paints shares of ink [height, width], from 0 to 1. */
export const paintShares = (canvas: HTMLCanvasElement, shares: Float32Array, width: number): void =>
  paintInk(
    canvas,
    Uint8Array.from(shares, (share) => Math.round(255 * share)),
    width,
  );

/** The ends of what goes both ways: orange for more, blue for less. */
const [MORE, LESS] = [
  [213, 94, 0],
  [0, 114, 178],
] as const;

/** The least difference that is painted in full. */
const CLEAR = 0.25;

/** Paints differences of shares [height, width], from -1 to 1, by the largest of them. */
export function paintDifference(
  canvas: HTMLCanvasElement,
  difference: Float32Array,
  width: number,
): void {
  Object.assign(canvas, { width, height: difference.length / width });
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const image = context.createImageData(width, canvas.height);
  const most = difference.reduce((most, ink) => Math.max(most, Math.abs(ink)), CLEAR);
  difference.forEach((ink, i) => {
    image.data.set([...(ink > 0 ? MORE : LESS), 255 * Math.sqrt(Math.abs(ink) / most)], 4 * i);
  });
  context.putImageData(image, 0, 0);
}

/** Of a weight on paper, beside one of the same size under ink. */
const FAINT = 0.4;

/** Weights of a neuron, with words below; painted anew as they change. */
export class WeightPicture {
  readonly node: HTMLElement;
  private readonly canvas = make("canvas");

  constructor(label: string) {
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    const words = make("figcaption", { textContent: label });
    this.node = make("figure", { className: "picture" }, this.canvas, words);
  }

  /**
   * Paints weights [height, width], orange for, blue against, by the largest of them all: strongly
   * where the image has ink, in [0, 1], since they count there alone.
   */
  paint(weights: Float32Array, width: number, largest: number, ink: ArrayLike<number>): void {
    const { canvas } = this;
    const height = weights.length / width;
    if (canvas.width !== width || canvas.height !== height)
      Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    const image = context.createImageData(width, height);
    weights.forEach((weight, i) => {
      const strength = Math.min(1, Math.abs(weight) / largest);
      const under = FAINT + (1 - FAINT) * (ink[i] as number);
      const end = weight > 0 ? MORE : LESS;
      image.data.set([...end, 255 * Math.sqrt(strength) * under], 4 * i); // on paper, light or dark
    });
    context.putImageData(image, 0, 0);
  }
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

/** Test images [count, inputs]: the page takes bytes alone. */
export const imagePixels = (
  { test, inputs }: Images,
  first: number,
  count = 1,
): Uint8Array<ArrayBuffer> =>
  (test.pixels as Uint8Array<ArrayBuffer>).slice(first * inputs, (first + count) * inputs);
