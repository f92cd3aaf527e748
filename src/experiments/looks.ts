/** Charts of what networks hold: their outputs, their choices, their activations. */
import * as Plot from "@observablehq/plot";
import { percent } from "../format";
import { colour, dash, listed, svg } from "./plot";
import type { Row } from "./statistics";

/** How often each output occurs, a panel a run. */
export function distribution({ run, result }: Row): string {
  const { histogram } = result.outputs;
  return svg(
    {
      height: 200,
      width: 300,
      x: { label: "output", tickFormat: "d" },
      y: {
        label: "share",
        grid: true,
        tickFormat: "%",
        domain: [0, Math.max(...histogram.map(({ share }) => share))],
        nice: true,
      },
      marks: [
        Plot.barY(histogram, { x: "value", y: "share", fill: colour(0), fillOpacity: 0.8 }),
        Plot.ruleY([0]),
      ],
    },
    `How often ${run.label} neurons put out each value: ${listed(
      histogram,
      ({ value, share }) => `${value} ${percent(share)}`,
    )}.`,
  );
}

/**
 * What each neuron chooses for a few digits: a row an image, a column a neuron, a colour a
 * category.
 */
export function choices({ run, result }: Row): string {
  const cells = result.outputs.choices.flatMap(({ label, categories }, image) =>
    categories.map((category, neuron) => ({
      image: `${label}${"\u200b".repeat(image)}`,
      neuron,
      category,
    })),
  );
  return svg(
    {
      width: 940,
      height: 210,
      marginLeft: 40,
      x: { label: "neuron", ticks: [0, 20, 40, 60, 80, 99] },
      y: { label: "digit", domain: [...new Set(cells.map(({ image }) => image))] },
      marks: [
        Plot.cell(cells, {
          x: "neuron",
          y: "image",
          fill: ({ category }) => colour(category),
          inset: 0.5,
        }),
      ],
    },
    `The choices of ${run.label} neurons for ${result.outputs.choices.length} test images: a ` +
      "row an image, a column a neuron, a colour a category.",
  );
}

export interface ActivationTable {
  name: string;
  slopes: readonly number[];
  z: readonly number[];
  /** For each slope, at each z. */
  f: readonly (readonly number[])[];
  derivative: readonly (readonly number[])[];
}

/** An activation or its derivative, a line a slope. */
export function activationPlot(
  { name, slopes, z, ...table }: ActivationTable,
  which: "f" | "derivative",
): string {
  return svg(
    {
      width: 300,
      height: 200,
      x: { label: "z" },
      y: { label: which === "f" ? "f(s·z)" : "df/dz", grid: true },
      marks: [
        Plot.ruleY([0], { strokeOpacity: 0.4 }),
        ...slopes.map((_, i) =>
          Plot.lineY(table[which][i] as readonly number[], {
            x: [...z],
            y: (value: number) => value,
            stroke: colour(i),
            strokeDasharray: dash(i),
          }),
        ),
      ],
    },
    `${which === "f" ? "The activation" : "The derivative of the activation"} of ${name} for ` +
      `z from ${z[0]} to ${z.at(-1)}, at slopes ${slopes.join(", ")}.`,
  );
}
