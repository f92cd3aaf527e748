/** One neuron, always in the same place: its weights over the image, its z, and what it may do. */
import { percent } from "../format";
import { type LayerWeights, neurons, type Spec } from "../index";
import { curvePicture } from "./curve";
import { element, make } from "./dom";
import { weightPicture } from "./pictures";
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

export class NeuronView {
  private readonly said = element("neuron-says");
  private readonly fields = element("fields");
  private readonly chances = element("chances");
  private readonly curve = element("curve");
  /** What the pictures show. */
  private painted: { weights: LayerWeights; inputs: ArrayLike<number>; unit: number } | undefined;

  clear(): void {
    this.painted = undefined;
    for (const place of [this.said, this.fields, this.chances, this.curve]) place.replaceChildren();
    element("speaks").hidden = true;
  }

  async show(seen: LayerSeen, unit: number): Promise<void> {
    const { outcomesOf } = await import("../verify/index");
    const { layer, weights, inputs, slope, outputs } = seen;
    const group = groupOf(layer);
    const own = outputs.subarray(unit * group, (unit + 1) * group);
    const z = weighed(weights, inputs, unit * group, group);
    const { value, text } = choiceOf(unit, own);
    this.said.textContent = `${text}${seen.thrown ? ", by chance" : ""}.`;
    this.pictures(seen, unit, group);
    const outcomes = outcomesOf(layer, z, slope);
    if (this.chances.childElementCount !== outcomes.length)
      this.chances.replaceChildren(...outcomes.map(() => bar()));
    outcomes.forEach((outcome, k) => {
      const item = this.chances.children[k] as HTMLElement;
      const [name, , text] = item.children as unknown as HTMLElement[];
      const shown = group > 1 ? `z ${written(Number(z[k]?.toFixed(2)))}` : "";
      item.ariaCurrent = String(outcome.value === value);
      item.style.setProperty("--share", String(outcome.share));
      (name as HTMLElement).textContent = written(outcome.value);
      (name as HTMLElement).className = group > 1 ? `name ${pickOf(k)}` : "name";
      (text as HTMLElement).textContent = [shown, percent(outcome.share, 0)]
        .filter(Boolean)
        .join(" · ");
    });
    this.curve.replaceChildren();
    if (group > 1) return;
    const [only = 0] = z;
    this.said.textContent += ` z is ${written(Number(only.toFixed(2)))}, at slope ${slope.toFixed(2)}.`;
    this.curve.append(curvePicture(outcomesOf, layer, only, slope, value));
  }

  private pictures({ index, weights, inputs, width }: LayerSeen, unit: number, group: number) {
    if (this.painted?.weights === weights && this.painted.inputs === inputs) {
      if (this.painted.unit === unit) return;
    }
    this.painted = { weights, inputs, unit };
    element("speaks").hidden = index > 0;
    if (index > 0) {
      const textContent = `It weighs what the neurons of layer ${index} put out, not dots of ink.`;
      this.fields.replaceChildren(make("p", { className: "note", textContent }));
      return;
    }
    element("for").textContent =
      group > 1 ? "ink here speaks for this choice" : "ink here raises its z";
    element("against").textContent = group > 1 ? "against it" : "lowers it";
    const columns = Array.from({ length: group }, (_, k) =>
      Float32Array.from(
        { length: inputs.length },
        (_, i) => weights.weights[i * weights.bias.length + unit * group + k] as number,
      ),
    );
    const largest = Math.max(
      ...columns.map((column) => column.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9)),
    );
    this.fields.replaceChildren(
      ...columns.map((column, k) =>
        weightPicture(column, width, largest, group > 1 ? `choice ${k}` : "weights", inputs),
      ),
    );
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
