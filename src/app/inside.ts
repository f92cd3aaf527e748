/**
 * Looks into the network at hand: its curve, its choices, what its neurons look for, and what it
 * gets wrong. Of several networks and layers, one is shown, which the visitor chooses.
 */
import { neuronName } from "../format";
import { type Dataset, type LayerWeights, neurons, type Training } from "../index";
import { ActivationPlot } from "./activation-plot";
import { Confusion } from "./confusion";
import { breathe, element, input, make, select, show } from "./dom";
import { paintInk, testImages, weightPicture } from "./pictures";
import type { Session } from "./session";
import { Squares } from "./squares";

/** Test images that are looked at. */
const IMAGES = 500;

interface Seen {
  data: Dataset;
  count: number;
  look: Awaited<ReturnType<Training["look"]>>;
  weights: LayerWeights[];
  training: Training;
  slope: number;
}

/** A whole number of an input, within its limits. */
const numberOf = (id: string, most: number): number =>
  Math.min(Math.max(0, Math.floor(input(id).valueAsNumber || 0)), most);

export class Inside {
  private readonly plot = new ActivationPlot(element("activation"));
  private readonly squares = new Squares(element("code"), (unit) => this.pickNeuron(unit));
  private readonly confusion = new Confusion((image) => this.pickImage(image));
  private seen: Seen | undefined;

  /**
   * @param changed hears that another layer or network is to be seen
   * @param picked hears of a test image that the visitor wants to see more of
   */
  constructor(
    private readonly session: Session,
    changed: () => void,
    private readonly picked: (pixels: Uint8Array<ArrayBuffer>) => void,
  ) {
    input("digit").addEventListener("change", () => this.showDigit());
    input("unit").addEventListener("change", () => this.showFields());
    for (const id of ["layer", "network"]) element(id).addEventListener("change", changed);
  }

  /** The network and the layer that are shown. */
  get member(): number {
    return Math.max(0, select("network").selectedIndex);
  }

  get layer(): number {
    return Math.max(0, select("layer").selectedIndex);
  }

  /** Shows a neuron's weights. */
  pickNeuron(unit: number): void {
    input("unit").value = String(unit);
    this.showFields();
  }

  private pickImage(image: number): void {
    input("digit").value = String(image);
    this.showDigit();
    if (this.seen) this.picked(testImages(this.seen.data, image, 1));
  }

  /** Looks at the network as it is now. One look at a time. */
  async look(training: Training): Promise<void> {
    const data = await this.session.dataset();
    const count = Math.min(IMAGES, data.test.labels.length);
    const { hidden, members } = training.spec;
    offer("layer", hidden.length, (i) => `${i + 1} of ${hidden.length}`);
    offer("network", members.length, (i) => `${i + 1}, seed ${members[i]?.seed}`);
    const { member } = this;
    if (this.session.training !== training) return; // reset meanwhile
    const [look, weights, step] = await Promise.all([
      training.look(testImages(data, 0, count), member),
      training.weights(member),
      training.step,
    ]);
    if (this.session.training !== training) return;
    const slope = training.slopeAt(step, member);
    this.seen = { data, count, look, weights, training, slope };
    element("inside").hidden = false;
    const { name, group, outputs } = this.shown(this.seen);
    await this.plot.show(this.session.device, name, slope, outputs, group);
    input("digit").max = String(count - 1);
    // Each of these may take a few milliseconds: the page answers in between.
    await breathe();
    this.showDigit();
    await breathe();
    this.showFields();
    await breathe();
    this.confusion.show(data, look.probabilities, count);
  }

  hide(): void {
    this.seen = undefined;
    element("inside").hidden = true;
  }

  /** The layer that is shown. */
  private shown({ training, look, weights }: Seen) {
    const layer = Math.min(this.layer, training.spec.hidden.length - 1);
    const { neuron, size } = training.spec.hidden[layer] as { neuron: string; size: number };
    return {
      layer,
      name: neuronName(neuron, size),
      group: neurons.find(({ name }) => name === neuron)?.group(size) ?? 1,
      outputs: look.outputs[layer] as Float32Array,
      weights: weights[layer] as LayerWeights,
    };
  }

  private showDigit(): void {
    if (!this.seen) return;
    const { data, count } = this.seen;
    const { outputs, weights, group } = this.shown(this.seen);
    const image = numberOf("digit", count - 1);
    const canvas = element<HTMLCanvasElement>("shown");
    paintInk(canvas, testImages(data, image, 1), data.width);
    canvas.setAttribute("aria-label", `Test image ${image}, a ${data.test.labels[image]}`);
    const width = weights.bias.length;
    this.squares.show(outputs.subarray(image * width, (image + 1) * width), group);
  }

  private showFields(): void {
    if (!this.seen) return;
    const { data } = this.seen;
    const { layer, weights, group } = this.shown(this.seen);
    const width = weights.bias.length;
    input("unit").max = String(width / group - 1);
    const unit = numberOf("unit", width / group - 1);
    element("speaks").hidden = layer > 0;
    if (layer > 0) {
      const textContent = `It weighs what the neurons of layer ${layer} put out, not dots of ink.`;
      element("fields").replaceChildren(make("p", { className: "note", textContent }));
      return;
    }
    show("for", group > 1 ? "more ink here speaks for this choice" : "more ink here raises its z");
    show("against", group > 1 ? "against it" : "lowers it");
    const columns = Array.from({ length: group }, (_, k) =>
      Float32Array.from(
        { length: data.inputs },
        (_, i) => weights.weights[i * width + unit * group + k] as number,
      ),
    );
    const largest = Math.max(
      ...columns.map((column) => column.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9)),
    );
    element("fields").replaceChildren(
      ...columns.map((column, k) =>
        weightPicture(column, data.width, largest, group > 1 ? `choice ${k}` : `neuron ${unit}`),
      ),
    );
  }
}

/** Offers a choice of `count`, and hides it where there is none. */
function offer(id: string, count: number, name: (i: number) => string): void {
  const list = select(id);
  element(`${id}-choice`).hidden = count < 2;
  const names = Array.from({ length: count }, (_, i) => name(i));
  if (`${names}` === `${[...list.options].map(({ text }) => text)}`) return;
  list.replaceChildren(...names.map((text) => new Option(text)));
}
