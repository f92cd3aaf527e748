/**
 * "Check this GPU": all that training does beside float64, on the visitor's own adapter and driver.
 */
import { StairstepError } from "../index";
import type { Families } from "../verify/index";
import { breathe, element, make, show } from "./dom";
import { complain } from "./messages";
import type { Session } from "./session";

/** The checks and their expected values come when they are asked for. */
async function load() {
  try {
    const { goldenVectors, verify } = await import("../verify/index");
    return { vectors: await goldenVectors(), verify };
  } catch (cause) {
    throw new StairstepError(
      `the expected values could not be loaded (${(cause as Error).message}): check the ` +
        "connection and try again",
    );
  }
}

function table(families: Families): HTMLTableElement {
  const row = (cells: readonly string[], tag: "th" | "td") =>
    make("tr", {}, ...cells.map((text) => make(tag, { textContent: text })));
  const lines = Object.entries(families).map(([name, { cases, maxError, failed }]) =>
    row([name, String(cases), maxError.toExponential(1), String(failed)], "td"),
  );
  return make(
    "table",
    {},
    make("thead", {}, row(["what", "checks", "largest error", "wrong"], "th")),
    make("tbody", {}, ...lines),
  );
}

/** What was found, in a sentence; then the families, and the JSON that a bug report wants. */
function report(families: Families, where: { adapter: string; kernels: string }): HTMLElement[] {
  const wrong = Object.entries(families).filter(([, { failed }]) => failed > 0);
  const sum = (key: "cases" | "failed") =>
    Object.values(families).reduce((total, family) => total + family[key], 0);
  const sentence =
    wrong.length === 0
      ? `All ${sum("cases")} checks are right: training works on ${where.adapter}.`
      : `${sum("failed")} of ${sum("cases")} checks are wrong ` +
        `(${wrong.map(([name]) => name).join(", ")}): do not trust what this GPU and its ` +
        "driver compute, and report it with the copied result.";
  const copy = make("button", { type: "button", textContent: "Copy the result as JSON" });
  copy.onclick = async () => {
    const text = JSON.stringify({ ...where, families, failed: sum("failed") });
    copy.textContent = await navigator.clipboard.writeText(text).then(
      () => "Copied",
      () => "This browser lets no page copy",
    );
  };
  const details = make(
    "details",
    {},
    make("summary", { textContent: "Every family of checks" }),
    table(families),
  );
  return [
    make("p", { textContent: sentence, className: wrong.length === 0 ? "" : "alarm" }),
    copy,
    details,
  ];
}

/**
 * Enables the button once the GPU is open. The check has networks of its own, so a run may go on
 * meanwhile.
 */
export function offerCheck(session: Session): void {
  const button = element<HTMLButtonElement>("check");
  const place = element("checked");
  button.disabled = false;
  button.onclick = async () => {
    button.disabled = true;
    place.hidden = false;
    show("checked", "Loading the expected values …");
    try {
      const { vectors, verify } = await load();
      const { device } = session;
      const families = await verify(device, vectors, {
        onProgress: (done, total) => {
          show("checked", `Checking … ${Math.round((100 * done) / total)} %`);
          return breathe();
        },
      });
      place.replaceChildren(
        ...report(families, { adapter: device.adapter.name, kernels: device.kernels }),
      );
    } catch (error) {
      place.hidden = true;
      complain("page", error);
    } finally {
      button.disabled = false;
    }
  };
}
