/**
 * Looks into the network at hand: its curve, its choices, what its neurons look for, and what it
 * gets wrong.
 */
import { neuronName } from "../format";
import { type Dataset, type LayerWeights, neurons, type Training } from "../index";
import { ActivationPlot } from "./activation-plot";
import { breathe, element, input, make } from "./dom";
import { inkPicture, paintInk, showCode, weightPicture } from "./pictures";
import type { Session } from "./session";

/** Test images that are looked at. */
const IMAGES = 500;
const MISTAKES = 24;

export class Inside {
  private readonly plot = new ActivationPlot(element("activation"));
  private seen:
    | { outputs: Float32Array; weights: LayerWeights; group: number; data: Dataset }
    | undefined;

  constructor(private readonly session: Session) {
    input("digit").addEventListener("change", () => this.showDigit());
    input("unit").addEventListener("change", () => this.showFields());
  }

  /** Looks at the network as it is now, at a slope. One look at a time. */
  async look(training: Training, slope: number): Promise<void> {
    const data = await this.session.dataset();
    const count = Math.min(IMAGES, data.test.labels.length);
    const { outputs, probabilities } = await training.look(testImages(data, 0, count));
    const [weights] = await training.weights();
    if (this.session.training !== training) return; // reset meanwhile
    const { neuron, size } = training.spec.hidden[0] as { neuron: string; size: number };
    const group = neurons.find(({ name }) => name === neuron)?.group(size) ?? 1;
    this.seen = {
      outputs: outputs[0] as Float32Array,
      weights: weights as LayerWeights,
      group,
      data,
    };
    element("inside").hidden = false;
    await this.plot.show(
      this.session.device,
      neuronName(neuron, size),
      slope,
      outputs[0] as Float32Array,
      group,
    );
    input("digit").max = String(count - 1);
    // Each of these may take a few milliseconds: the page answers in between.
    await breathe();
    this.showDigit();
    await breathe();
    this.showFields();
    await breathe();
    this.showConfusion(data, probabilities, count);
  }

  hide(): void {
    this.seen = undefined;
    element("inside").hidden = true;
  }

  private showDigit(): void {
    if (!this.seen) return;
    const { outputs, data } = this.seen;
    const image = Math.min(
      Math.max(0, Math.floor(input("digit").valueAsNumber || 0)),
      Number(input("digit").max),
    );
    const canvas = element<HTMLCanvasElement>("shown");
    paintInk(canvas, testImages(data, image, 1), data.width);
    canvas.setAttribute("aria-label", `Test image ${image}, a ${data.test.labels[image]}`);
    const width = this.seen.weights.bias.length;
    showCode(
      element("code"),
      outputs.subarray(image * width, (image + 1) * width),
      this.seen.group,
    );
  }

  private showFields(): void {
    if (!this.seen) return;
    const { weights, group, data } = this.seen;
    const width = weights.bias.length;
    input("unit").max = String(width / group - 1);
    const unit = Math.min(
      Math.max(0, Math.floor(input("unit").valueAsNumber || 0)),
      width / group - 1,
    );
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

  private showConfusion(data: Dataset, probabilities: Float32Array, count: number): void {
    const { classes } = data;
    const table = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
    const wrong: HTMLElement[] = [];
    for (let image = 0; image < count; image++) {
      const row = probabilities.subarray(image * classes, (image + 1) * classes);
      const [label, guess] = [data.test.labels[image] as number, row.indexOf(Math.max(...row))];
      (table[label] as number[])[guess] = (table[label]?.[guess] ?? 0) + 1;
      if (guess !== label && wrong.length < MISTAKES)
        wrong.push(inkPicture(testImages(data, image, 1), data.width, `${label} read as ${guess}`));
    }
    const names = Array.from({ length: classes }, (_, i) => String(i));
    const head = make(
      "tr",
      {},
      make("td", { textContent: "is ↓ read as →" }),
      ...names.map((textContent) => make("th", { textContent, scope: "col" })),
    );
    const rows = table.map((row, label) => {
      const total = row.reduce((sum, x) => sum + x, 0);
      const cells = row.map((times, guess) => {
        const cell = make("td", { textContent: times > 0 ? String(times) : "" });
        const share = times / Math.max(1, total);
        cell.style.background =
          `color-mix(in srgb, var(${guess === label ? "--run2" : "--run1"}) ` +
          `${Math.round(guess === label ? 45 * share : Math.min(60, 400 * share))}%, ` +
          "transparent)";
        return cell;
      });
      return make(
        "tr",
        {},
        make("th", { textContent: names[label] as string, scope: "row" }),
        ...cells,
      );
    });
    element("confusion").replaceChildren(make("thead", {}, head), make("tbody", {}, ...rows));
    element("mistakes").replaceChildren(
      ...(wrong.length > 0 ? wrong : [make("p", { textContent: `None of the first ${count}.` })]),
    );
  }
}

/** Test images [count, inputs]: the page takes bytes alone. */
export const testImages = (
  { test, inputs }: Dataset,
  first: number,
  count: number,
): Uint8Array<ArrayBuffer> =>
  (test.pixels as Uint8Array<ArrayBuffer>).slice(first * inputs, (first + count) * inputs);
