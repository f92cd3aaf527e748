/**
 * A run's state as a safetensors file: F32 tensors `layer1.weight` [inputs, outputs], `layer1.bias`
 * [outputs], … (`member2.layer1.weight`, … in a population), `inputs.mean` and `inputs.scale` [inputs]
 * where features are standardised, and what a run goes on from in `__metadata__`.
 */
import { StairstepError } from "../runtime/errors";
import { findOptimizer } from "../shaders/optimizers/catalogue";
import { layerSizes } from "./buffers";
import { readTensors, type Tensor, writeTensors } from "./safetensors";
import { memberAt, neuronLayer, resolve, type Spec, stepsOf } from "./spec";
import type { Checkpoint, LayerWeights, Provenance } from "./state";

const FORMAT = "stairstep-2";

const names = (members: number, member: number, layer: number) =>
  `${members > 1 ? `member${member + 1}.` : ""}layer${layer + 1}`;

/** The n-th number that the optimizer keeps beside each; the number itself for 0. */
const suffix = (n: number): string => (n === 0 ? "" : `.state${n}`);

/** The file's bytes. */
export function encodeCheckpoint({
  weights,
  scaling,
  ...model
}: Checkpoint): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, Tensor>();
  const add = (name: string, { buffer, byteOffset, byteLength }: Float32Array, shape: number[]) => {
    const bytes = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
    tensors.set(name, { dtype: "F32", shape, bytes });
  };
  weights.forEach((layers, m) => {
    layers.forEach((layer, i) => {
      const name = names(weights.length, m, i);
      for (const [n, { weights: matrix, bias }] of [layer, ...(layer.state ?? [])].entries()) {
        add(`${name}.weight${suffix(n)}`, matrix, [matrix.length / bias.length, bias.length]);
        add(`${name}.bias${suffix(n)}`, bias, [bias.length]);
      }
    });
  });
  for (const [key, values] of Object.entries(scaling ?? {}))
    add(`inputs.${key}`, values, [values.length]);
  return writeTensors({ metadata: { format: FORMAT, model: JSON.stringify(model) }, tensors });
}

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

/** The settings in the metadata, checked as those of a run are. */
function modelOf(metadata: Readonly<Record<string, string>>, refuse: Refuse) {
  if (metadata.format !== FORMAT) return refuse(`its metadata lacks the format ${FORMAT}`);
  let model: Omit<Checkpoint, "weights">;
  try {
    model = JSON.parse(metadata.model ?? "");
  } catch {
    return refuse("its settings are not JSON");
  }
  const { inputs, classes, step, dtype } = model;
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
  const end = stepsOf(spec);
  if (step > end) return refuse(`its step is ${step}, and its run ends after ${end}`);
  const read = { inputs, classes, ...(dtype ? { dtype } : {}) };
  return { spec, read, step, provenance };
}

/**
 * Reads what `encodeCheckpoint` wrote. Throws `StairstepError` that names `name` for anything else:
 * a file that is no sound safetensors, tensors missing, besides, of another type or shape, or not
 * finite.
 */
export function decodeCheckpoint(name: string, file: Uint8Array<ArrayBuffer>): Checkpoint {
  const refuse: Refuse = (why) => {
    throw new StairstepError(
      `${name} is not a Stairstep model (${why}): give one that train --save or the page wrote`,
    );
  };
  const { metadata, tensors: found } = readTensors(file, refuse);
  const { spec, read, step, provenance } = modelOf(metadata, refuse);
  const { inputs, classes, dtype } = read;
  const tensors = new Map(found);
  const hidden = spec.hidden.map((layer) => neuronLayer(layer, "training"));
  const sizes = layerSizes(hidden, inputs, classes);
  const states = findOptimizer(spec.optimizer)?.state ?? 0;
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
  return { ...optionsOf(spec), ...provenance, step, ...read, ...(scaling && { scaling }), weights };
}

type Settings = Omit<
  Checkpoint,
  "step" | "inputs" | "classes" | "dtype" | "scaling" | "weights" | keyof Provenance
>;

/** What `train` needs to build the same run again; with `from: checkpoint`, it goes on. */
export const optionsOf = ({
  hidden,
  members,
  dataSeed,
  batch,
  loss,
  optimizer,
  stepsPerEpoch,
  epochs,
}: Settings): Settings => ({
  hidden,
  members,
  dataSeed,
  batch,
  loss,
  optimizer,
  stepsPerEpoch,
  epochs,
});

/** One member's share of a population's checkpoint. */
export function memberOf(checkpoint: Checkpoint, member: number): Checkpoint {
  const members = [memberAt(checkpoint.members, member)];
  return { ...checkpoint, members, weights: [checkpoint.weights[member] as LayerWeights[]] };
}
