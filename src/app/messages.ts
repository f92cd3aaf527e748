/** What the page says when something is wrong, worth knowing, or can be taken up again. */
import { StairstepError } from "../index";
import { element, make } from "./dom";

/** What a message is about. A new one takes the place of the last on the same, and no other's. */
export type Topic = "settings" | "run" | "files" | "last run" | "device" | "accuracy" | "page";

const said = new Map<Topic, HTMLElement>();

/** Alarms interrupt whoever listens; what is no fault waits for its turn. */
function say(topic: Topic, alarm: boolean, ...content: (Node | string)[]): void {
  const message = make("div", { className: alarm ? "alarm" : "" }, ...content);
  if (
    said.get(topic)?.isConnected &&
    said.get(topic)?.textContent === message.textContent &&
    !alarm
  )
    return; // not read aloud again
  said.get(topic)?.remove();
  said.set(topic, message);
  element(alarm ? "alarms" : "notices").append(message);
  element("message").hidden = false;
}

/** As a sentence begins; names of files stay as they are. */
export function capital(text: string, files: readonly string[] = []): string {
  if (files.some((name) => text.startsWith(name))) return text;
  return `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}`;
}

/** Of what the page fetches of its own when it is due. */
export const DID_NOT_COME =
  "a part of this page did not come: the page was updated since it was opened, or the " +
  "connection is gone. Reload it; a run that was kept goes on";
/** What Chromium, Firefox, Safari and Vite say of code and styles that did not come. */
const MISSING = /dynamically imported module|Importing a module script failed|to preload CSS/;

/** What an error says, in words for people. */
export function wordsOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return MISSING.test(message) ? DID_NOT_COME : message;
}

/** Says what is wrong. `files` are names that the message may begin with. */
export function complain(
  topic: Topic,
  error: unknown,
  { advice = "", files = [] }: { advice?: string; files?: readonly string[] } = {},
): void {
  const [first = "", ...rest] = wordsOf(error).split("\n");
  const sentence = `${capital(first, files)}${advice ? `. ${advice}` : ""}`;
  const behind = make(
    "details",
    {},
    make("summary", { textContent: "What the compiler says" }),
    make("pre", { textContent: rest.join("\n") }),
  );
  say(topic, true, sentence, ...(rest.length > 0 ? [behind] : []));
  if (!(error instanceof StairstepError)) console.error(error);
}

/** Says something worth knowing that is no fault of the page. */
export const note = (topic: Topic, text: string): void => say(topic, false, text);

/** Says something that the visitor may act on with a button. */
export function offer(topic: Topic, text: string, action: string, act: () => void): void {
  const onclick = () => {
    quiet(topic);
    act();
  };
  const button = make("button", { type: "button", textContent: action, onclick });
  say(topic, false, `${capital(text)} `, button);
}

/** Takes back what was said on a topic, or on all. */
export function quiet(topic?: Topic): void {
  for (const [about, message] of said) {
    if (topic !== undefined && about !== topic) continue;
    message.remove();
    said.delete(about);
  }
  element("message").hidden = said.size === 0;
}
