/** The settings of a code that a visitor trains. */
import { layer, neurons, StairstepError, type TrainOptions } from "../../index";
import { input, select } from "../dom";

type Limits = readonly [kind: "whole" | "number", least: number, most: number, initial: number];

/** By the ids of their fields. */
const LIMITS: Readonly<Record<string, Limits>> = {
  "code-neurons": ["whole", 1, 60, 20],
  "code-choices": ["whole", 2, 16, 10],
  "code-units": ["whole", 1, 1000, 200],
  "code-weight": ["number", 0, 10, 1],
  "code-rate": ["number", 0.00001, 1, 0.001],
  "code-epochs": ["number", 0.1, 100, 5],
};
const ESTIMATOR = "gumbel";

export function fillSettings(): void {
  for (const [id, [kind, least, most, initial]] of Object.entries(LIMITS))
    Object.assign(input(id), {
      min: String(least),
      max: String(most),
      step: kind === "whole" ? "1" : "any",
      value: String(initial),
      required: true,
    });
  const estimators = neurons.find(({ name }) => name === "onehot")?.estimators ?? [];
  const options = estimators.map(({ name }) => new Option(name, name, false, name === ESTIMATOR));
  select("code-estimator").append(...options);
}

/** What the form says. Throws `StairstepError` that names a number out of range. */
export function readSettings(): TrainOptions & { task: "reconstruct" } {
  const read = (id: string): number => {
    const field = input(id);
    if (field.validity.valid) return field.valueAsNumber;
    field.closest("details")?.setAttribute("open", "");
    field.focus();
    const [kind, least, most] = LIMITS[id] as Limits;
    const number = kind === "whole" ? "whole number" : "number";
    throw new StairstepError(
      `${field.labels?.[0]?.textContent} must be a ${number} from ${least} to ${most}` +
        `${field.value ? `, not ${field.value}` : ""}`,
    );
  };
  const side = layer("tanh", read("code-units"));
  const letters = layer(`onehot:${read("code-choices")}`, read("code-neurons"), {
    estimator: select("code-estimator").value,
  });
  return {
    task: "reconstruct",
    hidden: [side, letters, side],
    kl: read("code-weight"),
    optimizer: "adam",
    learningRate: read("code-rate"),
    epochs: read("code-epochs"),
  };
}
