/** Lecture mode, `?lesson=NAME`: one question alone, in large type, at the speaker's pace. */
import { StairstepError } from "../index";
import type { Cards } from "./cards";
import { element, select, show } from "./dom";
import { complain } from "./messages";
import { QUESTIONS } from "./questions";
import type { Runs } from "./runs";
import type { Session } from "./session";

/** Steps a second, slowest first; 0 waits for presses. */
const PACES = [
  ["One step at a press", 0],
  ["1 step a second", 1],
  ["10 steps a second", 10],
  ["As fast as it can", Number.POSITIVE_INFINITY],
] as const;
const COUNT_MS = 200;

/** Where the address names a lesson: shows it, and listens to the speaker's keys. */
export function beginLesson(cards: Cards, runs: Runs, session: Session): void {
  const id = new URLSearchParams(location.search).get("lesson");
  if (id === null) return;
  const question = QUESTIONS.find((question) => question.id === id);
  if (!question) {
    const names = QUESTIONS.map(({ id }) => id).join(", ");
    complain("page", new StairstepError(`no lesson ${id.slice(0, 30)}: choose from ${names}`));
    return;
  }
  document.documentElement.classList.add("lesson");
  cards.ask(question);
  element("question").closest("details")?.setAttribute("open", ""); // folded on a phone
  const lecture = element<HTMLAnchorElement>("lecture");
  lecture.textContent = "Leave the lecture";
  lecture.href = location.pathname;
  element("pacing").hidden = false;
  const pace = select("pace");
  pace.append(...PACES.map(([name]) => new Option(name)));
  const choose = (place: number) => {
    pace.selectedIndex = Math.min(Math.max(place, 0), PACES.length - 1);
    session.tempo.set(PACES[pace.selectedIndex]?.[1] ?? 0);
  };
  const step = () => {
    if (pace.selectedIndex !== 0) choose(0);
    if (runs.control.state !== "training") runs.press();
    session.tempo.step();
  };
  choose(PACES.length - 1);
  pace.addEventListener("change", () => choose(pace.selectedIndex));
  element("step").addEventListener("click", step);
  const keys: Readonly<Record<string, () => void>> = {
    t: () => runs.press(),
    s: step,
    f: () => choose(pace.selectedIndex + 1),
    d: () => choose(pace.selectedIndex - 1),
  };
  addEventListener("keydown", ({ key, target, ctrlKey, metaKey, altKey }) => {
    if (ctrlKey || metaKey || altKey || (target as Element).matches("input, select")) return;
    keys[key]?.();
  });
  setInterval(async () => {
    const done = await session.built?.step.catch(() => undefined);
    show("stepped", done === undefined ? "" : `Step ${done}`);
  }, COUNT_MS);
}
