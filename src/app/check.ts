/**
 * "Check this GPU": all that training does beside float64, on the visitor's own adapter and driver.
 */
import type { Families } from "../verify/index";
import { breathe, element, make, show } from "./dom";
import { complain } from "./messages";
import type { Session } from "./session";

/** The checks and their expected values come when they are asked for. */
async function load() {
  const { goldenVectors, verify } = await import("../verify/index");
  return { vectors: await goldenVectors(), verify };
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

const sum = (families: Families, key: "cases" | "failed"): number =>
  Object.values(families).reduce((total, family) => total + family[key], 0);

/** What was found, in a sentence. */
function verdict(families: Families, adapter: string): HTMLElement {
  const wrong = Object.entries(families).flatMap(([name, { failed }]) => (failed ? [name] : []));
  const sentence =
    wrong.length === 0
      ? `All ${sum(families, "cases")} checks are right: training works on ${adapter}.`
      : `${sum(families, "failed")} of ${sum(families, "cases")} checks are wrong ` +
        `(${wrong.join(", ")}): do not trust what this GPU and its driver compute, and report ` +
        "it with the copied result.";
  return make("p", { textContent: sentence, className: wrong.length === 0 ? "" : "alarm" });
}

/** The verdict; then the families, and the JSON that a bug report wants. */
function report(families: Families, where: { adapter: string; kernels: string }): HTMLElement[] {
  const copy = make("button", { type: "button", textContent: "Copy the result as JSON" });
  copy.onclick = async () => {
    const text = JSON.stringify({ ...where, families, failed: sum(families, "failed") });
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
  return [verdict(families, where.adapter), copy, details];
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
      const where = { adapter: device.adapter.name, kernels: device.kernels };
      const families = await verify(device, vectors, {
        onProgress: (done, total, families) => {
          show("checked", `Checking … ${Math.round((100 * done) / total)} %`);
          // What is wrong is told at once: in software, the rest may take minutes.
          if (sum(families, "failed") > 0) place.append(verdict(families, where.adapter));
          return breathe();
        },
      });
      place.replaceChildren(...report(families, where));
    } catch (error) {
      place.hidden = true;
      complain("page", error);
    } finally {
      button.disabled = false;
    }
  };
}
