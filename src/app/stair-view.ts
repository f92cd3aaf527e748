/**
 * A stair to drag z along: by mouse, finger, pen or arrow keys. Until it is touched, z goes as the
 * page is scrolled.
 */
import type { Outcome, Twin } from "../verify/index";
import { meanOf } from "./curve";
import { element, write } from "./dom";
import { written } from "./squares";
import {
  corners,
  LAYER,
  REACH,
  SLOPE,
  type Standing,
  scrolled,
  standing,
  stepFrom,
  WANTED,
  within,
} from "./stair";
import { drawn, pointsOf, scale, set } from "./svg";

export type OutcomesOf = (layer: typeof LAYER, z: readonly number[], slope: number) => Outcome[];

const [HEIGHT, LEFT, RIGHT, TOP, BELOW] = [230, 36, 12, 14, 34];
const POINTS = 301;
/** From the picture's left edge to its numbers: beyond the knob, wherever it stands. */
const NUMBERS = LEFT - 14;
/** Half the length of the line that shows a slope, in z. */
const TANGENT = 0.75;
const KEYS: Readonly<Record<string, number>> = {
  ArrowLeft: -0.05,
  ArrowDown: -0.05,
  ArrowRight: 0.05,
  ArrowUp: 0.05,
  PageDown: -0.5,
  PageUp: 0.5,
  Home: -2 * REACH,
  End: 2 * REACH,
};
const two = (value: number): string => value.toFixed(2).replace("-", "−").replace("−0.00", "0.00");

/** Parts of the picture that move with z. */
interface Moving {
  stands: SVGElement;
  tangent: SVGElement;
  lent: SVGElement;
  dot: SVGElement;
  knob: SVGElement;
  toX: (z: number) => number;
  toY: (y: number) => number;
}

export class StairView {
  private z = 0.7;
  private touched = false;
  private steps = 0;
  private moving: Moving | undefined;
  private readonly place: HTMLElement;
  private readonly says: HTMLElement;
  private readonly learned: HTMLElement;

