/**
 * The page's face: a digit, the hard choices that a layer makes of it, and what the network reads.
 * The run's network answers; until there is one, the network that came with the page.
 */
import { percent } from "../format";
import { type Checkpoint, DeviceLostError, type LayerWeights, optionsOf, train } from "../index";
import type { Reader } from "../verify/index";
import { breathe, element, input, show, write } from "./dom";
import { GUESSES, tally } from "./guesses";
import type { Inside } from "./inside";
import { complain } from "./messages";
import { layerName } from "./names";
import { bar, groupOf, NeuronView } from "./neuron";
import { Pad } from "./pad";
import { imagePixels } from "./pictures";
import type { Session } from "./session";
import type { Asked } from "./shipped";
import { Squares } from "./squares";

/** Between throws of the dice, in ms. */
const THROW_MS = 500;
/** While a network trains, its weights are read once in so many ms, its choices more often. */
const WEIGHTS_MS = 1000;
/** Parameters of a member above which the processor would take too long over an image. */
const MOST_PARAMETERS = 2e6;

export class Touch {
  private readonly pad = new Pad(
    element<HTMLCanvasElement>("pad"),
    element<HTMLCanvasElement>("seen"),
    () => void this.read(),
  );
  private readonly squares: Squares;
  private readonly neuron = new NeuronView();
  private unit = 0;
  private reading = false;
  private again = false;
  private throws = 0;
  private inView = true;
  /** Of the dice: made anew for other weights. */
  private reader: { from: Checkpoint; member: number; reader: Reader } | undefined;
  private ink: { pixels: Uint8Array; shares: number[] } | undefined;
  /** Weights read not long ago. */
  private known: { asked: Asked; member: number; at: number; weights: LayerWeights[] } | undefined;
  private copied: { asked: Asked; at: number; from: Checkpoint } | undefined;
  /** What was asked last, and what it said. */
  private seen: Parameters<NeuronView["show"]>[0] | undefined;

  /** Reads with the network and member that are seen `inside`, and shows the layer chosen there. */
  constructor(
    private readonly session: Session,
    private readonly inside: Inside,
  ) {
    this.squares = new Squares(element("drawn-code"), (unit) => this.pick(unit));
    const failed = (error: unknown) => complain("page", error);
    element("clear").addEventListener("click", () => this.pad.clear());
    element("example").addEventListener("click", () => void this.example().catch(failed));
    element("sample").addEventListener("click", () => void this.guess().catch(failed));
    input("dice").addEventListener("change", () => void this.read());
    new IntersectionObserver(([entry]) => {
      this.inView = entry?.isIntersecting ?? true;
    }).observe(element("touch"));
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    setInterval(() => {
      if (input("dice").checked && !still.matches && this.seenNow) void this.read();
    }, THROW_MS);
  }

  /** Whether anyone sees the picture: it costs the run a little time. */
  get seenNow(): boolean {
    return this.inView && !document.hidden;
  }

  private pick(unit: number): void {
    this.unit = unit;
    if (this.seen) void this.neuron.show(this.seen, unit);
  }

  /** Reads what is on the pad with the network as it is now. */
  async open(): Promise<void> {
    this.known = undefined;
    this.copied = undefined;
    await this.read();
  }

  /** Reads the drawing; while one reading is under way, one more waits. */
  async read(): Promise<void> {
    this.again = true;
    if (this.reading || !this.session.asked) return;
    this.reading = true;
    element("read").ariaBusy = "true";
    try {
      while (this.again) {
        this.again = false;
        const asked = this.session.asked;
        await this.readOnce(asked).catch((error) => {
          if (this.session.asked === asked && !(error instanceof DeviceLostError))
            complain("page", error);
        });
      }
    } finally {
      this.reading = false;
      element("read").ariaBusy = "false";
    }
  }

  private async readOnce(asked: Asked): Promise<void> {
    const { pixels } = this.pad;
    const images = await this.session.images();
    const { width, inputs } = images;
    if (pixels.length !== inputs) {
      // Those of a visitor's own data, say.
      this.pad.resize(width, inputs / width);
      this.pad.put(imagePixels(images, 0), true);
      return;
    }
    if (this.pad.empty) {
      write(element("read"), "nothing yet");
      show("uncertain", "");
      element("classes").replaceChildren();
      this.squares.clear();
      this.neuron.clear();
      this.seen = undefined;
      return;
    }
    const { member, layer: index } = this.inside.shown(asked);
    const thrown = input("dice").checked && !input("dice").disabled;
    // Asked at once, both wait for the same submits.
    const [weights, { outputs, probabilities }] = await Promise.all([
      this.weightsOf(asked, member),
      thrown
        ? this.checkpointOf(asked).then((from) => this.byChance(from, member))
        : asked.look(pixels, member),
    ]);
    const parameters = weights.reduce((sum, { weights: { length } }) => sum + length, 0);
    input("dice").disabled = parameters > MOST_PARAMETERS;
    if (this.session.asked !== asked || pixels !== this.pad.pixels) return; // others by now
    const best = probabilities.indexOf(Math.max(...probabilities));
    write(element("read"), `a ${best}`);
    this.bars([...probabilities]);
    const shown = asked.spec.hidden[index] as (typeof asked.spec.hidden)[number];
    this.seen = {
      ...{ layer: shown, index, width, thrown },
      weights: weights[index] as (typeof weights)[number],
      slope: asked.slopeAt(await asked.step, member),
      inputs: index > 0 ? (outputs[index - 1] ?? []) : this.inkOf(pixels),
      outputs: outputs[index] as Float32Array,
    };
    write(element("decides"), `${layerName(shown)}${thrown ? ", by chance" : ""}`);
    const levels = shown.neuron === "staircase" ? Math.floor(shown.size / 2) : 1;
    this.squares.show(this.seen.outputs, groupOf(shown), levels);
    const units = this.seen.outputs.length / groupOf(shown);
    this.unit = Math.min(this.unit, units - 1);
    this.squares.choose(this.unit);
  }

