/**
 * A drawing as MNIST has its digits (LeCun et al. 1998): fitted into 20 of 28 dots, with its centre
 * of mass in the middle of the image.
 */

/** A point of the pad, whose width is 1: [0, 0] is its upper left corner. */
export type Point = readonly [x: number, y: number];
/** What the pen drew in one go. One point is a dot. */
export type Stroke = readonly Point[];

export interface Image {
  pixels: Uint8Array<ArrayBuffer>;
  width: number;
}

/** Side of the digit in an image: 20 of 28. */
const FIT = 5 / 7;
/** A stroke, as a share of the image's side: with it, drawn digits have as much ink as MNIST's. */
const PEN = 2.6 / 28;
/** A drawing is enlarged no further, so that a dot stays one. */
const MOST = 4;
/** Dots of the fine drawing to a dot of the image. */
const FINE = 4;

/** The width of the pen, in dots of an image. */
export const penWidth = (width: number, height: number): number => PEN * Math.min(width, height);

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

interface Span {
  middle: number;
  extent: number;
}

/** Draws strokes [height, width] with a round pen; `pen` is its width in dots. */
export function inkOf(
  strokes: readonly Stroke[],
  width: number,
  height: number,
  pen: number,
): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(width * height);
  const dots = ([x, y]: Point): Point => [x * width, y * width];
  for (const stroke of strokes)
    stroke.forEach((point, i) => {
      line(pixels, width, dots(stroke[Math.max(0, i - 1)] as Point), dots(point), pen / 2);
    });
  return pixels;
}

/** Inks the dots within `radius` of a line; those on its edge in part. */
function line(pixels: Uint8Array, width: number, from: Point, to: Point, radius: number): void {
  const height = pixels.length / width;
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const squared = dx * dx + dy * dy || 1;
  const [near, far] = [0, 1].map((axis) => {
    const [a, b] = [from[axis] as number, to[axis] as number];
    const most = axis === 0 ? width : height;
    const limit = (at: number) => Math.min(most, Math.max(0, at));
    return [
      limit(Math.floor(Math.min(a, b) - radius - 1)),
      limit(Math.ceil(Math.max(a, b) + radius + 1)),
    ];
  }) as [[number, number], [number, number]];
  for (let y = far[0]; y < far[1]; y++)
    for (let x = near[0]; x < near[1]; x++) {
      const [px, py] = [x + 0.5 - from[0], y + 0.5 - from[1]];
      const along = Math.min(1, Math.max(0, (px * dx + py * dy) / squared));
      const [ax, ay] = [px - along * dx, py - along * dy];
      const distance = Math.sqrt(ax * ax + ay * ay);
      const ink = 255 * Math.min(1, Math.max(0, radius + 0.5 - distance));
      const at = y * width + x;
      pixels[at] = Math.max(pixels[at] as number, Math.round(ink));
    }
}

/** The smallest box around all ink; undefined without any. */
function boxOf({ pixels, width }: Image): Box | undefined {
  const box = { left: width, top: pixels.length / width, right: 0, bottom: 0 };
  pixels.forEach((ink, at) => {
    if (ink === 0) return;
    const [x, y] = [at % width, Math.floor(at / width)];
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x + 1);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y + 1);
  });
  return box.right > 0 ? box : undefined;
}

/** Where the ink's mass has its centre, along one axis. */
function centre({ pixels, width }: Image, axis: "x" | "y"): number {
  let [mass, moment] = [0, 0];
  pixels.forEach((ink, at) => {
    mass += ink;
    moment += ink * (0.5 + (axis === "x" ? at % width : Math.floor(at / width)));
  });
  return moment / mass;
}

/**
 * Along one axis: which dots each dot of the result covers, with how much of each. The box begins
 * at a whole dot, and its ink's centre is as near to that of the middle dot (14 of 0 … 27, in
 * MNIST) as that allows, or as the image has room.
 */
function cover(
  [from, to]: readonly [number, number],
  mass: number,
  scale: number,
  count: number,
): { at: number; share: number }[][] {
  const extent = (to - from) * scale;
  const wanted = Math.round(count / 2 + 0.5 - (mass - from) * scale);
  const begin = Math.max(0, Math.min(Math.floor(count - extent), wanted));
  return Array.from({ length: count }, (_, i) => {
    const [low, high] = [i, i + 1].map((edge) => from + (edge - begin) / scale) as [number, number];
    const [first, last] = [Math.max(from, low), Math.min(to, high)];
    const parts = [];
    for (let at = Math.floor(first); at < last; at++) {
      const share = scale * (Math.min(last, at + 1) - Math.max(first, at));
      parts.push({ at, share });
    }
    return parts;
  });
}

/** An image in MNIST's form, each dot the mean of the area that it covers. */
export function mnistForm(image: Image, width: number, height: number): Uint8Array<ArrayBuffer> {
  const box = boxOf(image);
  if (!box) return new Uint8Array(width * height);
  const side = Math.min(width, height);
  const whole = Math.min(image.width, image.pixels.length / image.width);
  const longer = Math.max(box.right - box.left, box.bottom - box.top);
  return placed(image, box, Math.min((FIT * side) / longer, (MOST * side) / whole), width, height);
}

/** The part of an image in the box, scaled, with its centre of mass in the middle. */
function placed(
  image: Image,
  box: Box,
  scale: number,
  width: number,
  height: number,
): Uint8Array<ArrayBuffer> {
  const found = new Uint8Array(width * height);
  const columns = cover([box.left, box.right], centre(image, "x"), scale, width);
  const rows = cover([box.top, box.bottom], centre(image, "y"), scale, height);
  rows.forEach((down, y) => {
    columns.forEach((across, x) => {
      let ink = 0;
      for (const row of down)
        for (const column of across)
          ink +=
            row.share * column.share * (image.pixels[row.at * image.width + column.at] as number);
      found[y * width + x] = Math.round(ink);
    });
  });
  return found;
}

/**
 * Strokes in MNIST's form, with a pen that is as wide as MNIST's in the result, wherever and
 * however large they were drawn.
 */
export function drawingForm(
  strokes: readonly Stroke[],
  width: number,
  height: number,
): Uint8Array<ArrayBuffer> {
  const [across, down] = [0, 1].map((axis) => {
    const along = strokes.flat().map((point) => point[axis] as number);
    const [from, to] = along.reduce(([a, b], at) => [Math.min(a, at), Math.max(b, at)], [9, 0]);
    return { middle: (from + to) / 2, extent: width * (to - from) };
  }) as [Span, Span];
  const pen = penWidth(width, height);
  const fit = FIT * Math.min(width, height) - pen;
  const scale = Math.min(MOST, fit / Math.max(1e-9, across.extent, down.extent));
  const moved = strokes.map((stroke) =>
    stroke.map(
      ([x, y]): Point => [
        0.5 + scale * (x - across.middle),
        (0.5 * height) / width + scale * (y - down.middle),
      ],
    ),
  );
  const pixels = inkOf(moved, FINE * width, FINE * height, FINE * pen);
  const image = { pixels, width: FINE * width };
  const box = boxOf(image);
  return box ? placed(image, box, 1 / FINE, width, height) : new Uint8Array(width * height);
}
