/**
 * One chart as SVG text, by Observable Plot on a document that is not a browser's. Colours are
 * variables of palette.css.
 */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import palette from "./palette.css?raw";

const { document } = parseHTML("<!doctype html><html><body></body></html>");
const COLOURS = 7;
const DASHES = ["", "6 3", "2 3"];
/**
 * The look of the i-th series: a colour that colour-blind people tell apart, and a dash from the
 * eighth on.
 */
export const colour = (i: number): string => `var(--c${i % COLOURS})`;
export const dash = (i: number): string =>
  DASHES[Math.floor(i / COLOURS) % DASHES.length] as string;

/** The line that stands for the i-th series in a table. */
export const sample = (i: number): string =>
  `<svg class="sample" width="26" height="10" aria-hidden="true"><line x1="1" x2="25" y1="5" ` +
  `y2="5" stroke="${colour(i)}" stroke-width="2.5" stroke-dasharray="${dash(i)}"/></svg>`;

/** A chart and what it says, for who cannot see it. */
export function svg(options: Plot.PlotOptions, description: string): string {
  const plot = Plot.plot({
    document: document as unknown as Document,
    width: 460,
    height: 300,
    marginLeft: 48,
    marginBottom: 42,
    style: { background: "none", fontSize: "12px" },
    ariaLabel: description,
    ...options,
  });
  plot.setAttribute("role", "img");
  return plot.outerHTML;
}

/** A description's list: what `say` makes of each. */
export const listed = <T>(all: readonly T[], say: (one: T) => string): string =>
  all.map(say).join("; ");

const PAPER = "svg { background: var(--bg) !important; color: var(--fg); }";
const STYLE = `<style>${palette}${PAPER}</style>`;
const XMLNS = 'xmlns="http://www.w3.org/2000/svg"';

/** A chart as a file of its own, in light and dark as the reader's system is. */
export const standalone = (chart: string): string =>
  `${chart.replace(/^<svg/, `<svg ${XMLNS}`).replace(/>/, `>${STYLE}`)}\n`;
