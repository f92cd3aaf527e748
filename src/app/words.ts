/** What the page says when something is wrong, or can be taken up again. */
import { StairstepError } from "../index";
import { element, make } from "./dom";

/** As a sentence begins; names of files stay as they are. */
function capital(text: string, files: readonly string[]): string {
  if (files.some((name) => text.startsWith(name))) return text;
  return `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}`;
}

/** Says what is wrong. `files` are names that the message may begin with. */
export function complain(error: unknown, advice = "", files: readonly string[] = []): void {
  const message = error instanceof Error ? error.message : String(error);
  const [first = "", ...rest] = message.split("\n");
  element("message").replaceChildren(`${capital(first, files)}${advice ? `. ${advice}` : ""}`);
  if (rest.length > 0)
    element("message").append(
      make(
        "details",
        {},
        make("summary", { textContent: "What the compiler says" }),
        make("pre", { textContent: rest.join("\n") }),
      ),
    );
  element("message").className = "alarm";
  element("message").hidden = false;
  if (!(error instanceof StairstepError)) console.error(error);
}

/** Says something worth knowing that is no fault of the page. */
export function note(text: string): void {
  if (element("message").textContent === text) return; // not read aloud again
  element("message").replaceChildren(text);
  element("message").className = "";
  element("message").hidden = false;
}

/** Says something that the visitor may act on with a button. */
export function offer(text: string, action: string, act: () => void): void {
  const button = make("button", { type: "button", textContent: action, onclick: act });
  element("message").replaceChildren(`${capital(text, [])} `, button);
  element("message").className = "";
  element("message").hidden = false;
}

export const quiet = (): void => {
  element("message").hidden = true;
};

/** What to do in this browser to have WebGPU. */
export function adviceWithoutGpu(): string {
  if (!isSecureContext) return ""; // the error says it: no browser's settings would help
  const agent = navigator.userAgent;
  if (/Firefox/.test(agent)) {
    if (/Linux/.test(agent) && !/Android/.test(agent))
      return (
        "In Firefox on Linux, switch dom.webgpu.enabled on in about:config; for a software " +
        "adapter, gfx.webgpu.ignore-blocklist too"
      );
    return (
      "Firefox has WebGPU on Windows from version 141 and on Apple silicon from 147; elsewhere, " +
      "use Chrome or Edge"
    );
  }
  if (/Safari/.test(agent) && !/Chrom/.test(agent))
    return "Safari has WebGPU from version 26 on (macOS, iOS and iPadOS 26)";
  if (/Linux/.test(agent) && !/Android/.test(agent))
    return (
      "On Linux, Chrome needs chrome://flags/#enable-unsafe-webgpu switched on, and a Vulkan " +
      "driver"
    );
  return (
    "Chrome and Edge have WebGPU from version 113 on; check that hardware acceleration is on in " +
    "the settings"
  );
}
