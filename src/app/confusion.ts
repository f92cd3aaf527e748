/** What a network takes for what, and the images of each case. */
import { arrows, oneStop } from "./arrows";
import { element, make, show } from "./dom";
import { imagePixels, inkPicture } from "./pictures";
import type { Images } from "./shipped";

/** Images shown at once. */
const MOST = 24;

/** A test image, and what it is read as. */
interface Read {
  image: number;
  label: number;
  guess: number;
}

export class Confusion {
  private reads: Read[] = [];
  private data: Images | undefined;
  /** The case that is shown, as [label, guess]; undefined for all that is wrong. */
  private chosen: readonly [number, number] | undefined;

  /** `pick` hears which test image a visitor wants to see more of. */
  constructor(pick: (image: number) => void) {
    const table = element("confusion");
    const choose = ({ dataset: { label, guess } }: HTMLElement) => {
      const to = [Number(label), Number(guess)] as const;
      this.chosen = `${this.chosen}` === `${to}` ? undefined : to;
      this.showImages();
    };
    // Rows have as many buttons as cases occur in them: up and down go as left and right.
    arrows(
      table,
      "button",
      () => 1,
      () => {},
      choose,
    );
    arrows(
      element("mistakes"),
      "button",
      () => 1,
      () => {},
      ({ dataset: { image } }) => pick(Number(image)),
    );
  }

  /** `probabilities` [count, classes] of the first test images. */
  show(data: Images, probabilities: Float32Array, count: number): void {
    const { classes } = data;
    this.data = data;
    this.reads = Array.from({ length: count }, (_, image) => {
      const row = probabilities.subarray(image * classes, (image + 1) * classes);
      const label = data.test.labels[image] as number;
      return { image, label, guess: row.indexOf(Math.max(...row)) };
    });
    this.showTable(classes);
    this.showImages();
  }

  private showTable(classes: number): void {
    const names = Array.from({ length: classes }, (_, i) => String(i));
    const head = make(
      "tr",
      {},
      make("td", { textContent: "is ↓ read as →" }),
      ...names.map((textContent) => make("th", { textContent, scope: "col" })),
    );
    const rows = names.map((name, label) => {
      const own = this.reads.filter((read) => read.label === label);
      const cells = names.map((_, guess) => {
        const times = own.filter((read) => read.guess === guess).length;
        const cell = make("td", {}, ...(times > 0 ? [button(label, guess, times)] : []));
        const share = times / Math.max(1, own.length);
        cell.style.background =
          `color-mix(in srgb, var(${guess === label ? "--run2" : "--run1"}) ` +
          `${Math.round(guess === label ? 45 * share : Math.min(45, 400 * share))}%, ` +
          "transparent)";
        return cell;
      });
      return make("tr", {}, make("th", { textContent: name, scope: "row" }), ...cells);
    });
    const table = element("confusion");
    table.replaceChildren(make("thead", {}, head), make("tbody", {}, ...rows));
    oneStop([...table.querySelectorAll("button")]);
  }

  private showImages(): void {
    const { data, chosen } = this;
    if (!data) return;
    const those = this.reads.filter(({ label, guess }) =>
      chosen ? label === chosen[0] && guess === chosen[1] : label !== guess,
    );
    for (const cell of element("confusion").querySelectorAll("button"))
      cell.ariaPressed = String(`${chosen}` === `${cell.dataset.label},${cell.dataset.guess}`);
    const [label, guess] = chosen ?? [];
    const some = those.length > MOST ? `, the first ${MOST} of ${those.length}` : "";
    show(
      "mistakes-caption",
      chosen
        ? label === guess
          ? `Images of a ${label} that it reads right${some}`
          : `Images of a ${label} that it reads as a ${guess}${some}`
        : `Digits it gets wrong${some}`,
    );
    const pictures = those.slice(0, MOST).map(({ image, ...read }) => {
      const name = `${read.label} read as ${read.guess}`;
      const item = make("button", { type: "button", className: "picture" });
      item.append(...inkPicture(imagePixels(data, image), data.width, name).childNodes);
      item.ariaLabel = `Test image ${image}: ${name}`;
      item.dataset.image = String(image);
      return item;
    });
    oneStop(pictures);
    const none = make("p", { textContent: `None of the first ${this.reads.length}.` });
    element("mistakes").replaceChildren(...(pictures.length > 0 ? pictures : [none]));
  }
}

function button(label: number, guess: number, times: number): HTMLElement {
  const made = make("button", { type: "button", textContent: String(times) });
  made.ariaLabel = `${label} read as ${guess}: ${times}`;
  made.ariaPressed = "false";
  Object.assign(made.dataset, { label, guess });
  return made;
}
