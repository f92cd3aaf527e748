/** The form and the settings: each shows the other. */
import { type KernelChoice, neurons, optimizers, StairstepError } from "../index";
import { element, input, select, show } from "./dom";
import { formula, MEANING, STEPS } from "./formulas";
import { OPTIMIZERS } from "./names";
import { check, DEFAULTS, LIMITS, ofNeuron, ofOptimizer, type Settings } from "./settings";
import { addSliders, moveSliders } from "./sliders";

const numbers = Object.keys(LIMITS) as (keyof typeof LIMITS)[];

/** The optimizer that the form showed last: another brings its own rate, unless one was typed. */
let { optimizer: last } = DEFAULTS;

/** Fills the lists, and calls `changed` with the id of what the visitor changes. */
export function setUp(changed: (id: string) => void): void {
  select("neuron").append(
    ...neurons.map(({ name, summary }) => new Option(`${name}: ${summary}`, name)),
  );
  select("optimizer").append(
    ...optimizers.map(({ name }) => new Option(OPTIMIZERS[name] ?? name, name)),
  );
  for (const key of numbers) {
    const [kind, least, most] = LIMITS[key];
    // A step of "any" with a least value would reject nothing else; whole numbers are held to
    // theirs.
    Object.assign(input(key), {
      min: String(least),
      max: String(most),
      step: kind === "whole" ? "1" : "any",
      required: true,
    });
  }
  addSliders();
  select("neuron").addEventListener("change", () =>
    write({ ...read(), ...ofNeuron(select("neuron").value) }),
  );
  select("optimizer").addEventListener("change", () => {
    const settings = read();
    const typed = settings.rate !== ofOptimizer(last).rate;
    write({ ...settings, ...(typed ? {} : ofOptimizer(settings.optimizer)) });
  });
  element("settings").addEventListener("change", (event) => {
    const { id } = event.target as HTMLElement;
    if (id === "files") return;
    write(read());
    changed(id);
  });
}

/** What the form says, whether it is allowed or not. */
export function read(): Settings {
  const { neuron, estimator } = {
    neuron: select("neuron").value,
    estimator: select("estimator").value,
  };
  const values = Object.fromEntries(numbers.map((key) => [key, input(key).valueAsNumber])) as Pick<
    Settings,
    keyof typeof LIMITS
  >;
  return {
    neuron,
    estimator,
    optimizer: select("optimizer").value,
    ...values,
    deterministic: input("deterministic").checked,
    normalise: input("normalise").checked,
    kernels: select("kernels").value as KernelChoice,
  };
}

/** The form's settings. Throws `StairstepError` that names one out of range. */
export const checked = (): Settings => check(read());

/** The numbers that are out of range, of those that can be seen. */
export const wrong = (): HTMLInputElement[] =>
  numbers.map(input).filter((field) => !field.validity.valid && !field.closest("[hidden]"));

/** Shows the first number out of range, wherever it is; returns what is wrong with it. */
export function problem(): StairstepError | undefined {
  for (const key of numbers) // what nobody sees takes nothing amiss
    if (input(key).closest("[hidden]") && !input(key).validity.valid)
      input(key).value = String(DEFAULTS[key]);
  const [field] = wrong();
  if (!field) return undefined;
  field.closest("details")?.setAttribute("open", "");
  field.focus();
  const [kind, least, most] = LIMITS[field.id as keyof typeof LIMITS];
  return new StairstepError(
    `${field.labels?.[0]?.textContent} must be a ${kind === "whole" ? "whole number" : "number"} ` +
      `from ${least} to ${most}${field.value ? `, not ${field.value}` : ""}`,
  );
}

/** Shows settings, and what they mean. */
export function write(settings: Settings): void {
  const neuron = neurons.find(({ name }) => name === settings.neuron);
  if (!neuron) return;
  select("neuron").value = settings.neuron;
  for (const key of numbers)
    if (!Number.isNaN(settings[key])) input(key).value = String(settings[key]);
  input("deterministic").checked = settings.deterministic;
  input("normalise").checked = settings.normalise;
  select("kernels").value = settings.kernels;
  select("optimizer").value = settings.optimizer;
  last = settings.optimizer;
  show("optimizer-hint", STEPS[last] ?? "");
  const estimators = neuron.estimators;
  select("estimator").replaceChildren(...estimators.map(({ name }) => new Option(name)));
  const estimator = estimators.find(({ name }) => name === settings.estimator) ?? estimators[0];
  select("estimator").value = estimator?.name ?? "";
  show("estimator-hint", `How the gradient passes the decision: ${estimator?.summary ?? ""}.`);
  element("size-field").hidden = !neuron.size;
  moveSliders();
  show("size-name", neuron.size?.name === "levels" ? "Levels" : "Categories");
  element("estimator-field").hidden = estimators.length < 2;
  element("tau-field").hidden = !estimator?.usesTau;
  element("formula").replaceChildren(formula(neuron.name));
  show("meaning", MEANING[neuron.name] ?? "");
}
