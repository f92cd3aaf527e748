/** Many small things as one stop of the Tab key, among which arrow keys move. */

/** Moves of the arrow keys; those up and down by a row. */
const moves = (columns: number): Readonly<Record<string, number>> => ({
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -columns,
  ArrowDown: columns,
});

/**
 * Makes one stop of the items in `place` that match `selector`, now and later. `point` hears which
 * one is hovered, focused or tapped; `pick` which one is tapped, or chosen with Enter or the space
 * bar.
 */
export function arrows(
  place: HTMLElement,
  selector: string,
  columns: () => number,
  point: (item: HTMLElement) => void,
  pick: (item: HTMLElement) => void,
): void {
  const items = () => [...place.querySelectorAll<HTMLElement>(selector)];
  const of = (event: Event) => (event.target as Element).closest<HTMLElement>(selector);
  const heard = (what: (item: HTMLElement) => void) => (event: Event) => {
    const item = of(event);
    if (item) what(item);
  };
  place.addEventListener("pointerover", heard(point));
  place.addEventListener(
    "focusin",
    heard((item) => {
      for (const other of items()) other.tabIndex = other === item ? 0 : -1;
      point(item);
    }),
  );
  place.addEventListener("click", heard(pick));
  place.addEventListener("keydown", (event) => {
    const item = of(event);
    if (!item) return;
    const all = items();
    const move = moves(columns())[event.key];
    if (move !== undefined) all[all.indexOf(item) + move]?.focus();
    else if (event.key === "Home") all[0]?.focus();
    else if (event.key === "End") all.at(-1)?.focus();
    else if ((event.key === "Enter" || event.key === " ") && item.tagName !== "BUTTON") pick(item);
    else return;
    event.preventDefault();
  });
}

/** Of new items, the first is where the Tab key stops. */
export const oneStop = (items: readonly HTMLElement[]): void =>
  items.forEach((item, i) => {
    item.tabIndex = i === 0 ? 0 : -1;
  });
