/**
 * A pad to draw on freely, with mouse, finger, pen or keyboard, and beside it what the network sees
 * of the drawing: MNIST's form.
 */
import { write } from "./dom";
import { drawingForm, inkOf, type Point, penWidth } from "./mnist-form";
import { paintInk } from "./pictures";

/** Dots of the pad's own picture, from left to right. */
const SIDE = 560;
/** Points of a stroke are no closer, where the pad is 1 wide: more would only take time. */
const CLOSE = 0.008;

export class Pad {
  /** What the network sees, as large as the data's images. */
  pixels: Uint8Array<ArrayBuffer>;
  private strokes: Point[][] = [];
  /** A test image below the strokes: then all is read as it lies there. */
  private image: Uint8Array<ArrayBuffer> | undefined;
  /** The image is the page's own: the first stroke takes its place. */
  private suggested = false;
  /** Of the keyboard: a column and row of the data's images. */
  private cursor: [number, number] | undefined;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly seen: HTMLCanvasElement,
    private readonly changed: () => void,
    private width = 28,
    private height = 28,
  ) {
    this.pixels = new Uint8Array(width * height);
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.ariaLabel ??= "Drawing pad";
    canvas.setAttribute("aria-describedby", "pad-help");
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.begin([]);
      this.draw(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) this.draw(event);
    });
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("focus", () => this.paint());
    canvas.addEventListener("blur", () => this.paint());
    this.update(false);
  }

  /** Without any ink. */
  get empty(): boolean {
    return this.pixels.every((ink) => ink === 0);
  }

  clear(): void {
    this.strokes = [];
    this.image = undefined;
    this.update();
  }

  /** Takes images of another size from here on. */
  resize(width: number, height: number): void {
    [this.width, this.height, this.cursor] = [width, height, undefined];
    this.clear();
  }

  /**
   * Shows an image of the data set, which is read as it is; strokes change it, or take its place
   * where it was `suggested`.
   */
  put(pixels: Uint8Array<ArrayBuffer>, suggested = false): void {
    this.strokes = [];
    this.suggested = suggested;
    this.image = pixels.slice();
    this.update();
  }

  private begin(stroke: Point[]): void {
    if (this.suggested) this.image = undefined;
    this.suggested = false;
    this.strokes.push(stroke);
  }

  private draw(event: PointerEvent): void {
    event.preventDefault();
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const within = (at: number, most: number) => Math.min(most, Math.max(0, at)) / width;
    const moves = event.getCoalescedEvents?.() ?? [];
    const stroke = this.strokes.at(-1);
    for (const { clientX, clientY } of moves.length > 0 ? moves : [event]) {
      const to: Point = [within(clientX - left, width), within(clientY - top, height)];
      const [x, y] = stroke?.at(-1) ?? [Infinity, 0];
      if (Math.hypot(to[0] - x, to[1] - y) > CLOSE) stroke?.push(to);
    }
    this.update();
  }

  /** The middle of a column and row, on the pad. */
  private place([column, row]: readonly [number, number]): Point {
    return [(column + 0.5) / this.width, (row + 0.5) / this.width];
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
      this.paint();
    } else if (event.key === " ") {
      this.cursor = [x, y];
      this.begin([this.place([x, y])]);
      this.update();
    } else if (move) {
      this.cursor = [
        Math.min(this.width - 1, Math.max(0, x + move[0])),
        Math.min(this.height - 1, Math.max(0, y + move[1])),
      ];
      if (event.shiftKey) this.begin([this.place([x, y]), this.place(this.cursor)]);
      if (event.shiftKey) this.update();
      else this.paint();
    } else return;
    event.preventDefault();
  }

  private update(changed = true): void {
    const { strokes, image, width, height } = this;
    if (image) {
      const ink = inkOf(strokes, width, height, penWidth(width, height));
      this.pixels = image.map((below, at) => Math.max(below, ink[at] as number));
    } else this.pixels = drawingForm(strokes, width, height);
    this.paint();
    paintInk(this.seen, this.pixels, width);
    const size = this.seen.closest("figure")?.querySelector(".size");
    if (size) write(size, `${width} × ${height}`);
    if (changed) this.changed();
  }

  private paint(): void {
    const { canvas, image, width, height } = this;
    const dot = SIDE / width;
    Object.assign(canvas, { width: SIDE, height: Math.round(dot * height) });
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    if (image) {
      const picture = document.createElement("canvas");
      paintInk(picture, image, width);
      context.imageSmoothingEnabled = false;
      context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    }
    Object.assign(context, {
      strokeStyle: "#000",
      lineWidth: dot * penWidth(width, height),
      lineCap: "round",
      lineJoin: "round",
    });
    for (const stroke of this.strokes) {
      context.beginPath();
      for (const [x, y] of stroke) context.lineTo(SIDE * x, SIDE * y);
      const [x, y] = stroke.at(-1) ?? [0, 0];
      context.lineTo(SIDE * x + 0.01, SIDE * y); // a line of no length would draw no dot
      context.stroke();
    }
    if (!this.cursor || document.activeElement !== canvas) return;
    const [x, y] = this.place(this.cursor);
    context.fillStyle = "#d55e00";
    context.fillRect(SIDE * x - dot / 2, SIDE * y - dot / 2, dot, dot);
  }
}
