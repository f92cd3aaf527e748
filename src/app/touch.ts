/**
 * The visitor's own digit: what the network reads, how sure it is, and the code that its neurons
 * make of it.
 */

import { percent } from "../format";
import { optionsOf, type Training, train } from "../index";
import { element, make, show } from "./dom";
import { GUESSES, tally } from "./guesses";
import type { Inside } from "./inside";
import { complain } from "./messages";
import { Pad } from "./pad";
import { testImages } from "./pictures";
import type { Session } from "./session";
import { Squares } from "./squares";

export class Touch {
  private readonly pad = new Pad(
    element<HTMLCanvasElement>("pad"),
    element<HTMLCanvasElement>("seen"),
    () => void this.read(),
  );
  private readonly squares: Squares;
  private reading = false;
  private again = false;

  /** Reads with the network, and shows the layer, that are seen `inside`. */
  constructor(
    private readonly session: Session,
    private readonly inside: Inside,
  ) {
    this.squares = new Squares(element("drawn-code"), (unit) => inside.pickNeuron(unit));
    const failed = (error: unknown) => complain("page", error);
    element("clear").addEventListener("click", () => this.pad.clear());
    element("example").addEventListener("click", () => void this.example().catch(failed));
    element("sample").addEventListener("click", () => void this.guess().catch(failed));
  }

  /** Shows the part of the page, and reads what is drawn. */
  async open(): Promise<void> {
    element("touch").hidden = false;
    const { width, inputs } = await this.session.dataset();
    if (this.pad.pixels.length !== inputs) this.pad.resize(width, inputs / width);
    else await this.read();
  }

  close(): void {
    element("touch").hidden = true;
  }

  /** Reads the drawing; while one reading is under way, one more waits. */
  async read(): Promise<void> {
    const { training } = this.session;
    if (!training) return;
    this.again = true;
    if (this.reading) return;
    this.reading = true;
    element("read").ariaBusy = "true";
    try {
      while (this.again) {
        this.again = false;
        await this.readOnce(training);
      }
    } catch (error) {
      if (this.session.training === training) complain("page", error);
    } finally {
      this.reading = false;
      element("read").ariaBusy = "false";
    }
  }

  private async readOnce(training: Training): Promise<void> {
    show("uncertain", "");
    if (this.pad.empty) {
      show("read", "nothing yet");
      element("classes").replaceChildren();
      this.squares.clear();
      return;
    }
    const { layer, member } = this.inside;
    const { outputs, probabilities } = await training.look(this.pad.pixels, member);
    const best = probabilities.indexOf(Math.max(...probabilities));
    show("read", `a ${best}`);
    this.bars([...probabilities]);
    const { neuron, size } = training.spec.hidden[layer] ?? {};
    this.squares.show(outputs[layer] as Float32Array, neuron === "onehot" ? (size as number) : 1);
  }

  /** Puts a test image on the pad. */
  put(pixels: Uint8Array<ArrayBuffer>): void {
    this.pad.put(pixels);
  }

  private bars(shares: readonly number[]): void {
    element("classes").replaceChildren(
      ...shares.map((share, i) => {
        const bar = make("span", { className: "bar" });
        bar.style.width = `${100 * share}%`;
        return make(
          "li",
          {},
          make("span", { className: "name", textContent: String(i) }),
          make("span", { className: "track" }, bar),
          make("span", { className: "share", textContent: percent(share, 1) }),
        );
      }),
    );
  }

  private async example(): Promise<void> {
    const data = await this.session.dataset();
    const image = Math.floor(Math.random() * data.test.labels.length);
    this.pad.put(testImages(data, image, 1));
  }

  /** The same drawing, each time with neurons that decide by chance, as they do while training. */
  private async guess(): Promise<void> {
    const { training, device } = this.session;
    if (!training || this.pad.empty) return show("uncertain", "Draw something first.");
    const from = await training.checkpoint();
    const hidden = from.hidden.map((layer) => ({ ...layer, stochasticEvaluation: true }));
    const sampler = train(device, await this.session.dataset(), {
      ...optionsOf(from),
      hidden,
      from: { ...from, hidden },
    });
    try {
      const { pixels } = this.pad;
      const copies = new Uint8Array(GUESSES * pixels.length);
      for (let i = 0; i < GUESSES; i++) copies.set(pixels, i * pixels.length);
      const { probabilities } = await sampler.look(copies, this.inside.member);
      const { counts, mean, text } = tally(probabilities);
      this.bars(mean);
      const rounds = from.hidden.some(({ stochastic }) => stochastic === false)
        ? " It was trained to round; here it decides by chance all the same."
        : "";
      show("uncertain", counts.length === 0 ? text : text + rounds);
    } finally {
      await sampler.destroy();
    }
  }
}
