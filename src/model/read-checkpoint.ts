/**
 * A model's file, read in two steps: its settings, whose neurons from outside the catalogue are
 * WGSL; and, once those are found, its tensors.
 */
import { StairstepError } from "../runtime/errors";
import { findOptimizer } from "../shaders/optimizers/catalogue";
import { layerSizes } from "./buffers";
import { readTensors, type Tensor, type Tensors } from "./safetensors";
import { neuronLayer, resolve, type Spec, stepsOf } from "./spec";
import { type Checkpoint, type LayerWeights, optionsOf, type Provenance } from "./state";

export const FORMAT = "stairstep-2";

/** What the tensors of a layer begin with. */
const names = (members: number, member: number, layer: number) =>
  `${members > 1 ? `member${member + 1}.` : ""}layer${layer + 1}`;

/** The n-th number that the optimizer keeps beside each; the number itself for 0. */
const suffix = (n: number): string => (n === 0 ? "" : `.state${n}`);

type Refuse = (why: string) => never;

const shown = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

/** Takes the tensor of a name as numbers of a shape, all finite. */
function take(
  tensors: Map<string, Tensor>,
  name: string,
  shape: readonly number[],
  refuse: Refuse,
) {
  const tensor = tensors.get(name);
  if (!tensor) return refuse(`its tensor ${name} is missing`);
  tensors.delete(name);
  if (tensor.dtype !== "F32") return refuse(`its tensor ${name} is ${tensor.dtype}, not F32`);
  if (shown(tensor.shape) !== shown(shape)) {
    const transposed = shown(tensor.shape.toReversed()) === shown(shape);
    return refuse(
      `its tensor ${name} has the shape ${shown(tensor.shape)}` +
        (transposed ? `: transpose it, to [inputs, outputs]` : `, and its settings say`) +
        ` ${shown(shape)}`,
    );
  }
  const numbers = new Float32Array(tensor.bytes.buffer);
  const broken = numbers.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) return refuse(`its tensor ${name} holds ${numbers[broken]} at place ${broken}`);
  return numbers;
}

const isText = (value: unknown): boolean => typeof value === "string";

/** What the run was made with, as far as the file says it. */
function provenanceOf({ data, version, kernels }: Provenance, refuse: Refuse): Provenance {
  const texts = data && [data.name, data.fingerprint, data.validation];
  if (data !== undefined && !(data && texts?.every(isText)))
    return refuse("its data has no name and fingerprint");
  const { name = "", fingerprint = "", validation = "", standardised } = data ?? {};
  const scaled = standardised === true ? { standardised } : {};
  return {
    ...(data ? { data: { name, fingerprint, validation, ...scaled } } : {}),
    ...(isText(version) ? { version } : {}),
    ...(kernels === "gpu" || kernels === "software" ? { kernels } : {}),
  } as Provenance;
}

/** A file that is sound as safetensors, with its settings as they were written. */
export interface Opened {
  name: string;
  /** The last of its layers' `own`, which are WGSL here; none for a network of the catalogue. */
  outside: string | undefined;
  model: Omit<Checkpoint, "weights">;
  tensors: Tensors["tensors"];
  refuse: Refuse;
  /** Whether what the optimizer keeps was left out. */
  stateless?: boolean | undefined;
}

/** The tensors of a checkpoint at hand, as in its file; `stateless`, without an optimizer's. */
export function tensorsOf(
  { weights, scaling }: Checkpoint,
  stateless?: boolean,
): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  const add = (name: string, values: Float32Array, shape: number[]) => {
    // Of another realm's, too; JSON, for one, leaves objects in their place.
    const f32 = values?.[Symbol.toStringTag] === "Float32Array";
    const bytes = new Uint8Array(new Float32Array(f32 ? values : []).buffer);
    tensors.set(name, { dtype: f32 ? "F32" : "no Float32Array", shape, bytes });
  };
  weights.forEach((layers, m) => {
    layers.forEach((layer, i) => {
      const name = names(weights.length, m, i);
      const all = stateless ? [layer] : [layer, ...(layer.state ?? [])];
      for (const [n, { weights: matrix, bias }] of all.entries()) {
        add(`${name}.weight${suffix(n)}`, matrix, [matrix.length / bias.length, bias.length]);
        add(`${name}.bias${suffix(n)}`, bias, [bias.length]);
      }
    });
  });
  for (const [key, values] of Object.entries(scaling ?? {}))
    add(`inputs.${key}`, values, [values.length]);
  return tensors;
}

