/**
 * What a visitor can choose, as plain data: read from the form, kept in the address, turned into
 * options of a run.
 */
import { neuronName } from "../format";
import {
  type HiddenLayer,
  KERNEL_CHOICES,
  type KernelChoice,
  layer,
  neurons,
  type OptimizerName,
  optimizers,
  StairstepError,
  type TrainOptions,
} from "../index";

export interface Settings {
  neuron: string;
  /** Levels or categories; ignored by neurons without. */
  size: number;
  units: number;
  layers: number;
  estimator: string;
  deterministic: boolean;
  tau: number;
  slope: number;
  anneal: number;
  normalise: boolean;
  optimizer: string;
  rate: number;
  members: number;
  seed: number;
  epochs: number;
  /** Which kernels run: for comparisons and bug reports. */
  kernels: KernelChoice;
}

/** [kind, least, most] of each number; addresses and the form are held to them. */
export const LIMITS = {
  size: ["whole", 2, 50],
  units: ["whole", 1, 1000],
  layers: ["whole", 1, 4],
  tau: ["number", 0.05, 10],
  slope: ["number", 0.05, 50],
  anneal: ["number", 0.5, 3],
  rate: ["number", 0.0001, 10],
  members: ["whole", 1, 16],
  seed: ["whole", 0, 1e9],
  epochs: ["whole", 1, 200],
} as const;

/** The optimizer with its own learning rate, for when another one is chosen. */
export function ofOptimizer(name: string): Pick<Settings, "optimizer" | "rate"> {
  const optimizer = optimizers.find((o) => o.name === name);
  return { optimizer: name, rate: optimizer?.rate ?? Number.NaN };
}

export const DEFAULTS: Settings = {
  neuron: "onehot",
  size: 5,
  units: 100,
  layers: 1,
  estimator: "straight-through",
  deterministic: false,
  tau: 1,
  slope: 1,
  anneal: 1,
  normalise: false,
  ...ofOptimizer(optimizers[0]?.name ?? ""),
  members: 1,
  seed: 1,
  epochs: 20,
  kernels: "auto",
};

/** The neuron's own defaults, for when another one is chosen. */
export function ofNeuron(name: string): Pick<Settings, "neuron" | "size" | "estimator" | "slope"> {
  const neuron = neurons.find((n) => n.name === name);
  return {
    neuron: name,
    size: neuron?.size?.initial ?? 2,
    estimator: neuron?.estimators[0]?.name ?? "",
    slope: neuron?.slope ?? 1,
  };
}

/** Throws `StairstepError` that names the first setting out of range. */
export function check(settings: Settings): Settings {
  const neuron = neurons.find((n) => n.name === settings.neuron);
  if (!neuron)
    throw new StairstepError(
      `there is no neuron ${settings.neuron.slice(0, 30)}: choose from ` +
        `${neurons.map((n) => n.name).join(", ")}`,
    );
  if (!neuron.estimators.some(({ name }) => name === settings.estimator)) {
    throw new StairstepError(
      `${neuron.name} has no estimator ${settings.estimator.slice(0, 30)}: choose from ` +
        `${neuron.estimators.map(({ name }) => name).join(", ")}`,
    );
  }
  if (!optimizers.some(({ name }) => name === settings.optimizer))
    throw new StairstepError(
      `there is no optimizer ${settings.optimizer.slice(0, 30)}: choose from ` +
        `${optimizers.map(({ name }) => name).join(", ")}`,
    );
  if (!KERNEL_CHOICES.includes(settings.kernels))
    throw new StairstepError(
      `there are no kernels ${String(settings.kernels).slice(0, 30)}: choose from ` +
        `${KERNEL_CHOICES.join(", ")}`,
    );
  for (const [key, [kind, least, most]] of Object.entries(LIMITS)) {
    const value = settings[key as keyof typeof LIMITS];
    if (!(value >= least && value <= most) || (kind === "whole" && !Number.isInteger(value))) {
      throw new StairstepError(
        `${key} must be a ${kind === "whole" ? "whole number" : "number"} from ${least} to ` +
          `${most}, got ${value}`,
      );
    }
  }
  return settings;
}

/**
 * What differs from the defaults, as an address's fragment; of `unchosen` settings nothing, which
 * are this adapter's own.
 */
export function toFragment(settings: Settings, unchosen: readonly (keyof Settings)[] = []): string {
  const { neuron, optimizer } = settings;
  const defaults = { ...DEFAULTS, ...ofNeuron(neuron), ...ofOptimizer(optimizer) };
  const pairs = Object.entries(settings).filter(
    ([key, value]) =>
      key === "neuron" ||
      (key === "optimizer" && value !== DEFAULTS.optimizer) ||
      (value !== defaults[key as keyof Settings] && !unchosen.includes(key as keyof Settings)),
  );
  return new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString();
}

/** The settings of an address's fragment. Throws `StairstepError` for what makes none. */
export function fromFragment(fragment: string): Settings {
  const given = new URLSearchParams(fragment.slice(0, 1000).replace(/^#/, ""));
  const settings: Settings = {
    ...DEFAULTS,
    ...ofNeuron(given.get("neuron") ?? DEFAULTS.neuron),
    ...ofOptimizer(given.get("optimizer") ?? DEFAULTS.optimizer),
  };
  for (const [key, text] of given) {
    if (!Object.hasOwn(DEFAULTS, key))
      throw new StairstepError(
        `this link has a setting ${key.slice(0, 30)}, which this page does not know`,
      );
    if (given.getAll(key).length > 1)
      throw new StairstepError(`this link has ${key} twice: leave one of them out`);
    const before = DEFAULTS[key as keyof Settings];
    if (typeof before === "boolean" && text !== "true" && text !== "false")
      throw new StairstepError(`${key} must be true or false, got ${text.slice(0, 30)}`);
    const value =
      typeof before === "number"
        ? text.trim() === ""
          ? Number.NaN
          : Number(text)
        : typeof before === "boolean"
          ? text === "true"
          : text;
    Object.assign(settings, { [key]: value });
  }
  return check(settings);
}

/** As `train` takes it. */
export function toOptions(settings: Settings): TrainOptions {
  const {
    neuron,
    size,
    units,
    layers,
    estimator,
    deterministic,
    normalise,
    optimizer,
    rate,
    members,
    seed,
    epochs,
    slope,
    anneal,
    tau,
  } = settings;
  const hidden: HiddenLayer = layer(neuronName(neuron, size), units, {
    estimator,
    stochastic: !deterministic,
    normalise,
  });
  return {
    hidden: Array<HiddenLayer>(layers).fill(hidden),
    optimizer: optimizer as OptimizerName,
    learningRate: rate,
    members,
    seed,
    epochs,
    slope,
    anneal,
    tau,
  };
}
