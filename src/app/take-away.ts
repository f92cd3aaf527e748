/** Curves as CSV and as an SVG drawing. */
import { escapeMarkup } from "../format";
import { hueOf, type Run } from "./curves";
import { colour } from "./dom";
import { accuracyRange, height as heightOf, ticksOf } from "./scale";
import { articlesOf, lastOf } from "./values";

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** A line a run and report; accuracies in per cent. */
export const toCsv = (runs: readonly Run[]): string =>
  `run,epoch,training,validation,validation_lowest,validation_highest\n${runs
    .flatMap((run) =>
      run.epochs.map((epoch, i) =>
        [
          quoted(run.name),
          epoch,
          run.training[i] ?? "",
          run.validation[i],
          run.low[i],
          run.high[i],
        ].join(","),
      ),
    )
    .join("\n")}\n`;

const FONT = 'font-family="sans-serif" font-size="13"';

/** The chart with its legend, in the colours that the page has now. */
export function toSvg(runs: readonly Run[]): string {
  const [width, height, left, top, right, bottom] = [760, 420 + 20 * runs.length, 56, 16, 744, 372];
  const until = Math.max(1, ...runs.map((run) => run.epochs.at(-1) ?? 0));
  const articles = articlesOf(runs);
  const [low, high] = accuracyRange([
    ...runs.flatMap((run) => [...run.low, ...run.high]),
    ...runs.flatMap((run) => run.training.flatMap((value) => value ?? [])),
    ...articles.map(({ value }) => value),
  ]);
  const x = (epoch: number) => (left + ((right - left) * epoch) / until).toFixed(1);
  const share = (value: number) =>
    (heightOf(value) - heightOf(low)) / (heightOf(high) - heightOf(low));
  const y = (value: number) => (bottom - (bottom - top) * share(value)).toFixed(1);
  const points = (run: Run, values: readonly (number | undefined)[]) =>
    values.flatMap((value, i) =>
      value === undefined ? [] : [`${x(run.epochs[i] as number)} ${y(value)}`],
    );
  const path = (run: Run, values: readonly (number | undefined)[]) =>
    `M${points(run, values).join("L")}`;
  const band = (run: Run) =>
    `M${[...points(run, run.low), ...points(run, run.high).reverse()].join("L")}Z`;
  const ticks = ticksOf(low, high);
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
    const curve = (values: readonly (number | undefined)[], how: string) =>
      `<path d="${path(run, values)}" fill="none" stroke="${stroke}" ${how}/>`;
    return [
      `<path d="${band(run)}" fill="${stroke}" fill-opacity="0.2"/>`,
      curve(run.training, 'stroke-dasharray="3 4"') + curve(run.validation, 'stroke-width="2.2"'),
      `<path d="M${left} ${408 + 20 * i}h24" stroke="${stroke}" stroke-width="3"/>` +
        text(String(left + 32), String(412 + 20 * i), `${run.name}: validation ${lastOf(run, 2)}`),
    ];
  });
  const lines = articles.map(
    ({ value, text: what }) =>
      `<path d="M${left} ${y(value)}H${right}" stroke="${ink}" stroke-dasharray="7 4"/>` +
      text(String(left + 4), (Number(y(value)) - 4).toFixed(1), what),
  );
  const below = `${until} epochs; solid validation, dashed training`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ${FONT}>
<rect width="${width}" height="${height}" fill="${card}"/>
${[...grid, ...lines, ...curves].join("\n")}
${text(String(right), String(bottom + 18), below, "end")}
</svg>
`;
}
