/** One neuron's stair and the smooth curve behind it, with where it stands now. */
import type { Spec } from "../index";
import type { Outcome } from "../verify/index";
import { written } from "./squares";
import { drawn } from "./svg";

type Layer = Spec["hidden"][number];
type OutcomesOf = (layer: Layer, z: readonly number[], slope: number) => Outcome[];

/** Size of the picture, of its margins, and how many points its curve has. */
const [WIDTH, HEIGHT, LEFT, BELOW, POINTS] = [280, 130, 26, 20, 81];
/** z at slope 1 beyond which a curve hardly changes. */
const FLAT = 4;

/** Mean of what a neuron may put out: f(slope · z). */
export const meanOf = (outcomes: readonly Outcome[]): number =>
  outcomes.reduce((sum, { value, share }) => sum + value * share, 0);
/** What it puts out where it rounds. */
const roundOf = (outcomes: readonly Outcome[]): number =>
  outcomes.reduce((best, other) => (other.share > best.share ? other : best)).value;

/** The largest |z| that is shown: it changes seldom, so that the picture stands still. */
export function reach({ size }: Pick<Layer, "size">, z: number, slope: number): number {
  const least = size / 2 + FLAT / slope;
  return least * 2 ** Math.ceil(Math.max(0, Math.log2(Math.abs(z) / least)));
}

/**
 * A neuron of one z, at `slope`, that puts out `y`: the curve, the stair where it decides, and a
 * dot for each of f and `y`. `outcomesOf` is the library's.
 */
export function curvePicture(
  outcomesOf: OutcomesOf,
  layer: Layer,
  z: number,
  slope: number,
  y: number,
): SVGElement {
  const most = reach(layer, z, slope);
  const at = (x: number) => outcomesOf(layer, [x], slope);
  const points = Array.from({ length: POINTS }, (_, i) => {
    const x = most * ((2 * i) / (POINTS - 1) - 1);
    const outcomes = at(x);
    return { x, mean: meanOf(outcomes), step: roundOf(outcomes) };
  });
  const decides = layer.estimator !== "exact";
  const values = points.flatMap(({ mean, step }) => (decides ? [mean, step] : [mean]));
  const [low, high] = [Math.round(Math.min(...values, 0)), Math.round(Math.max(...values))];
  const toX = (x: number) => LEFT + ((WIDTH - LEFT - 4) * (x + most)) / (2 * most);
  const toY = (v: number) => 8 + ((HEIGHT - BELOW - 16) * (high - v)) / (high - low);
  const line = (of: (point: (typeof points)[number]) => number) =>
    points.map((point) => `${toX(point.x).toFixed(1)},${toY(of(point)).toFixed(1)}`).join(" ");
  const stair = points.flatMap((point, i) => {
    const before = points[i - 1]?.step ?? point.step;
    const ends = before === point.step ? [point.step] : [before, point.step];
    return ends.map((v) => `${toX(point.x).toFixed(1)},${toY(v).toFixed(1)}`);
  });
  const mean = meanOf(at(z));
  const svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  const told = `At z ${written(Number(z.toFixed(2)))} its curve is ${written(mean)}`;
  svg.setAttribute("aria-label", decides ? `${told}, and it puts out ${written(y)}` : told);
  const [ground, x] = [HEIGHT - BELOW, toX(z)];
  for (let level = low; level <= high; level += Math.max(1, Math.ceil((high - low) / 6))) {
    svg.append(
      drawn("line", { class: "rule", x1: LEFT, x2: WIDTH, y1: toY(level), y2: toY(level) }),
    );
    svg.append(
      drawn("text", { x: LEFT - 5, y: toY(level) + 4, "text-anchor": "end" }, written(level)),
    );
  }
  svg.append(
    drawn("line", { class: "rule", x1: toX(0), x2: toX(0), y1: 4, y2: ground }),
    drawn("text", { x: toX(0), y: HEIGHT - 5, "text-anchor": "middle" }, "z = 0"),
    drawn("line", { class: "stands", x1: x, x2: x, y1: 4, y2: ground }),
    ...(decides ? [drawn("polyline", { class: "stair", points: stair.join(" ") })] : []),
    drawn("polyline", { class: "smooth", points: line((point) => point.mean) }),
    drawn("circle", { class: "mean", cx: x, cy: toY(mean), r: 4 }),
    ...(decides ? [drawn("circle", { class: "puts-out", cx: x, cy: toY(y), r: 6 })] : []),
  );
  return svg;
}
