/**
 * Neurons and estimators from outside the catalogue: checked where a layer is made of them, and
 * found again for a file, which has their names and WGSL. Nothing is registered anywhere.
 */
import { StairstepError } from "../runtime/errors";
import { checkKeys } from "../runtime/keys";
import { findNeuron } from "../shaders/neurons/catalogue";
import type { Estimator, Neuron } from "../shaders/neurons/neuron";
import { checkSize, neuronLayer, resolveLayer } from "./spec";
import type { HiddenLayer } from "./state";

/** What a file's network is made of beside the catalogue. */
export interface OwnParts {
  neurons?: readonly Neuron[];
  estimators?: readonly Estimator[];
}

const DRAWS = ["none", "neuron", "category"];

/** Throws unless `right`, with what is wrong and what to do. */
function check(right: boolean, problem: string, remedy: string): void {
  if (!right) throw new StairstepError(`${problem}: ${remedy}`);
}

const shown = (value: unknown): string =>
  typeof value === "function" ? "a function" : (JSON.stringify(value) ?? String(value));

/** Names are parts of `name:size`, of messages and of files. */
function checkName(what: string, { name }: { name: unknown }): void {
  check(
    typeof name === "string" && /^[\w-]+$/.test(name),
    `the name of ${what} is ${shown(name)}`,
    "give it one of letters, digits and dashes, such as leaky-staircase",
  );
}

function checkEstimator(estimator: Estimator, of: string): void {
  check(
    typeof estimator === "object" && estimator !== null,
    `an estimator of ${of} is ${shown(estimator)}`,
    "give an object, as oneHotEstimator makes it",
  );
  checkName(`an estimator of ${of}`, estimator);
  const { name, draws, backDraws = 0, code } = estimator;
  check(
    DRAWS.includes(draws),
    `draws of the estimator ${name} is ${shown(draws)}`,
    `choose from ${DRAWS.join(", ")}`,
  );
  check(
    Number.isSafeInteger(backDraws) && backDraws >= 0,
    `backDraws of the estimator ${name} is ${shown(backDraws)}`,
    "give a whole number of 0 or more",
  );
  check(
    typeof code === "function",
    `code of the estimator ${name} is ${shown(code)}`,
    "give a function of the options that returns shared, fire and back",
  );
}

/** Throws `StairstepError` for what is no neuron, and for a name that the catalogue has. */
function checkNeuron(neuron: Neuron): Neuron {
  check(
    typeof neuron === "object" && neuron !== null,
    `a neuron is ${shown(neuron)}`,
    "give a name of the catalogue, or an object, as ordered and real make it",
  );
  checkName("a neuron", neuron);
  const { name, size, slope, group, activation, estimators } = neuron;
  check(
    !findNeuron(name),
    `a neuron from outside is called ${name}, as one of the catalogue is`,
    "give it another name",
  );
  check(
    size === undefined ||
      (typeof size?.name === "string" &&
        [size.minimum, size.initial].every((n) => Number.isSafeInteger(n) && n >= 1)),
    `size of the neuron ${name} is ${shown(size)}`,
    'give { name: "levels", minimum: 2, initial: 5 }, or none',
  );
  check(
    slope === undefined || (Number.isFinite(slope) && slope > 0),
    `slope of the neuron ${name} is ${shown(slope)}`,
    "give a number above 0, or none",
  );
  for (const [key, value] of Object.entries({ group, activation }))
    check(
      typeof value === "function" || (key === "activation" && !("activation" in neuron)),
      `${key} of the neuron ${name} is ${shown(value)}`,
      "give a function of the size",
    );
  check(
    Array.isArray(estimators) && estimators.length > 0,
    `estimators of the neuron ${name} are ${shown(estimators)}`,
    "list one or more; ordered and real bring theirs",
  );
  for (const estimator of estimators) checkEstimator(estimator, name);
  const names = estimators.map((one) => one.name);
  const twice = names.find((one, i) => names.indexOf(one) < i);
  check(!twice, `the neuron ${name} has two estimators ${twice}`, "give each a name of its own");
  return neuron;
}

/** A neuron with one estimator more. */
function withEstimator(neuron: Neuron, estimator: Estimator): Neuron {
  checkEstimator(estimator, neuron.name);
  check(
    !neuron.estimators.some(({ name }) => name === estimator.name),
    `${neuron.name} has an estimator ${estimator.name} already`,
    "give yours another name",
  );
  return { ...neuron, estimators: [...neuron.estimators, estimator] };
}

const FUNCTIONS = { shared: "", fire: "fn fire(", back: "fn back(" };