/**
 * A copy of a checkpoint at hand; `stateless`, of what a network needs that is not trained on.
 * Throws as for a file with its tensors.
 */
export const copyOf = (checkpoint: Checkpoint, stateless?: boolean): Checkpoint =>
  checkpointOf({
    ...{ name: "", outside: undefined, model: checkpoint, stateless },
    ...{ tensors: tensorsOf(checkpoint, stateless), refuse: refuseOf("this checkpoint") },
  });

const refuseOf =
  (name: string): Refuse =>
  (why) => {
    throw new StairstepError(
      `${name} is not a Stairstep model (${why}): give one that train --save or the page wrote`,
    );
  };

/** Reads a file as far as it can be read without what is from outside the catalogue. */
export function openCheckpoint(name: string, file: Uint8Array | ArrayBuffer): Opened {
  const refuse = refuseOf(name);
  // A copy: `slice` of Node's Buffer, which is a Uint8Array too, would share its memory.
  const { metadata, tensors } = readTensors(new Uint8Array(file), refuse);
  if (metadata.format !== FORMAT) return refuse(`its metadata lacks the format ${FORMAT}`);
  let outside: string | undefined;
  try {
    const model =
      JSON.parse(metadata.model ?? "", (key, value) =>
        key === "own" ? (outside = `${value}`) : value,
      ) ?? {};
    return { name, outside, model, tensors, refuse };
  } catch {
    return refuse("its settings are not JSON");
  }
}

/** The settings in the metadata, checked as those of a run are. */
function modelOf({ model, refuse }: Opened) {
  const { inputs, classes, step, dtype, outputs } = model;
  if (dtype !== undefined && dtype !== "f32")
    return refuse(`its dtype is ${JSON.stringify(dtype)}`);
  for (const [key, value] of Object.entries({ inputs, classes, step })) {
    if (!Number.isSafeInteger(value) || value < (key === "step" ? 0 : 1))
      return refuse(`its ${key} is ${JSON.stringify(value)}`);
  }
  const provenance = provenanceOf(model, refuse);
  let spec: Spec;
  try {
    spec = resolve(optionsOf(model));
  } catch (error) {
    return refuse(
      error instanceof StairstepError ? error.message : "its settings are not those of a network",
    );
  }
  const own = spec.task !== "classify";
  if (own ? !(Number.isSafeInteger(outputs) && (outputs as number) > 0) : outputs !== undefined)
    return refuse(`its task is ${spec.task}, and its outputs ${JSON.stringify(outputs)}`);
  const end = stepsOf(spec);
  if (step > end) return refuse(`its step is ${step}, and its run ends after ${end}`);
  return {
    spec,
    ...provenance,
    step,
    inputs,
    classes,
    ...(own ? { outputs } : {}),
    ...(dtype ? { dtype } : {}),
  };
}

/** Checks settings, whose neurons are all known, and takes the tensors. */
export function checkpointOf(opened: Opened): Checkpoint {
  const { tensors, refuse } = opened;
  const { spec, ...model } = modelOf(opened);
  const { inputs, classes, outputs = classes, dtype } = model;
  const hidden = spec.hidden.map((layer) => neuronLayer(layer, "training"));
  const sizes = layerSizes(hidden, inputs, outputs);
  const states = (!opened.stateless && findOptimizer(spec.optimizer)?.state) || 0;
  const weights = spec.members.map((_, m) =>
    sizes.map(({ inputs, outputs }, i): LayerWeights => {
      const place = names(spec.members.length, m, i);
      const [numbers, ...state] = Array.from({ length: 1 + states }, (_, n) => ({
        weights: take(tensors, `${place}.weight${suffix(n)}`, [inputs, outputs], refuse),
        bias: take(tensors, `${place}.bias${suffix(n)}`, [outputs], refuse),
      }));
      return { ...(numbers as LayerWeights), ...(states > 0 ? { state } : {}) };
    }),
  );
  const scaled = dtype && ["mean", "scale"].some((key) => tensors.has(`inputs.${key}`));
  const scaling = scaled && {
    mean: take(tensors, "inputs.mean", [inputs], refuse),
    scale: take(tensors, "inputs.scale", [inputs], refuse),
  };
  const [extra] = tensors.keys();
  if (extra !== undefined) return refuse(`its tensor ${extra} is none of its network's`);
  return { ...optionsOf(spec), ...model, ...(scaling && { scaling }), weights };
}
