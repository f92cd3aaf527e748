/** The page: wires form, session, chart and the looks inside together. */
import { duration, neuronName, percent, thousands } from "../format";
import {
  bytesOf,
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  oneSided,
  otherData,
  type Report,
  StairstepError,
  warning,
} from "../index";
import { Chart } from "./chart";
import { offerCheck } from "./check";
import { download, element, input, show } from "./dom";
import * as form from "./form";
import { Inside } from "./inside";
import { Session } from "./session";
import { describe, fromFragment, type Settings, toFragment, toOptions } from "./settings";
import { forgetLast, keepLast, lastRun } from "./store";
import { toCsv, toSvg } from "./take-away";
import { Touch } from "./touch";
import { adviceWithoutGpu, complain, note, offer, quiet } from "./words";
import "./base.css";
import "./page.css";

const SOFTWARE_EPOCHS = 2;
/** At least between looks inside while training, which come at an epoch's end. */
const LOOK_MS = 4000;

const session = new Session();
const chart = new Chart(element("chart"), element("runs"));
const inside = new Inside(session);
const touch = new Touch(session, complain);
const button = element<HTMLButtonElement>("train");
let state: "ready" | "training" | "paused" | "done" = "ready";
let running: Promise<void> | undefined;
let looking: Promise<void> | undefined;
let looked = 0;
let speed: { step: number; at: number } | undefined;

function enter(next: typeof state): void {
  state = next;
  button.textContent = {
    ready: "Train",
    training: "Pause",
    paused: "Continue",
    done: "Train again",
  }[next];
  for (const id of ["csv", "svg"])
    element<HTMLButtonElement>(id).disabled = chart.runs.length === 0;
  element<HTMLButtonElement>("keep").disabled = next === "ready";
}

const numberIds = ["validation", "training", "test", "epoch", "speed", "left"];

function showReport(report: Report): void {
  chart.add(report);
  show("validation", percent(report.validation.accuracy, 1));
  show("training", percent(report.training.accuracy, 1));
  show("epoch", report.epoch.toFixed(1));
  const spec = session.training?.spec;
  const now = performance.now();
  if (speed && now > speed.at && spec) {
    const rate = (1000 * (report.step - speed.step)) / (now - speed.at);
    show("speed", thousands(rate));
    show("left", duration((spec.epochs * spec.stepsPerEpoch - report.step) / rate));
  }
  speed ??= { step: report.step, at: now };
  const names = spec?.members.map(({ seed }) => `seed ${seed}`) ?? [];
  const text = warning(report, names);
  if (text) note(text);
  if (report.checkpoint) void keepLast(encodeCheckpoint(report.checkpoint));
  if (report.checkpoint && !looking && now - looked > LOOK_MS) void lookInside();
}

async function look(): Promise<void> {
  const { training } = session;
  if (!training) return;
  try {
    await inside.look(training, training.slopeAt(await training.step));
    await touch.open();
  } catch (error) {
    if (session.training === training) complain(error);
  }
}

/** Looks at the network as it is now: after the look under way, which saw an earlier one. */
function lookInside(): Promise<void> {
  element("inside").setAttribute("aria-busy", "true");
  const mine = (looking ?? Promise.resolve()).then(look).then(() => {
    looked = performance.now();
    if (looking !== mine) return;
    looking = undefined;
    element("inside").setAttribute("aria-busy", "false");
  });
  looking = mine;
  return mine;
}

/** Trains on until a pause or the end. */
async function follow(): Promise<void> {
  enter("training");
  speed = undefined;
  const finished = await session.follow(showReport);
  const { training } = session;
  if (!training) return;
  if (finished) {
    const test = await training.evaluate("test");
    show("test", percent(test.reduce((sum, x) => sum + x, 0) / test.length, 1));
    show("left", "–");
  }
  enter(finished ? "done" : "paused");
  void lookInside(); // meanwhile the visitor may go on
}

/** Runs `work`; what goes wrong is said, and the page stays usable. */
function start(work: () => Promise<void>, files: readonly string[] = []): void {
  quiet();
  running = work()
    .catch((error) => {
      complain(error, "", files);
      enter(session.training ? "paused" : "ready");
    })
    .finally(() => {
      running = undefined;
    });
}

const onLoss = (): void =>
  complain(
    new StairstepError("The GPU was lost. Training goes on from the last state with a new one."),
  );

async function train(settings: Settings): Promise<void> {
  enter("training");
  for (const id of numberIds) show(id, "–");
  await session.useKernels(settings.kernels);
  await session.begin(toOptions(settings), onLoss);
  chart.begin(describe(settings), settings.epochs);
  await follow();
}

/** A run whose data the page does not have, until they come. */
let waiting: { from: Checkpoint; name: string } | undefined;

/**
 * Opens a run. Where it was trained on other data than the page has, says so, and goes on only
 * with those, or when told to.
 */
