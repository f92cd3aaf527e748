/** Curves as CSV and as an SVG drawing. */
import { escapeMarkup } from "../format";
import type { Run } from "./chart";
import { hueOf } from "./chart";
import { colour } from "./dom";

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** A line a run and report; accuracies in per cent. */
export const toCsv = (runs: readonly Run[]): string =>
  `run,epoch,training,validation,validation_lowest,validation_highest\n${runs
    .flatMap((run) =>
      run.epochs.map((epoch, i) =>
        [quoted(run.name), epoch, run.training[i], run.validation[i], run.low[i], run.high[i]].join(
          ",",
        ),
      ),
    )
    .join("\n")}\n`;

const FONT = 'font-family="sans-serif" font-size="13"';

/** The chart with its legend, in the colours that the page has now. */
export function toSvg(runs: readonly Run[]): string {
  const [width, height, left, top, right, bottom] = [760, 420 + 20 * runs.length, 56, 16, 744, 372];
  const until = Math.max(1, ...runs.map((run) => run.epochs.at(-1) ?? 0));
  const low = Math.min(
    80,
    ...runs.flatMap((run) => [...run.training, ...run.low]).map((x) => Math.floor(x / 10) * 10),
  );
  const x = (epoch: number) => (left + ((right - left) * epoch) / until).toFixed(1);
  const y = (share: number) => (bottom - ((bottom - top) * (share - low)) / (100 - low)).toFixed(1);
  const path = (run: Run, values: readonly number[]) =>
    values
      .map((value, i) => `${i === 0 ? "M" : "L"}${x(run.epochs[i] as number)} ${y(value)}`)
      .join("");
  const ticks = Array.from({ length: (100 - low) / 5 + 1 }, (_, i) => low + 5 * i);
  const [ink, line, card] = [colour("--ink"), colour("--line"), colour("--card")];
  const text = (at: string, to: string, what: string, anchor = "start") =>
    `<text x="${at}" y="${to}" fill="${ink}" text-anchor="${anchor}">${escapeMarkup(what)}</text>`;
  const grid = ticks.map(
    (tick) =>
      `<path d="M${left} ${y(tick)}H${right}" stroke="${line}"/>` +
      text(String(left - 8), y(tick), `${tick} %`, "end"),
  );
  const curves = runs.flatMap((run, i) => {
    const stroke = colour(hueOf(run));
    const curve = (values: readonly number[], how: string) =>
      `<path d="${path(run, values)}" fill="none" stroke="${stroke}" ${how}/>`;
    const last = run.validation.at(-1)?.toFixed(2);
    return [
      curve(run.training, 'stroke-dasharray="3 4"') + curve(run.validation, 'stroke-width="2.2"'),
      `<path d="M${left} ${408 + 20 * i}h24" stroke="${stroke}" stroke-width="3"/>` +
        text(String(left + 32), String(412 + 20 * i), `${run.name}: validation ${last} %`),
    ];
  });
  const below = `${until} epochs; solid validation, dashed training`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ${FONT}>
<rect width="${width}" height="${height}" fill="${card}"/>
${[...grid, ...curves].join("\n")}
${text(String(right), String(bottom + 18), below, "end")}
</svg>
`;
}
