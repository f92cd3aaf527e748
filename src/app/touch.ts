/**
 * The visitor's own digit: what the network reads, how sure it is, and the code that its neurons
 * make of it.
 */

import { percent } from "../format";
import { optionsOf, type Training, train } from "../index";
import { element, make, show } from "./dom";
import { testImages } from "./inside";
import { complain } from "./messages";
import { Pad } from "./pad";
import { showCode } from "./pictures";
import type { Session } from "./session";

const GUESSES = 100;

export class Touch {
  private readonly pad = new Pad(
    element<HTMLCanvasElement>("pad"),
    element<HTMLCanvasElement>("seen"),
    () => void this.read(),
  );
  private reading = false;
  private again = false;

  constructor(private readonly session: Session) {
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
      element("drawn-code").replaceChildren();
      return;
    }
    const { outputs, probabilities } = await training.look(this.pad.pixels);
    const best = probabilities.indexOf(Math.max(...probabilities));
    show("read", `a ${best}`);
    this.bars([...probabilities]);
    const layer = training.spec.hidden[0];
    showCode(
      element("drawn-code"),
      outputs[0] as Float32Array,
      layer?.neuron === "onehot" ? layer.size : 1,
    );
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
    if (!training) return;
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
      const { probabilities } = await sampler.look(copies);
      const classes = probabilities.length / GUESSES;
      const counts = new Array<number>(classes).fill(0);
      for (let i = 0; i < GUESSES; i++) {
        const row = probabilities.subarray(i * classes, (i + 1) * classes);
        const guess = row.indexOf(Math.max(...row));
        counts[guess] = (counts[guess] as number) + 1;
      }
      const readings = counts
        .map((times, i) => [times, i] as const)
        .filter(([times]) => times > 0)
        .sort(([a], [b]) => b - a)
        .map(([times, i]) => `${i} (${times} ×)`)
        .join(", ");
      this.bars(counts.map((times) => times / GUESSES));
      show(
        "uncertain",
        `Deciding by chance, as in training, ${GUESSES} times over it read ${readings}.`,
      );
    } finally {
      await sampler.destroy();
    }
  }
}
