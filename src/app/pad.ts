/** A drawing pad of 28 × 28 dots (or the data's own size) for mouse, finger, pen and keyboard. */
import { paintInk } from "./pictures";

/** Ink that the brush leaves at a distance of 0, 1 and √2 dots from where it is. */
const BRUSH = [255, 170, 90] as const;

export class Pad {
  pixels: Uint8Array<ArrayBuffer>;
  private cursor: [number, number] | undefined;
  private last: [number, number] | undefined;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly changed: () => void,
    private width = 28,
    height = 28,
  ) {
    this.pixels = new Uint8Array(width * height);
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", `Drawing pad, ${width} by ${height} dots`);
    canvas.setAttribute("aria-describedby", "pad-help");
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.last = undefined;
      this.stroke(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) this.stroke(event);
    });
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("focus", () => this.paint());
    canvas.addEventListener("blur", () => this.paint());
    this.paint();
  }

  clear(): void {
    this.pixels.fill(0);
    this.update();
  }

  /** Shows an image of the data set, also of another size. */
  put(pixels: Uint8Array<ArrayBuffer>, width: number): void {
    this.pixels = pixels.slice();
    this.width = width;
    this.update();
  }

  private get height(): number {
    return this.pixels.length / this.width;
  }

  private stroke(event: PointerEvent): void {
    event.preventDefault();
    const box = this.canvas.getBoundingClientRect();
    const to: [number, number] = [
      ((event.clientX - box.left) / box.width) * this.width,
      ((event.clientY - box.top) / box.height) * this.height,
    ];
    const from = this.last ?? to;
    const steps = Math.ceil(2 * Math.hypot(to[0] - from[0], to[1] - from[1])) || 1;
    for (let i = 1; i <= steps; i++)
      this.dab(
        Math.floor(from[0] + ((to[0] - from[0]) * i) / steps),
        Math.floor(from[1] + ((to[1] - from[1]) * i) / steps),
      );
    this.last = to;
    this.update();
  }

  private dab(x: number, y: number): void {
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const [column, row] = [x + dx, y + dy];
        if (column < 0 || row < 0 || column >= this.width || row >= this.height) continue;
        const at = row * this.width + column;
        this.pixels[at] = Math.max(
          this.pixels[at] as number,
          BRUSH[Math.abs(dx) + Math.abs(dy)] as number,
        );
      }
    }
  }

  private key(event: KeyboardEvent): void {
    const [x, y] = this.cursor ?? [Math.floor(this.width / 2), Math.floor(this.height / 4)];
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const move = moves[event.key];
    if (event.key === "Delete" || event.key === "Backspace") this.clear();
    else if (event.key === "Home") {
      this.cursor = undefined;
      this.update(false);
    } else if (event.key === " ") {
      this.cursor = [x, y];
      this.dab(x, y);
      this.update();
    } else if (move) {
      this.cursor = [
        Math.min(this.width - 1, Math.max(0, x + move[0])),
        Math.min(this.height - 1, Math.max(0, y + move[1])),
      ];
      if (event.shiftKey) this.dab(...this.cursor);
      this.update(event.shiftKey);
    } else return;
    event.preventDefault();
  }

  private update(changed = true): void {
    this.paint();
    if (changed) this.changed();
  }

  private paint(): void {
    paintInk(this.canvas, this.pixels, this.width);
    if (!this.cursor || document.activeElement !== this.canvas) return;
    const context = this.canvas.getContext("2d") as CanvasRenderingContext2D;
    context.fillStyle = "#d55e00";
    context.fillRect(...this.cursor, 1, 1);
  }
}
