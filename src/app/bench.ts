/** The benchmark page: a table with bars, and the same JSON as `stairstep bench --save`. */
import {
  benchKernels,
  benchScaling,
  benchTraining,
  type KernelReport,
  type TrainingReport,
} from "../bench/index";
import { percent } from "../format";
import { type Dataset, loadMnist, requestDevice } from "../index";
import { capital, wordsOf } from "./messages";
import "./base.css";
import "./bench.css";

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const buttons = [...document.querySelectorAll<HTMLButtonElement>("button[type=submit]")];
const enable = (on: boolean): void => {
  for (const button of buttons) button.disabled = !on;
};

function row(cells: readonly string[], tag: "td" | "th", share?: number): HTMLTableRowElement {
  const line = document.createElement("tr");
  for (const text of cells) {
    const cell = document.createElement(tag);
    cell.textContent = text;
    line.append(cell);
  }
  if (share !== undefined) {
    const cell = document.createElement("td");
    const meter = document.createElement("meter");
    meter.max = 1;
    meter.value = share;
    cell.append(meter, ` ${percent(share, 0)}`);
    line.append(cell);
  }
  return line;
}

function head(cells: readonly string[]): void {
  element("head").replaceChildren(row(cells, "th"));
  element("rows").replaceChildren();
  (document.querySelector("section") as HTMLElement).hidden = false;
}

let report: KernelReport | TrainingReport | undefined;

enable(false);
try {
  const device = await requestDevice();
  element("adapter").textContent = device.adapter.name;
  let data: Promise<Dataset> | undefined;
  const add = (cells: readonly string[], share: number): void =>
    element("rows").append(row(cells, "td", share));
  const run = async (what: string): Promise<KernelReport | TrainingReport> => {
    const set = await (data ??= loadMnist(device, new URL("mnist/", document.baseURI)));
    if (what === "kernels") {
      head(["kernel", "shape", "ms", "GFLOP/s", "GB/s", "ns/sample", "of the roofline"]);
      return benchKernels(device, set, (r) =>
        add(
          [
            r.kernel,
            r.shape,
            r.ms.toFixed(3),
            r.gflops?.toFixed(2) ?? "",
            r.gbs.toFixed(2),
            r.nsPerSample.toFixed(0),
          ],
          r.share,
        ),
      );
    }
    head(["training", "ms/step", "steps/s", "GFLOP/s", "of the roofline"]);
    const bench = what === "training" ? benchTraining : benchScaling;
    return bench(device, set, (r) =>
      add(
        [r.run, r.msPerStep.toFixed(2), r.stepsPerSecond.toFixed(0), r.gflops.toFixed(2)],
        r.share,
      ),
    );
  };
  element("settings").addEventListener("submit", async (event) => {
    event.preventDefault();
    enable(false);
    element("message").hidden = true;
    try {
      report = await run((event.submitter as HTMLButtonElement).value);
      const { gflops, carriedGflops, gbs } = report.roofline;
      element("roofline").textContent =
        `Roofline: ${gflops.toFixed(1)} GFLOP/s (${carriedGflops.toFixed(1)} where each ` +
        `multiply-add is carried through a loop), ${gbs.toFixed(2)} GB/s`;
      element("save").hidden = false;
    } catch (error) {
      complain(error);
    }
    enable(true);
  });
  enable(true);
} catch (error) {
  element("adapter").textContent = "No GPU.";
  complain(error);
}

element("save").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(
    new Blob([JSON.stringify(report, null, 1)], { type: "application/json" }),
  );
  link.download = "stairstep-bench.json";
  link.click();
  URL.revokeObjectURL(link.href);
});

function complain(error: unknown): void {
  element("message").textContent = capital(wordsOf(error));
  element("message").hidden = false;
}