async function open(from: Checkpoint, name: string): Promise<void> {
  const data = await session.dataset();
  const other = otherData(from, data);
  waiting = other ? { from, name } : undefined;
  if (!other) return goOn(from, name);
  const remedy = "give its files under Your own data to go on with it";
  if (from.inputs !== data.inputs || from.classes !== data.classes)
    throw new StairstepError(`${other}: ${remedy}`);
  const { data: _, ...anyway } = from;
  enter(session.training ? "paused" : "ready");
  offer(`${other}: ${remedy}, or see what it makes of this.`, "Open it anyway", () =>
    start(() => goOn(anyway, name)),
  );
}

async function goOn(from: Checkpoint, name: string): Promise<void> {
  enter("training");
  await session.resume(from, onLoss);
  chart.begin(name, from.epochs);
  show("epoch", (from.step / from.stepsPerEpoch).toFixed(1));
  const [validation, test] = [
    await session.training?.evaluate("validation"),
    await session.training?.evaluate("test"),
  ];
  show("validation", percent(validation?.[0] ?? 0, 1));
  show("test", percent(test?.[0] ?? 0, 1));
  enter(from.step >= from.epochs * from.stepsPerEpoch ? "done" : "paused");
  await lookInside();
}

async function reset(): Promise<void> {
  session.pause();
  await running;
  await session.reset();
  await forgetLast();
  for (const id of numberIds) show(id, "–");
  inside.hide();
  touch.close();
  enter("ready");
}

async function load(file: File): Promise<void> {
  session.pause();
  await running;
  start(async () => open(decodeCheckpoint(file.name, await bytesOf(file)), file.name), [file.name]);
}

/** Data of a visitor's own; with `transpose`, rows and columns of images swapped. */
async function useFiles(files: readonly File[], transpose = false): Promise<void> {
  const [only] = files;
  if (!only) return;
  if (files.length === 1 && only.name.endsWith(".safetensors")) return load(only);
  session.pause();
  await running;
  const names = files.map(({ name }) => name);
  start(async () => {
    const data = await session.use(files, transpose);
    enter("ready");
    if (waiting && !otherData(waiting.from, data)) return open(waiting.from, waiting.name);
    const sentences = oneSided(data).join(" ");
    if (!transpose && names.some((name) => /^emnist/i.test(name)))
      offer(
        `EMNIST has rows and columns of its images swapped. ${sentences}`.trim(),
        "Turn them",
        () => void useFiles(files, true),
      );
    else if (sentences) note(sentences);
  }, names);
}

element("settings").addEventListener("submit", (event) => {
  event.preventDefault();
  if (state === "training") return session.pause();
  if (running) return;
  if (state === "paused") start(follow);
  else start(async () => train(form.checked()));
});
element("reset").addEventListener("click", () => void reset());
element("csv").addEventListener("click", () =>
  download("stairstep-curves.csv", toCsv(chart.runs), "text/csv"),
);
element("svg").addEventListener("click", () =>
  download("stairstep-curves.svg", toSvg(chart.runs), "image/svg+xml"),
);
element("keep").addEventListener("click", () => {
  session.training
    ?.checkpoint()
    .then((checkpoint) =>
      download("stairstep.safetensors", encodeCheckpoint(checkpoint), "application/octet-stream"),
    )
    .catch(complain);
});
element("link").addEventListener("click", async () => {
  await navigator.clipboard.writeText(location.href).catch(() => {});
  show("linked", "The address of this page is the link.");
});
const chosen = (id: string): File[] => [...(input(id).files ?? [])];
input("load").addEventListener("change", () => void useFiles(chosen("load")));
input("files").addEventListener("change", () => void useFiles(chosen("files")));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  void useFiles([...(event.dataTransfer?.files ?? [])]);
});

form.setUp(() => {
  history.replaceState(null, "", `#${toFragment(form.read())}`);
  if (state === "paused" || state === "done") enter("done"); // other settings are another run
});

function readAddress(epochs: number): void {
  try {
    const given = fromFragment(location.hash);
    form.write(
      new URLSearchParams(location.hash.slice(1)).has("epochs") ? given : { ...given, epochs },
    );
  } catch (error) {
    complain(error);
    form.write({ ...fromFragment(""), epochs });
  }
}
addEventListener("hashchange", () => readAddress(form.read().epochs));

readAddress(20);
button.disabled = true;
try {
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
  button.disabled = false;
  session.dataset().catch(complain);
  const kept = await lastRun();
  if (kept) {
    const from = decodeCheckpoint("the last run", kept);
    const layers = from.hidden
      .map(({ neuron, units, size }) => `${units} ${neuronName(neuron, size)}`)
      .join(", ");
    offer(
      `Your last run (${layers}) is kept, after ` +
        `${(from.step / from.stepsPerEpoch).toFixed(1)} of ${from.epochs} epochs.`,
      "Open it",
      () => start(() => open(from, layers)),
    );
  }
} catch (error) {
  show("adapter", "No GPU.");
  complain(error, adviceWithoutGpu());
}
// Without it, only offline use is missing.
if (import.meta.env.PROD) void navigator.serviceWorker?.register("./sw.js").catch(() => {});
