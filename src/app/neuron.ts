/** One neuron, always in the same place: its weights over the image, its z, and what it may do. */
import { percent } from "../format";
import { type LayerWeights, neurons, type Spec } from "../index";
import type { Outcome } from "../verify/index";
import { curvePicture } from "./curve";
import { element, make, write } from "./dom";
import { WeightPicture } from "./pictures";
import { choiceOf, pickOf, written } from "./squares";

type Layer = Spec["hidden"][number];

/** What is known of a layer at the moment. */
export interface LayerSeen {
  layer: Layer;
  /** 0 for the one that sees the image. */
  index: number;
  weights: LayerWeights;
  slope: number;
  /** What the layer takes: ink in [0, 1], or what the layer below puts out. */
  inputs: ArrayLike<number>;
  /** Of the image. */
  width: number;
  /** What the layer puts out [units · group]. */
  outputs: Float32Array;
  /** Whether it was decided by chance. */
  thrown: boolean;
}

export const groupOf = ({ neuron, size }: Pick<Layer, "neuron" | "size">): number =>
  neurons.find(({ name }) => name === neuron)?.group(size) ?? 1;

/** Pre-activations of one neuron [group]: its inputs by its weights, and its bias. */
export function weighed(
  { weights, bias }: LayerWeights,
  inputs: ArrayLike<number>,
  first: number,
  group: number,
): number[] {
  const width = bias.length;
  return Array.from({ length: group }, (_, k) => {
    const column = first + k;
    let sum = bias[column] as number;
    for (let i = 0; i < inputs.length; i++)
      sum += (inputs[i] as number) * (weights[i * width + column] as number);
    return sum;
  });
}

/** What the bars, the curve and the pictures show. */
interface Shown {
  layer: Layer;
  weights: LayerWeights;
  inputs: ArrayLike<number>;
  unit: number;
  z: readonly number[];
  outcomes: readonly Outcome[];
}

export class NeuronView {
  private readonly said = element("neuron-says");
  private readonly fields = element("fields");
  private readonly chances = element("chances");
  private readonly curve = element("curve");
  private shown: Shown | undefined;
  private pictures: WeightPicture[] = [];

  clear(): void {
    this.shown = undefined;
    for (const place of [this.said, this.fields, this.chances, this.curve]) place.replaceChildren();
    element("speaks").hidden = true;
  }

  /** What a network that trains changes most often is written alone. */
  async show(seen: LayerSeen, unit: number): Promise<void> {
    const { outcomesOf } = await import("../verify/index");
    const { layer, weights, inputs, slope, outputs } = seen;
    const group = groupOf(layer);
    const before = this.shown;
    if (before?.weights !== weights || before.inputs !== inputs || before.unit !== unit) {
      const z = weighed(weights, inputs, unit * group, group);
      this.shown = { layer, weights, inputs, unit, z, outcomes: outcomesOf(layer, z, slope) };
      this.bars(this.shown, group);
      this.overImage(seen, unit, group);
    }
    const { z, outcomes } = this.shown as Shown;
    const { value, text } = choiceOf(unit, outputs.subarray(unit * group, (unit + 1) * group));
    const [only = 0] = z;
    const stands = `z is ${written(Number(only.toFixed(2)))}, at slope ${slope.toFixed(2)}.`;
    const said = `${text}${seen.thrown ? ", by chance" : ""}.`;
    write(this.said, group > 1 ? said : `${said} ${stands}`);
    outcomes.forEach((outcome, k) => {
      const current = String(outcome.value === value);
      const item = this.chances.children[k] as HTMLElement;
      if (item.ariaCurrent !== current) item.ariaCurrent = current;
    });
    if (group > 1) this.curve.replaceChildren();
    else this.curve.replaceChildren(curvePicture(outcomesOf, layer, only, slope, value));
  }

  private bars({ z, outcomes }: Shown, group: number): void {
    if (this.chances.childElementCount !== outcomes.length)
      this.chances.replaceChildren(...outcomes.map(() => bar()));
    outcomes.forEach(({ value, share }, k) => {
      const item = this.chances.children[k] as HTMLElement;
      const name = item.firstElementChild as HTMLElement;
      const ofZ = group > 1 ? `z ${written(Number(z[k]?.toFixed(2)))} · ` : "";
      name.className = group > 1 ? `name ${pickOf(k)}` : "name";
      write(name, written(value));
      write(item.lastElementChild as HTMLElement, ofZ + percent(share, 0));
      item.style.setProperty("--share", String(share));
    });
  }

  private overImage({ index, weights, inputs, width }: LayerSeen, unit: number, group: number) {
    element("speaks").hidden = index > 0;
    if (index > 0) {
      const textContent = `It weighs what the neurons of layer ${index} put out, not dots of ink.`;
      this.fields.replaceChildren(make("p", { className: "note", textContent }));
      return;
    }
    write(element("for"), group > 1 ? "ink here speaks for this choice" : "ink here raises its z");
    write(element("against"), group > 1 ? "against it" : "lowers it");
    const columns = Array.from({ length: group }, (_, k) =>
      Float32Array.from(
        { length: inputs.length },
        (_, i) => weights.weights[i * weights.bias.length + unit * group + k] as number,
      ),
    );
    const largest = Math.max(
      ...columns.map((column) => column.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9)),
    );
    const { pictures } = this;
    if (pictures.length !== group || pictures[0]?.node.parentElement !== this.fields) {
      this.pictures = columns.map(
        (_, k) => new WeightPicture(group > 1 ? `choice ${k}` : "weights"),
      );
      this.fields.replaceChildren(...this.pictures.map(({ node }) => node));
    }
    columns.forEach((column, k) => this.pictures[k]?.paint(column, width, largest, inputs));
  }
}

/** A bar with a name and a number: pages write both, and `--share`, as they change. */
export const bar = (name = ""): HTMLElement =>
  make(
    "li",
    {},
    make("span", { className: "name", textContent: name }),
    make("span", { className: "track" }, make("span", { className: "bar" })),
    make("span", { className: "share" }),
  );
