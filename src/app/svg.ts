/** Pictures of lines and words, drawn as SVG. */
const NAMESPACE = "http://www.w3.org/2000/svg";

export type Attributes = Readonly<Record<string, string | number>>;

export function drawn(tag: string, attributes: Attributes = {}, text = ""): SVGElement {
  const node = document.createElementNS(NAMESPACE, tag) as SVGElement;
  set(node, attributes);
  if (text) node.textContent = text;
  return node;
}

export function set(node: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
}

/** Points of a polyline. */
export const pointsOf = (points: readonly (readonly [x: number, y: number])[]): string =>
  points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");

/** From numbers between `from` and `to` to places between `begin` and `end`. */
export const scale =
  (from: number, to: number, begin: number, end: number) =>
  (value: number): number =>
    begin + ((end - begin) * (value - from)) / (to - from);
