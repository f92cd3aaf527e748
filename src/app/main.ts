/** The page: settings in, curves out. */
import {
  type Dataset,
  type Device,
  fetchMnist,
  filesFromList,
  layer,
  neurons,
  type Report,
  requestDevice,
  StairstepError,
  train,
  uploadDataset,
} from "../index";
import { Chart } from "./chart";
import "./style.css";

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const input = (id: string) => element<HTMLInputElement>(id);
const neuronSelect = element<HTMLSelectElement>("neuron");
const button = element<HTMLButtonElement>("train");
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const show = (id: string, text: string): void => {
  element(id).textContent = text;
};

function complain(error: unknown): void {
  const message = element("message");
  message.textContent = error instanceof Error ? error.message : String(error);
  message.hidden = false;
  if (!(error instanceof StairstepError)) console.error(error);
}

neuronSelect.append(...neurons.map(({ name }) => new Option(name, name, name === "onehot", name === "onehot")));
const chart = new Chart(element("chart"), 20);
let stop: AbortController | undefined;
let device: Device | undefined;
let data: Promise<Dataset> | undefined;

function showNeuron(): void {
  const neuron = neurons.find((n) => n.name === neuronSelect.value);
  if (!neuron) return;
  show("about", `${neuron.name}: ${neuron.summary}.`);
  element("size-field").hidden = !neuron.size;
  if (neuron.size) {
    show("size-name", neuron.size.name === "levels" ? "Levels" : "Categories");
    input("size").min = String(neuron.size.minimum);
    input("size").value = String(neuron.size.initial);
  }
}

function loadMnist(on: Device): Promise<Dataset> {
  show("dataset", "· downloading MNIST …");
  const loading = fetchMnist(new URL("mnist/", document.baseURI)).then((files) => uploadDataset(on, files));
  loading.then(
    (set) => show("dataset", `· MNIST: ${set.training.count.toLocaleString("en")} images to learn from`),
    () => {
      show("dataset", "");
      data = undefined; // so that the next press tries again
    },
  );
  return loading;
}

async function useFiles(files: Iterable<File>): Promise<void> {
  if (!device) return;
  element("message").hidden = true;
  try {
    const set = uploadDataset(device, await filesFromList(files));
    (await data?.catch(() => undefined))?.destroy();
    data = Promise.resolve(set);
    show("dataset", `· your data: ${set.training.count.toLocaleString("en")} images to learn from, ${set.classes} classes`);
  } catch (error) {
    complain(error);
  }
}

function showReport({ epoch, training, validation, step }: Report, start: number): void {
  chart.add(epoch, training.accuracy, validation.accuracy);
  show("validation", percent(validation.accuracy));
  show("training", percent(training.accuracy));
  show("epoch", epoch.toFixed(1));
  show("speed", Math.round(step / ((performance.now() - start) / 1000)).toLocaleString("en"));
}

async function run(on: Device): Promise<void> {
  const epochs = input("epochs").valueAsNumber;
  const neuron = neurons.find((n) => n.name === neuronSelect.value);
  const name = neuron?.size ? `${neuron.name}:${input("size").value}` : neuronSelect.value;
  const { signal } = (stop = new AbortController());
  data ??= loadMnist(on);
  const set = await data;
  const training = train(on, set, { hidden: [layer(name, input("units").valueAsNumber)], epochs, signal });
  try {
    await training.ready();
    chart.clear(epochs);
    for (const id of ["validation", "training", "epoch", "speed", "test"]) show(id, "–");
    const start = performance.now();
    for await (const report of training) showReport(report, start);
    show("test", percent((await training.evaluate("test"))[0] as number));
  } finally {
    await training.destroy();
  }
}

element("settings").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (stop) return stop.abort();
  if (!device) return;
  element("message").hidden = true;
  button.textContent = "Stop";
  try {
    await run(device);
  } catch (error) {
    if ((error as Error).name !== "AbortError") complain(error);
  } finally {
    stop = undefined;
    button.textContent = "Train";
  }
});
neuronSelect.addEventListener("change", showNeuron);
input("files").addEventListener("change", () => useFiles(input("files").files ?? []));
element("own").addEventListener("dragover", (event) => event.preventDefault());
element("own").addEventListener("drop", (event) => {
  event.preventDefault();
  void useFiles(event.dataTransfer?.files ?? []);
});

showNeuron();
button.disabled = true;
try {
  device = await requestDevice();
  show("adapter", `${device.adapter.name}${device.adapter.software ? ": no GPU, so expect seconds per tenth of an epoch" : ""}`);
  if (device.adapter.software) input("epochs").value = "2";
  data = loadMnist(device);
  data.catch(complain);
  button.disabled = false;
} catch (error) {
  show("adapter", "No GPU.");
  complain(error);
}
