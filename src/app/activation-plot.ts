/**
 * A neuron's curve and its derivative at the slope it has now, with how often the layer puts out
 * each value laid over.
 */
import uPlot from "uplot";
import { percent } from "../format";
import { activation, type Device, neurons } from "../index";
import { colour, onScheme, show } from "./dom";

const Z = Float32Array.from({ length: 161 }, (_, i) => (i - 80) / 20);
const BINS = 24;

interface Drawn {
  f: number[];
  derivative: number[];
  /** Output value and how often it occurs. */
  histogram: [number, number][];
  slope: number;
  name: string;
}

export class ActivationPlot {
  private plot: uPlot | undefined;
  private drawn: Drawn | undefined;

  constructor(private readonly place: HTMLElement) {
    new ResizeObserver(() => this.plot?.setSize(this.size())).observe(place);
    onScheme(() => this.draw());
  }

  /** `outputs`: of the layer for many images, any order; one-hot in groups of `group`. */
  async show(
    device: Device,
    name: string,
    slope: number,
    outputs: Float32Array,
    group: number,
  ): Promise<void> {
    const ordered = neurons.find((n) => n.name === name.split(":")[0])?.activation;
    const { f, derivative } = ordered
      ? await activation(device, name, slope, Z)
      : { f: [], derivative: [] };
    this.drawn = { f, derivative, histogram: histogramOf(outputs, group), slope, name };
    this.draw();
  }

  private size() {
    return { width: this.place.clientWidth, height: 240 };
  }

  private draw(): void {
    this.plot?.destroy();
    if (!this.drawn) return;
    const { f, derivative, histogram, slope, name } = this.drawn;
    const often = histogram
      .map(([value, share]) => `${Number(value.toFixed(2))}: ${percent(share, 1)}`)
      .join(", ");
    const oneHot = f.length === 0;
    this.place.setAttribute(
      "aria-label",
      oneHot
        ? `How often neurons choose each category: ${often}`
        : `The curve of ${name} and its derivative at slope ${slope.toFixed(2)}. ` +
            `The layer puts out ${often}`,
    );
    show(
      "activation-caption",
      oneHot
        ? "How often the layer makes each choice, on test images"
        : "The neuron’s curve, its slope (dashed), and how often the layer puts out what (bars)",
    );
    const axis = {
      stroke: colour("--quiet"),
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
    };
    const points = { show: false };
    const [low, high] = oneHot
      ? [0, Math.max(...histogram.map(([, share]) => share)) * 1.1]
      : [Math.min(0, ...f) - 0.15, Math.max(1, ...f, ...derivative) + 0.15];
    const bars = (plot: uPlot) => {
      const { ctx } = plot;
      ctx.fillStyle = `${colour("--run2")}77`;
      const most = Math.max(...histogram.map(([, share]) => share));
      for (const [value, share] of histogram) {
        if (oneHot) {
          const [x, width] = [
            plot.valToPos(value - 0.4, "x", true),
            plot.valToPos(value + 0.4, "x", true) - plot.valToPos(value - 0.4, "x", true),
          ];
          ctx.fillRect(
            x,
            plot.valToPos(share, "y", true),
            width,
            plot.valToPos(0, "y", true) - plot.valToPos(share, "y", true),
          );
        } else {
          const thick = Math.max(4, (plot.bbox.height / (high - low)) * (1.6 / BINS));
          ctx.fillRect(
            plot.bbox.left,
            plot.valToPos(value, "y", true) - thick / 2,
            (plot.bbox.width * 0.45 * share) / most,
            thick,
          );
        }
      }
    };
    this.plot = new uPlot(
      {
        ...this.size(),
        scales: {
          x: { time: false, range: () => (oneHot ? [-0.6, histogram.length - 0.4] : [-4, 4]) },
          y: { range: () => [low, high] },
        },
        axes: [
          {
            ...axis,
            label: oneHot ? "choice" : `z, at slope ${slope.toFixed(2)}`,
            labelSize: 20,
            size: 30,
            ...(oneHot ? { splits: () => histogram.map(([value]) => value) } : {}),
          },
          {
            ...axis,
            size: 46,
            ...(oneHot
              ? {
                  values: (_: uPlot, ticks: number[]) =>
                    ticks.map((t) => `${Math.round(100 * t)} %`),
                }
              : {}),
          },
        ],
        series: [
          {},
          { points, stroke: colour("--run0"), width: 2.2 },
          { points, stroke: colour("--run1"), width: 1.6, dash: [5, 4] },
        ],
        legend: { show: false },
        cursor: { show: false },
        hooks: { drawClear: [bars] },
      },
      oneHot
        ? [histogram.map(([value]) => value), histogram.map(() => null), histogram.map(() => null)]
        : [[...Z], f, derivative],
      this.place,
    );
  }
}

function histogramOf(outputs: Float32Array, group: number): [number, number][] {
  const counts = new Map<number, number>();
  const neuronsSeen = outputs.length / group;
  if (group > 1) {
    for (let i = 0; i < group; i++) counts.set(i, 0);
    for (let at = 0; at < outputs.length; at++)
      if (outputs[at] === 1) counts.set(at % group, (counts.get(at % group) ?? 0) + 1);
  } else {
    for (const value of outputs) {
      const bin = Number.isInteger(value) ? value : Math.round((value * BINS) / 2) / (BINS / 2);
      counts.set(bin, (counts.get(bin) ?? 0) + 1);
    }
  }
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([value, count]) => [value, count / neuronsSeen]);
}
