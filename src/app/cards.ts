/** The questions as cards: one that is open asks for a prediction, then trains what answers it. */
import { percent } from "../format";
import type { Report } from "../index";
import { copied, element, make, show } from "./dom";
import * as form from "./form";
import { type Arm, bandOf, QUESTIONS, type Question } from "./questions";
import type { Runs } from "./runs";
import { DEFAULTS } from "./settings";

const DOCS = "https://github.com/stairstep-webgpu/stairstep/blob/main/docs/";

/** The reproduction's accuracies after so many epochs, from the worst seed to the best. */
function band(arm: Arm, epochs: number): string {
  const { least, most } = bandOf(arm);
  const [low, high] = [least[epochs - 1] ?? 0, most[epochs - 1] ?? 0];
  return `${(100 * low).toFixed(1)} to ${percent(high, 1)}`;
}

export class Cards {
  private open: Question | undefined;
  private predicted: number | undefined;
  private readonly buttons: HTMLButtonElement[];

  constructor(
    private readonly runs: Runs,
    /** Called when a run's settings were put into the form. */
    private readonly changed: () => void,
  ) {
    this.buttons = QUESTIONS.map((question) => {
      const onclick = () => this.ask(this.open === question ? undefined : question);
      const button = make("button", { type: "button", textContent: question.asks, onclick });
      button.setAttribute("aria-controls", "question");
      return button;
    });
    element("cards").append(...this.buttons.map((button) => make("li", {}, button)));
    element("tell").addEventListener("click", () => this.tell());
    element("copy-lecture").addEventListener("click", async () => {
      const link = new URL(`?lesson=${this.open?.id}`, document.baseURI);
      show("copied", await copied(link.href));
    });
    this.ask(undefined);
  }

  /** Opens a question, with everything about it as it was before anyone guessed. */
  ask(question: Question | undefined): void {
    this.open = question;
    this.predicted = undefined;
    this.buttons.forEach((button, i) => {
      button.setAttribute("aria-expanded", String(QUESTIONS[i] === question));
    });
    element("question").hidden = !question;
    if (!question) return;
    show("asks", question.asks);
    const choices = question.predictions.map((text, place) => {
      const onchange = () => this.predict(place);
      const input = make("input", { type: "radio", name: "prediction", onchange });
      return make("label", { className: "tick" }, input, ` ${text}`);
    });
    element("predictions").replaceChildren(...choices);
    element("arms").replaceChildren(...question.arms.map((arm) => this.row(arm)));
    element("told").hidden = true;
    element<HTMLAnchorElement>("lecture").href = `?lesson=${question.id}`;
    show("copied", "");
    this.predict(undefined);
  }

  private predict(place: number | undefined): void {
    this.predicted = place;
    const waits = place === undefined;
    for (const button of element("arms").querySelectorAll("button")) button.disabled = waits;
    element<HTMLButtonElement>("tell").disabled = waits;
    show("first-guess", waits ? "Choose one, and see." : "Now see for yourself.");
    if (!element("told").hidden) this.tell();
  }

  private row(arm: Arm): HTMLTableRowElement {
    const [yours, then] = [make("td", {}, "–"), make("td", {}, "–")];
    const onclick = () => this.train(arm, yours, then);
    const train = make("button", { type: "button", textContent: "Train", onclick });
    train.setAttribute("aria-label", `Train: ${arm.name}`);
    const { article } = bandOf(arm);
    return make(
      "tr",
      {},
      make("th", { scope: "row" }, arm.name),
      make("td", {}, train),
      ...[yours, then, make("td", {}, band(arm, 20))],
      make("td", {}, article === undefined ? "–" : percent(article, 1)),
    );
  }

  private train(arm: Arm, yours: HTMLElement, then: HTMLElement): void {
    const { epochs, kernels, seed } = form.read();
    form.write({ ...DEFAULTS, epochs, kernels, seed, ...arm.settings });
    this.changed();
    const reported = ({ epoch, validation }: Report) => {
      const whole = Math.floor(epoch);
      const at = whole < 1 ? "" : ` after ${whole}`;
      yours.textContent = percent(validation.accuracy, 1);
      if (whole >= 1 && whole <= 20) then.textContent = `${band(arm, whole)}${at}`;
    };
    this.runs.start({ reported, done: () => this.tell() });
  }

  /** What came out of our own runs, beside what was predicted. */
  private tell(): void {
    const { open, predicted } = this;
    if (!open || predicted === undefined) return;
    const right = open.predictions[open.right] ?? "";
    show(
      "verdict",
      predicted === open.right ? "You were right." : `It came out otherwise: ${right}.`,
    );
    show("answer", open.answer);
    element<HTMLAnchorElement>("source").href = `${DOCS}${open.source}`;
    element("told").hidden = false;
  }
}
