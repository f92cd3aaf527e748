/**
 * The pictures beside what is built on straight-through, each drawn from the estimators themselves:
 * dice and rounding, slopes, Gumbel-softmax, ReinMax.
 */
import type { Twin } from "../verify/index";
import { element } from "./dom";
import { corners } from "./stair";
import { type Attributes, drawn, pointsOf, scale } from "./svg";

export type TwinOf = (neuron: string, estimator: string) => Twin;

const [WIDTH, HEIGHT] = [260, 130];
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** One after the other they fill [0, 1) evenly, so that a few dots look like many throws. */
const spread = (i: number): number => (i * GOLDEN) % 1;
const range = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
const first = ([x = 0]: readonly number[]): number => x;

/** Throws of a binary neuron at `count` places of [-reach, reach], and what it rounds to there. */
export function throws(twinOf: TwinOf, count: number, reach: number) {
  const twin = twinOf("binary", "straight-through");
  const at = (z: number, u: readonly number[] | undefined) =>
    first(twin({ z: [z], u, slope: 1, tau: 1, size: 1 }).y);
  return range(-reach, reach, count).map((z, i) => ({
    z,
    thrown: at(z, [spread(i)]),
    rounded: at(z, undefined),
  }));
}

/** The logistic curve at a slope. */
export const logisticAt = (twinOf: TwinOf, slope: number, z: number): number =>
  first(twinOf("sigmoid", "exact")({ z: [z], u: undefined, slope, tau: 1, size: 1 }).y);

/** What stands in for one and the same choice of three, at a temperature. */
export const relaxed = (twinOf: TwinOf, tau: number): number[] =>
  twinOf("onehot", "concrete")({ z: [0.9, 0.6, -0.4], u: [0.4, 0.6, 0.5], slope: 1, tau, size: 3 })
    .y;

/**
 * Mean of the gradient by z that an estimator gives a choice of two with logits (0, z), where the
 * loss is (y₁ - wanted)²; and the true one, of the expected loss.
 */
export function meanGradient(twinOf: TwinOf, estimator: string, z: number, wanted: number) {
  const chance = logisticAt(twinOf, 1, z);
  const of = (y: number, u: number): number => {
    const fired = twinOf("onehot", estimator)({ z: [0, z], u: [u], slope: 1, tau: 1, size: 2 });
    if (fired.y[1] !== y) throw new Error(`a draw of ${u} at ${z} gives ${fired.y}`);
    return fired.back([0, 2 * (y - wanted)])[1] as number;
  };
  const estimated = (1 - chance) * of(0, 0) + chance * of(1, 1 - 2 ** -24);
  return { estimated, exact: chance * (1 - chance) * (1 - 2 * wanted) };
}

type Points = readonly (readonly [number, number])[];

/** A picture over [-reach, reach] and [low, high], with helpers to draw on it. */
function picture(id: string, label: string, reach: number, low: number, high: number) {
  const svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label });
  element(id).replaceChildren(svg);
  const [toX, toY] = [scale(-reach, reach, 10, WIDTH - 10), scale(low, high, HEIGHT - 12, 12)];
  return {
    line: (name: string, points: Points) =>
      svg.append(
        drawn("polyline", {
          class: name,
          points: pointsOf(points.map(([x, y]) => [toX(x), toY(y)])),
        }),
      ),
    dot: (name: string, x: number, y: number) =>
      svg.append(drawn("circle", { class: name, cx: toX(x), cy: toY(y), r: 2.5 })),
    write: (text: string, x: number, y: number, more: Attributes = {}) =>
      svg.append(drawn("text", { x: toX(x), y: toY(y), ...more }, text)),
    svg,
  };
}

export function drawIdeas(twinOf: TwinOf): void {
  dice(twinOf);
  slopes(twinOf);
  gumbel(twinOf);
  reinmax(twinOf);
}

function dice(twinOf: TwinOf): void {
  const reach = 5;
  const { line, dot, write } = picture(
    "idea-dice",
    "Thrown, a neuron is 0 or 1 anywhere near z = 0; rounded, it jumps once.",
    ...([reach, -0.15, 1.15] as const),
  );
  const all = throws(twinOf, 81, reach);
  line(
    "smooth",
    all.map(({ z }) => [z, logisticAt(twinOf, 1, z)]),
  );
  line("stair", corners(all.map(({ z, rounded }) => [z, rounded])));
  all.forEach(({ z, thrown }, i) => dot("throw", z, thrown + 0.12 * (spread(3 * i) - 0.5)));
  write("rounded", 0.4, 0.26);
  write("thrown", -4.8, 0.16);
}

function slopes(twinOf: TwinOf): void {
  const { line, write } = picture(
    "idea-slope",
    "The logistic curve at slopes 1, 2 and 8: the steeper, the more like a stair.",
    ...([4, -0.1, 1.1] as const),
  );
  for (const [slope, name] of [
    [1, "soft"],
    [2, "smooth"],
    [8, "stair"],
  ] as const)
    line(
      name,
      range(-4, 4, 161).map((z) => [z, logisticAt(twinOf, slope, z)]),
    );
  write("s = 1", -3.9, 0.17);
  write("s = 8", -0.3, 0.8, { "text-anchor": "end" });
}

function gumbel(twinOf: TwinOf): void {
  const { svg } = picture(
    "idea-gumbel",
    "The same choice of three at temperatures 4, 1, 0.5 and 0.1: at last all but one are 0.",
    ...([1, 0, 1] as const),
  );
  [4, 1, 0.5, 0.1].forEach((tau, group) => {
    const left = 12 + 62 * group;
    relaxed(twinOf, tau).forEach((share, k) => {
      const height = Math.max(1, 88 * share);
      svg.append(
        drawn("rect", {
          ...{ class: `choice${k}`, x: left + 16 * k, width: 13 },
          ...{ y: 104 - height, height },
        }),
      );
    });
    svg.append(drawn("text", { x: left + 22, y: 122, "text-anchor": "middle" }, `τ = ${tau}`));
  });
}

function reinmax(twinOf: TwinOf): void {
  const [reach, wanted] = [5, 0.2];
  const { line, write } = picture(
    "idea-reinmax",
    "Mean gradients of a choice of two: ReinMax lies on the true one, straight-through does not.",
    ...([reach, -0.12, 0.26] as const),
  );
  const at = range(-reach, reach, 101);
  const of = (estimator: string, part: "estimated" | "exact"): Points =>
    at.map((z) => [z, meanGradient(twinOf, estimator, z, wanted)[part]]);
  line("rule", [
    [-reach, 0],
    [reach, 0],
  ]);
  line("soft", of("straight-through", "estimated"));
  line("smooth", of("reinmax", "exact"));
  line("dots", of("reinmax", "estimated"));
  write("straight-through", -4.8, -0.11);
  write("the true one,", -4.8, 0.2);
  write("and ReinMax", -4.8, 0.142);
}
