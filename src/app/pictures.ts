/** Small pictures: images and weights. */
import type { Dataset } from "../index";
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
    image.data.set([...end, 255 * strength], 4 * i); // on paper, light or dark
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

/** Test images [count, inputs]: the page takes bytes alone. */
export const testImages = (
  { test, inputs }: Dataset,
  first: number,
  count: number,
): Uint8Array<ArrayBuffer> =>
  (test.pixels as Uint8Array<ArrayBuffer>).slice(first * inputs, (first + count) * inputs);
