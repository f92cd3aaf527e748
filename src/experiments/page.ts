/** The frame of a report: one HTML file without scripts, in light and dark. */
import { escapeMarkup } from "../format";
import palette from "./palette.css?raw";
import style from "./report.css?raw";

export interface Page {
  /** Of the window, and the heading. */
  title: string;
  heading: string;
  /** What made the numbers: label and value. */
  facts: readonly (readonly [label: string, value: string])[];
  /** Markup between heading and facts, and behind the facts. */
  before?: string;
  after?: string;
  /** Markup of the sections. */
  main: string;
}

export function htmlPage({ title, heading, facts, before = "", after = "", main }: Page): string {
  const list = facts.map(
    ([label, value]) => `<div><dt>${escapeMarkup(label)}</dt><dd>${escapeMarkup(value)}</dd></div>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeMarkup(title)}</title>
<style>${palette}${style}</style>
</head>
<body>
<header><h1>${escapeMarkup(heading)}</h1>
${before}<dl>${list.join("")}</dl>${after}</header>
<main>
${main}
</main>
</body>
</html>
`;
}

/** Charts side by side, with markup as their caption. */
export const figure = (svgs: readonly string[], caption: string): string =>
  '<figure><div class="charts">' +
  `${svgs.join("\n")}</div><figcaption>${caption}</figcaption></figure>`;
