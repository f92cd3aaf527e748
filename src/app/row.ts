/** A run's row in the table: made once, then written where something is new. */
import { percent } from "../format";
import { hueOf, type Run } from "./curves";
import { make, write } from "./dom";
import { seedNames } from "./names";
import { lastOf } from "./values";

/** What a visitor may do with a run. */
export const ACTS = ["Solo", "Hide", "Rename", "Again with 8 seeds", "Remove"] as const;
export type Act = (typeof ACTS)[number];

/** How much of a hash tells weights apart at a glance. */
const DIGITS = 8;

/** Laid out as a grid on a phone, a table is still read as one. */
export function withRole<E extends HTMLElement>(node: E, role: string): E {
  node.setAttribute("role", role);
  return node;
}

export const cell = <K extends "td" | "th">(
  tag: K,
  role: string,
  { className = "", textContent = "" } = {},
): HTMLElementTagNameMap[K] => {
  const made = withRole(make(tag), role);
  Object.assign(made, { className, textContent });
  return made;
};

export class Row {
  readonly element = make("tr");
  private readonly swatch = make("span", { className: "swatch" });
  private readonly name = make("span", { className: "name" });
  private readonly seeds = make("summary");
  private readonly members = make("ul");
  private readonly article = make("p");
  private readonly mean = make("span");
  private readonly range = make("small");
  private readonly validation = cell("td", "cell", { className: "validation" });
  private readonly test = cell("td", "cell", { className: "test" });
  readonly buttons: ReadonlyMap<Act, HTMLButtonElement>;

  constructor(
    readonly run: Run,
    act: (act: Act) => void,
  ) {
    this.swatch.style.setProperty("--hue", `var(${hueOf(run)})`);
    const acts = ACTS.filter((name) => name !== "Again with 8 seeds" || run.recipe);
    this.buttons = new Map(
      acts.map((name) => {
        const button = make("button", { type: "button", onclick: () => act(name) });
        // On a phone, there is room for the last words.
        if (name === "Again with 8 seeds")
          button.append(make("span", { textContent: "Again with " }), "8 seeds");
        else button.textContent = name;
        return [name, button];
      }),
    );
    const head = cell("th", "rowheader", { className: "run" });
    head.scope = "row";
    const number = make("span", { className: "number", textContent: String(run.number) });
    const more = make("details", {}, this.seeds, this.members);
    head.append(this.swatch, ...(run.number > 0 ? [number] : []), this.name);
    if (run.members.length > 0) head.append(more, this.article);
    this.validation.append(this.mean, " ", this.range);
    this.validation.dataset.label = "Validation";
    this.test.dataset.label = "Test";
    const actions = cell("td", "cell", { className: "actions" });
    actions.append(...this.buttons.values());
    withRole(this.element, "row").append(head, this.validation, this.test, actions);
  }

  /** `seen` on the chart; `alone` there; `busy`: it trains, or is to go on. */
  show({ seen, alone, busy }: { seen: boolean; alone: boolean; busy: boolean }): void {
    const { run } = this;
    this.element.classList.toggle("unseen", !seen);
    write(this.name, run.name);
    const [mean = "", range = ""] = lastOf(run).split(/ (?=\()/);
    write(this.mean, mean);
    write(this.range, range);
    const tests = run.members.flatMap(({ test }) => test ?? []);
    const tested = tests.reduce((sum, x) => sum + x, 0) / tests.length;
    write(this.test, tests.length > 0 ? percent(tested, 1) : "");
    const { article } = run;
    write(this.article, article ? `The article: ${percent(article / 100)} after 20 epochs` : "");
    this.showMembers();
    for (const [name, button] of this.buttons) {
      const label = `${name === "Again with 8 seeds" ? `${name}:` : name} ${run.name}`;
      if (button.ariaLabel !== label) button.ariaLabel = label;
    }
    this.press("Solo", alone);
    this.press("Hide", run.hidden);
    const remove = this.buttons.get("Remove") as HTMLButtonElement;
    remove.ariaDisabled = String(busy);
  }

  private press(act: Act, pressed: boolean): void {
    const button = this.buttons.get(act) as HTMLButtonElement;
    button.ariaPressed = String(pressed);
  }

  private showMembers(): void {
    const { members } = this.run;
    const [first] = members;
    const hash = first?.weights?.slice(0, DIGITS);
    const seeds = seedNames(members.map(({ seed }) => seed));
    const weights = members.length === 1 ? ` · weights ${hash}` : " · weights of each";
    write(this.seeds, `${seeds[0]?.toUpperCase()}${seeds.slice(1)}${hash ? weights : ""}`);
    members.forEach((member, i) => {
      const { seed, validation, test, weights } = member;
      const item =
        this.members.children[i] ??
        this.members.appendChild(make("li", {}, make("span"), " ", make("code")));
      const text = [
        `Seed ${seed}`,
        validation === undefined ? "" : `validation ${percent(validation)}`,
        test === undefined ? "" : `test ${percent(test)}`,
        weights ? "SHA-256 of the weights" : "",
      ];
      write(item.children[0] as Element, text.filter(Boolean).join(", "));
      write(item.children[1] as Element, weights ?? "");
    });
  }

  /** Lets the visitor write another name, by Enter or by going elsewhere; Escape keeps the old. */
  rename(done: (name: string | undefined) => void): void {
    if (this.name.hidden) return;
    const field = make("input", { value: this.run.name, maxLength: 60, className: "rename" });
    field.setAttribute("aria-label", `New name of ${this.run.name}`);
    this.name.hidden = true;
    this.name.after(field);
    field.select();
    field.focus();
    let ended = false;
    const end = (keep: boolean, back: boolean) => {
      if (ended) return;
      ended = true;
      const { value } = field;
      field.remove();
      this.name.hidden = false;
      done(keep && value !== this.run.name ? value : undefined);
      if (back) this.buttons.get("Rename")?.focus();
    };
    field.addEventListener("blur", () => end(true, false));
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      end(event.key === "Enter", true);
    });
  }
}