  /** Ink in [0, 1]: the same array for the same pixels. */
  private inkOf(pixels: Uint8Array): number[] {
    if (this.ink?.pixels !== pixels)
      this.ink = { pixels, shares: Array.from(pixels, (byte) => byte / 255) };
    return this.ink.shares;
  }

  private async weightsOf(asked: Asked, member: number): Promise<LayerWeights[]> {
    const { known } = this;
    const now = performance.now();
    if (known?.asked === asked && known.member === member && now - known.at < WEIGHTS_MS)
      return known.weights;
    const weights = await asked.weights(member);
    this.known = { asked, member, at: now, weights };
    return weights;
  }

  /** A network that trains is copied for the dice as seldom as its weights are read. */
  private async checkpointOf(asked: Asked): Promise<Checkpoint> {
    const { copied } = this;
    const now = performance.now();
    if (copied?.asked === asked && now - copied.at < WEIGHTS_MS) return copied.from;
    const from = await asked.checkpoint();
    this.copied = { asked, at: now, from };
    return from;
  }

  /** The drawing read on the processor, by the dice. */
  private async byChance(from: Checkpoint, member: number) {
    if (this.reader?.from !== from || this.reader.member !== member) {
      const { Reader } = await import("../verify/index");
      this.reader = { from, member, reader: new Reader(from, member) };
    }
    const { outputs, probabilities } = this.reader.reader.read(this.pad.pixels, this.throws++);
    return {
      outputs: outputs.map((layer) => Float32Array.from(layer)),
      probabilities: Float32Array.from(probabilities),
    };
  }

  /** Puts a test image on the pad. */
  put(pixels: Uint8Array<ArrayBuffer>): void {
    this.pad.put(pixels);
  }

  private bars(shares: readonly number[]): void {
    const list = element("classes");
    if (list.childElementCount !== shares.length)
      list.replaceChildren(...shares.map((_, i) => bar(String(i))));
    shares.forEach((share, i) => {
      const item = list.children[i] as HTMLElement;
      const text = percent(share, 1);
      if (item.lastElementChild?.textContent === text) return;
      write(item.lastElementChild as HTMLElement, text);
      item.style.setProperty("--share", share.toFixed(3));
    });
  }

  /** A digit for the first view; what a visitor has drawn meanwhile stays. */
  async first(): Promise<void> {
    if (this.pad.empty) this.pad.put(imagePixels(await this.session.images(), 0), true);
    else await this.read();
  }

  private async example(): Promise<void> {
    const images = await this.session.images();
    this.put(imagePixels(images, Math.floor(Math.random() * images.test.labels.length)));
  }

  /** The same drawing, each time with neurons that decide by chance, as they do while training. */
  private async guess(): Promise<void> {
    const { asked, built } = this.session;
    if (!asked || this.pad.empty) return show("uncertain", "Draw something first.");
    const from = await asked.checkpoint();
    const { member } = this.inside.shown(asked);
    const probabilities = await (built ? this.sampled(from, member) : this.thrown(from, member));
    const { counts, mean, text } = tally(probabilities);
    this.bars(mean);
    const rounds = from.hidden.some(({ stochastic }) => stochastic === false)
      ? " It was trained to round; here it decides by chance all the same."
      : "";
    show("uncertain", counts.length === 0 ? text : text + rounds);
  }

  /** On the processor. */
  private async thrown(from: Checkpoint, member: number): Promise<Float32Array> {
    const rows: number[] = [];
    for (let guess = 0; guess < GUESSES; guess++) {
      rows.push(...(await this.byChance(from, member)).probabilities);
      await breathe();
    }
    return Float32Array.from(rows);
  }

  /** On the GPU, all at once. */
  private async sampled(from: Checkpoint, member: number): Promise<Float32Array> {
    const hidden = from.hidden.map((layer) => ({ ...layer, stochasticEvaluation: true }));
    const sampler = train(this.session.device, await this.session.dataset(), {
      ...optionsOf(from),
      hidden,
      from: { ...from, hidden },
    });
    try {
      const { pixels } = this.pad;
      const copies = new Uint8Array(GUESSES * pixels.length);
      for (let i = 0; i < GUESSES; i++) copies.set(pixels, i * pixels.length);
      return (await sampler.look(copies, member)).probabilities;
    } finally {
      await sampler.destroy();
    }
  }
}