  /**
   * @param id of the picture; what it says and its button have names that begin so
   * @param twin the neuron by the estimator that is shown
   * @param lends whether that estimator lends the curve's slope
   */
  constructor(
    id: string,
    private readonly twin: Twin,
    private readonly outcomesOf: OutcomesOf,
    private readonly lends: boolean,
  ) {
    this.place = element(id);
    this.says = element(`${id}-says`);
    this.learned = element(`${id}-learned`);
    element(`${id}-learn`).addEventListener("click", () => this.learn());
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.place);
    this.draw();
  }

  private listen(): void {
    const { place } = this;
    place.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      place.setPointerCapture(event.pointerId);
      this.point(event);
    });
    place.addEventListener("pointermove", (event) => {
      if (place.hasPointerCapture(event.pointerId)) this.point(event);
    });
    place.addEventListener("keydown", (event) => {
      const by = KEYS[event.key];
      if (by === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      this.drag(Math.round(100 * (this.z + by)) / 100);
    });
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.follow();
  }

  /** z goes as the picture passes through the window. */
  private follow(): void {
    let asked = false;
    const look = () => {
      asked = false;
      const { top, height } = this.place.getBoundingClientRect();
      this.stand(scrolled(1 - (top + height / 2) / innerHeight));
    };
    const scroll = () => {
      if (this.touched) return removeEventListener("scroll", scroll);
      if (!asked) requestAnimationFrame(() => this.touched || look());
      asked = true;
    };
    addEventListener("scroll", scroll, { passive: true });
    look();
  }

  private point({ clientX }: PointerEvent): void {
    const { left, width } = this.place.getBoundingClientRect();
    this.drag(within(scale(LEFT, width - RIGHT, -REACH, REACH)(clientX - left)));
  }

  /** The visitor has taken it in hand. */
  private drag(z: number): void {
    this.touched = true;
    this.steps = 0;
    write(this.learned, "");
    this.stand(z);
  }

  private learn(): void {
    this.touched = true;
    const before = standing(this.twin, this.z);
    const by = stepFrom(before);
    this.steps++;
    const after = this.stand(this.z + by);
    const steps = this.steps === 1 ? "1 step" : `${this.steps} steps`;
    write(
      this.learned,
      before.y === WANTED
        ? `${steps}: y is ${WANTED}, as wanted. Nothing is left to learn; drag z elsewhere.`
        : this.lends
          ? `${steps}: z moves by ${two(by)}${after.y === WANTED ? ", and y is there." : "."}`
          : `${steps}: y is ${written(before.y)}, not ${WANTED}, and z has moved by 0.`,
    );
  }

  private stand(z: number): Standing {
    this.z = within(z);
    const now = standing(this.twin, this.z);
    this.show(now);
    return now;
  }

  private curve(z: number): number {
    return meanOf(this.outcomesOf(LAYER, [z], SLOPE));
  }

  /** The picture as wide as its place. */
  private draw(): void {
    const width = Math.max(220, this.place.clientWidth);
    const most = (LAYER.size - 1) / 2;
    const toX = scale(-REACH, REACH, LEFT, width - RIGHT);
    const toY = scale(-most - 0.3, most + 0.3, HEIGHT - BELOW, TOP);
    const zs = Array.from({ length: POINTS }, (_, i) => REACH * ((2 * i) / (POINTS - 1) - 1));
    const stair = corners(zs.map((z) => [z, standing(this.twin, z).y]));
    const placed = (points: readonly (readonly [number, number])[]) =>
      pointsOf(points.map(([x, y]) => [toX(x), toY(y)]));
    const svg = drawn("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" });
    for (let level = -most; level <= most; level++) {
      const y = toY(level);
      svg.append(
        drawn("line", { class: "rule", x1: LEFT, x2: width - RIGHT, y1: y, y2: y }),
        drawn("text", { x: NUMBERS, y: y + 4, "text-anchor": "end" }, written(level)),
      );
    }
    const [foot, wanted] = [HEIGHT - BELOW + 14, toY(WANTED)];
    svg.append(
      drawn("line", { class: "wanted", x1: LEFT, x2: width - RIGHT, y1: wanted, y2: wanted }),
      drawn("text", { class: "wanted", x: LEFT + 4, y: wanted - 5 }, `wanted: y = ${WANTED}`),
      drawn("line", { class: "axis", x1: LEFT, x2: width - RIGHT, y1: foot, y2: foot }),
      drawn("text", { x: NUMBERS, y: foot + 4, "text-anchor": "end" }, "z"),
      drawn("polyline", { class: "stair", points: placed(stair) }),
    );
    if (this.lends) {
      const curve = zs.map((z) => [z, this.curve(z)] as const);
      svg.append(drawn("polyline", { class: "smooth", points: placed(curve) }));
    }
    const moving = {
      stands: drawn("line", { class: "stands", y2: foot }),
      lent: drawn("line", { class: "lent" }),
      tangent: drawn("line", { class: this.lends ? "tangent lends" : "tangent" }),
      dot: drawn("circle", { class: "dot", r: 7 }),
      knob: drawn("circle", { class: "knob", r: 10, cy: foot }),
    };
    svg.append(...Object.values(moving));
    this.moving = { ...moving, toX, toY };
    this.place.replaceChildren(svg);
    this.stand(this.z);
  }

  private show({ z, y, slope }: Standing): void {
    if (!this.moving) return;
    const { stands, tangent, lent, dot, knob, toX, toY } = this.moving;
    const [x, at] = [toX(z), this.lends ? this.curve(z) : y];
    set(stands, { x1: x, x2: x, y1: Math.min(toY(y), toY(at)) });
    set(lent, { x1: x, x2: x, y1: toY(y), y2: toY(at) });
    const [from, to] = [within(z - TANGENT), within(z + TANGENT)];
    set(tangent, {
      ...{ x1: toX(from), y1: toY(at + (from - z) * slope) },
      ...{ x2: toX(to), y2: toY(at + (to - z) * slope) },
    });
    set(dot, { cx: x, cy: toY(y) });
    set(knob, { cx: x });
    const numbers = [`z = ${two(z)}`, `y = ${written(y)}`, `slope dy/dz = ${two(slope)}`];
    numbers.forEach((text, i) => write(this.says.children[i] as Element, text));
    this.place.setAttribute("aria-valuenow", z.toFixed(2));
    this.place.setAttribute("aria-valuetext", numbers.join(", "));
  }
}