/** Throws unless group and code of a layer are what kernels are made of. */
function checkCode(neuron: Neuron, layer: HiddenLayer): void {
  const size = checkSize(neuron, layer.size ?? neuron.size?.initial ?? 1);
  const group = neuron.group(size);
  check(
    Number.isSafeInteger(group) && group >= 1,
    `group(${size}) of the neuron ${neuron.name} is ${shown(group)}`,
    "give how many pre-activations a neuron takes, 1 or more",
  );
  const estimator = layer.estimator ?? neuron.estimators[0]?.name;
  const { stochastic = true, normalise = false } = layer;
  const code = neuron.estimators
    .find(({ name }) => name === estimator)
    ?.code({ size, estimator: estimator as string, stochastic, normalise });
  if (!code && layer.estimator !== undefined) return; // as for the catalogue: `resolve` throws
  for (const [key, needed] of Object.entries(FUNCTIONS) as [keyof typeof FUNCTIONS, string][])
    check(
      typeof code?.[key] === "string" && code[key].includes(needed),
      `code of ${neuron.name} by ${estimator} has a ${key} of ${shown(code?.[key])}`,
      needed ? `give WGSL with ${needed}…)` : "give WGSL, or an empty text",
    );
}

/**
 * What `layer` puts beside a layer's names: the neuron itself, unless it and its estimator are the
 * catalogue's. Throws `StairstepError` for what is no neuron or no estimator.
 */
export function ownNeuron(
  neuron: string | Neuron,
  layer: HiddenLayer,
  estimator: string | Estimator | undefined,
): Neuron | undefined {
  const named = typeof neuron === "string";
  const base = named ? (findNeuron(layer.neuron) as Neuron) : checkNeuron(neuron);
  const outside = typeof estimator === "object" ? withEstimator(base, estimator) : base;
  if (outside === base && named) return undefined;
  checkCode(outside, layer);
  return outside;
}

/** What decides a layer's results: the text by which files know a neuron again. */
export function ownText(layer: HiddenLayer): string {
  const [training, evaluation] = (["training", "evaluation"] as const).map((purpose) => {
    const { neuron, options } = neuronLayer(resolveLayer(layer), purpose);
    const { draws, backDraws, code } = neuron.estimators.find(
      ({ name }) => name === options.estimator,
    ) as Estimator;
    const { shared, fire, back } = code(options);
    const drawn = `draws ${draws}${backDraws ? `, ${backDraws} back` : ""}`;
    return { draws: `group ${neuron.group(options.size)}, ${drawn}`, shared, fire, back };
  });
  return [...new Set([...Object.values(training ?? {}), evaluation?.fire])].join("\n");
}

/** Lines as written and without blanks and comments, which builds leave out. */
const linesOf = (text: string) =>
  text
    .split("\n")
    .map((line) => ({ line: line.trim(), bare: line.replace(/\/\/.*|\s/g, "") }))
    .filter(({ bare }) => bare);

/** Throws for a neuron whose WGSL is not the text that it had. */
function checkSame(theirs: string, ours: string, neuron: string): void {
  const [before, after] = [linesOf(theirs), linesOf(ours)];
  const longer = before.length > after.length ? before : after;
  const at = longer.findIndex((_, i) => before[i]?.bare !== after[i]?.bare);
  const quote = (line?: string) => (line === undefined ? "nothing more" : `"${line}"`);
  check(
    at < 0,
    `the neuron ${neuron} is not the one that this model was trained with: its WGSL had ` +
      `${quote(before[at]?.line)} and has ${quote(after[at]?.line)}`,
    "give it as it was, or train anew",
  );
}

/** A file's name and its layers, whose `own` is WGSL. */
interface Opened {
  name: string;
  model: { hidden: readonly HiddenLayer[] };
}

/**
 * Puts the neurons themselves into a file's layers, in place of their WGSL. Throws `StairstepError`
 * where they are not among `parts`, or have other WGSL.
 */
export function findOwn({ name, model }: Opened, parts: OwnParts = {}): void {
  checkKeys("what a model is made of", parts, ["neurons", "estimators"]);
  const { neurons = [], estimators = [] } = parts;
  for (const neuron of neurons) checkNeuron(neuron);
  if (!Array.isArray(model.hidden)) return;
  model.hidden = model.hidden.map((layer: HiddenLayer) => {
    const text: unknown = layer?.own;
    if (typeof text !== "string") return layer;
    const outside = neurons.find((one) => one.name === layer.neuron);
    const base = outside ?? findNeuron(layer.neuron);
    if (!base)
      throw new StairstepError(
        `${name} has neurons ${layer.neuron}, which are not the catalogue's: pass them, ` +
          "{ neurons: [yours] }",
      );
    const named = (one: Estimator) => one.name === layer.estimator;
    const estimator = estimators.find(named);
    if (!estimator && !base.estimators.some(named))
      throw new StairstepError(
        `${name} has an estimator ${layer.estimator}, which ${base.name} does not have: pass it, ` +
          "{ estimators: [yours] }",
      );
    const own = estimator ? withEstimator(base, estimator) : outside;
    checkSame(text, ownText({ ...layer, own }), base.name);
    return { ...layer, own };
  });
}

/** Throws for a run whose neurons from outside have other WGSL than its checkpoint's. */
export function checkOwn(theirs: readonly HiddenLayer[], ours: readonly HiddenLayer[]): void {
  for (const [i, layer] of ours.entries())
    if (layer.own)
      checkSame(ownText({ ...layer, own: theirs[i]?.own }), ownText(layer), layer.neuron);
}
