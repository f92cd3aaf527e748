/** Three curves of validation accuracy over an epoch, named where they end. */
import { percent } from "../format";
import { drawn, pointsOf, scale } from "./svg";

export interface Curve {
  /** The class of its line, and its short name. */
  name: string;
  epochs: readonly number[];
  /** Shares of validation digits that are read right. */
  accuracies: readonly number[];
}

const [HEIGHT, LEFT, TOP, BELOW] = [260, 46, 12, 30];
/** Room for names behind the curves, where there is any. */
const [NAMES, WIDE, GAP] = [124, 440, 16];

/** Places of labels, each near where it belongs, from top to bottom `gap` apart. */
export function apart(places: readonly number[], gap: number): number[] {
  const order = places.map((_, i) => i).sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
  const moved = [...places];
  order.forEach((at, k) => {
    const above = order[k - 1];
    if (above === undefined) return;
    moved[at] = Math.max(moved[at] ?? 0, (moved[above] ?? 0) + gap);
  });
  return moved;
}

/** In words, for whoever does not see it. */
export const inWords = (curves: readonly Curve[]): string =>
  curves
    .map(({ name, accuracies }) => `${name} ${percent(accuracies.at(-1) ?? Number.NaN, 1)}`)
    .join(", ");

export class ArmsChart {
  private curves: readonly Curve[] = [];

  constructor(private readonly place: HTMLElement) {
    new ResizeObserver(() => this.draw()).observe(place);
  }

  show(curves: readonly Curve[], recorded: boolean): void {
    this.curves = curves;
    const some = curves.filter(({ accuracies }) => accuracies.length > 0);
    this.place.ariaLabel =
      some.length > 0
        ? `Validation accuracy over an epoch${recorded ? ", recorded" : ""}: ${inWords(some)}`
        : "Validation accuracy over an epoch, empty so far";
    this.place.classList.toggle("recorded", recorded);
    this.draw();
  }

  private draw(): void {
    const width = Math.max(240, this.place.clientWidth);
    const right = width - (width < WIDE ? 10 : NAMES);
    const [toX, toY] = [scale(0, 1, LEFT, right), scale(0, 1, HEIGHT - BELOW, TOP)];
    const svg = drawn("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" });
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      const y = toY(share);
      svg.append(
        drawn("line", { class: "rule", x1: LEFT, x2: right, y1: y, y2: y }),
        drawn("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, percent(share, 0)),
      );
    }
    for (const [epoch, text, anchor] of [
      [0, "0", "middle"],
      [0.5, "0.5", "middle"],
      [1, "1 epoch", "end"],
    ] as const)
      svg.append(drawn("text", { x: toX(epoch), y: HEIGHT - 10, "text-anchor": anchor }, text));
    svg.append(
      drawn("line", { class: "chance", x1: LEFT, x2: right, y1: toY(0.1), y2: toY(0.1) }),
      drawn("text", { x: LEFT + 4, y: toY(0.1) + 14 }, "guessing: 10 %"),
    );
    const seen = this.curves.filter(({ accuracies }) => accuracies.length > 0);
    const labels = apart(
      seen.map(({ accuracies }) => toY(accuracies.at(-1) ?? 0)),
      GAP,
    );
    seen.forEach(({ name, epochs, accuracies }, i) => {
      const points = epochs.map((epoch, k) => [toX(epoch), toY(accuracies[k] ?? 0)] as const);
      const [x, y] = points.at(-1) as readonly [number, number];
      svg.append(
        drawn("polyline", { class: `arm ${name}`, points: pointsOf(points) }),
        drawn("circle", { class: `end ${name}`, cx: x, cy: y, r: 4 }),
      );
      if (width >= WIDE)
        svg.append(drawn("text", { class: name, x: x + 9, y: (labels[i] ?? 0) + 4 }, name));
    });
    this.place.replaceChildren(svg);
  }
}
