/** The page: opens the GPU, and wires what a visitor presses to what it does. */
import { decodeCheckpoint, encodeCheckpoint } from "../index";
import { Acts } from "./acts";
import { advice } from "./advice";
import { Alphabet } from "./alphabet";
import { Cards } from "./cards";
import { offerCheck } from "./check";
import type { State } from "./control";
import { copied, download, element, input, painted, show } from "./dom";
import { foldSections } from "./fold";
import * as form from "./form";
import { beginLesson } from "./lesson";
import { complain, quiet } from "./messages";
import { networkName } from "./names";
import { Runs } from "./runs";
import { GpuRefused, Session } from "./session";
import { fromFragment, toFragment } from "./settings";
import { lastRun } from "./store";
import { toCsv, toSvg } from "./take-away";
import "./base.css";
import "./page.css";
import "./inside.css";
import "./reach.css";
import "./questions.css";

const SOFTWARE_EPOCHS = 2;
const LABELS: Readonly<Record<State, string>> = {
  ready: "Train",
  training: "Pause",
  paused: "Continue",
  done: "Train again",
};

const button = element<HTMLButtonElement>("train");
const session = new Session();
const runs = new Runs(session, entered, (from, name) => alphabet.show(from, name));
const { control, curves } = runs;
const acts: Acts = new Acts(session, () => {
  runs.rest();
  alphabet.rest();
});
const alphabet = new Alphabet(session, () => {
  runs.rest();
  acts.rest();
});

function entered(state: State): void {
  button.textContent = LABELS[state];
  if (state === "training") {
    acts.rest();
    alphabet.rest();
  }
  const own = runs.curves.runs.some(({ epochs, recorded }) => epochs.length > 0 && !recorded);
  for (const id of ["csv", "svg"]) element<HTMLButtonElement>(id).disabled = !own;
  element<HTMLButtonElement>("keep").disabled = !session.training;
}

element("settings").addEventListener("submit", (event) => {
  event.preventDefault();
  const problem = control.state === "training" ? undefined : form.problem();
  if (!problem) return runs.press();
  quiet("settings");
  complain("settings", problem);
});
element("reset").addEventListener("click", () => runs.reset());
element("csv").addEventListener("click", () =>
  download("stairstep-curves.csv", toCsv(curves.runs), "text/csv"),
);
element("svg").addEventListener("click", () =>
  download("stairstep-curves.svg", toSvg(curves.seen), "image/svg+xml"),
);
element("keep").addEventListener("click", () => {
  session.training
    ?.checkpoint()
    .then((checkpoint) =>
      download("stairstep.safetensors", encodeCheckpoint(checkpoint), "application/octet-stream"),
    )
    .catch((error) => complain("run", error));
});
element("link").addEventListener("click", async () => {
  show("linked", await copied(location.href));
});
for (const id of ["load", "files"]) {
  const field = input(id);
  field.addEventListener("change", () => {
    const [only, ...others] = field.files ?? [];
    if (!only) return;
    void (id === "load" ? runs.files.load(only) : runs.files.use([only, ...others]));
  });
  // A browser says nothing of a choice that is the last one again, as of a file that was mended.
  field.addEventListener("click", () => {
    field.value = "";
  });
}
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  void runs.files.use([...(event.dataTransfer?.files ?? [])]);
});

/** The epochs are what this adapter trains by default, and no part of a link. */
let unchosen: "epochs"[] = ["epochs"];

function changed(id?: string): void {
  if (id === "epochs") unchosen = [];
  show("linked", "");
  if (form.wrong().length === 0) {
    quiet("settings");
    history.replaceState(null, "", `#${toFragment(form.read(), unchosen)}`);
  }
  // Other settings are another run.
  if (control.state === "paused" || control.state === "done") control.enter("done");
}
form.setUp(changed);
const cards = new Cards(runs, changed);

function readAddress(epochs: number): void {
  try {
    const given = fromFragment(location.hash);
    unchosen = new URLSearchParams(location.hash.slice(1)).has("epochs") ? [] : ["epochs"];
    form.write(unchosen.length === 0 ? given : { ...given, epochs });
  } catch (error) {
    complain("settings", error);
    form.write({ ...fromFragment(""), epochs });
  }
}
addEventListener("hashchange", () => readAddress(form.read().epochs));

async function openGpu(): Promise<void> {
  await session.open(form.read().kernels);
  offerCheck(session);
  const { name, software } = session.device.adapter;
  show(
    "adapter",
    software
      ? `${name}: no GPU here, so it is slow, and ${SOFTWARE_EPOCHS} epochs are the default`
      : name,
  );
  if (software) readAddress(SOFTWARE_EPOCHS);
}

/** Fetches the data before they are needed, where that costs the visitor nothing. */
function fetchEarly(): void {
  const { connection } = navigator as { connection?: { saveData: boolean; type?: string } };
  if (connection?.saveData || connection?.type === "cellular")
    show("dataset", "· MNIST (10 MB) comes when you press Train");
  else {
    const fetch = () => void session.dataset().catch((error) => complain("run", error));
    // Safari has no idle callbacks.
    if ("requestIdleCallback" in window) requestIdleCallback(fetch, { timeout: 2000 });
    else setTimeout(fetch, 500);
  }
}

foldSections();
readAddress(20);
entered("ready");
beginLesson(cards, runs, session);
painted()
  .then(() => alphabet.watch())
  .then(() => acts.draw())
  .then(() => session.openShipped())
  .then(() => runs.begun())
  .catch((error) => complain("page", error));
try {
  await control.after(openGpu);
  acts.opened(true);
  alphabet.opened(true);
  fetchEarly();
  const kept = await lastRun();
  if (kept && control.state === "ready") {
    const from = decodeCheckpoint("the last run", kept);
    runs.files.offerLast(from, networkName(from.hidden));
  }
} catch (error) {
  control.stop();
  button.disabled = true;
  acts.opened(false);
  alphabet.opened(false);
  show("adapter", "No GPU to train on.");
  const lack = !navigator.gpu ? "WebGPU" : error instanceof GpuRefused ? "device" : "adapter";
  const anyway = "Drawing and reading digits work without a GPU.";
  complain("device", error, { advice: [advice(lack), anyway].filter(Boolean).join(". ") });
}
if (import.meta.env.PROD)
  try {
    await navigator.serviceWorker?.register("./sw.js");
  } catch {
    // Refused, as without cookies: only offline use is missing.
  }
