/**
 * A run's state as a safetensors file: an 8-byte little-endian header length, a JSON header, then
 * F32 tensors `layer1.weight` [inputs, outputs], `layer1.bias` [outputs], …
 * (`member2.layer1.weight`, … in a population), and what a run goes on from in `__metadata__`.
 * Format: github.com/huggingface/safetensors. (No maintained npm package writes it.)
 */
import type { Dataset } from "../data/dataset";
import { formatBytes } from "../format";
import { StairstepError } from "../runtime/errors";
import { findOptimizer } from "../shaders/optimizers/catalogue";
import { layerSizes } from "./buffers";
import { neuronLayer, resolve, type Spec } from "./spec";
import type { Checkpoint, LayerWeights } from "./state";

const FORMAT = "stairstep-2";
/** Headers are a few hundred bytes a layer and member; a longer one is not ours. */
const LONGEST_HEADER = 50e6;

const names = (members: number, member: number, layer: number) =>
  `${members > 1 ? `member${member + 1}.` : ""}layer${layer + 1}`;

/** The n-th number that the optimizer keeps beside each; the number itself for 0. */
const suffix = (n: number): string => (n === 0 ? "" : `.state${n}`);

/** The file's bytes. */
export function encodeCheckpoint({ weights, ...model }: Checkpoint): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = {
    __metadata__: { format: FORMAT, model: JSON.stringify(model) },
  };
  let end = 0;
  const tensors: Float32Array<ArrayBuffer>[] = [];
  const add = (name: string, tensor: Float32Array<ArrayBuffer>, shape: number[]) => {
    header[name] = { dtype: "F32", shape, data_offsets: [end, end + tensor.byteLength] };
    end += tensor.byteLength;
    tensors.push(tensor);
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
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = 8 * Math.ceil(text.length / 8);
  const file = new Uint8Array(8 + padded + end).fill(0x20, 8, 8 + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(text, 8);
  let at = 8 + padded;
  for (const tensor of tensors) {
    file.set(new Uint8Array(tensor.buffer, tensor.byteOffset, tensor.byteLength), at);
    at += tensor.byteLength;
  }
  return file;
}

interface Entry {
  dtype?: unknown;
  shape?: unknown;
  data_offsets?: unknown;
}

/**
 * Reads what `encodeCheckpoint` wrote. Throws `StairstepError` that names `name` for anything else.
 */
export function decodeCheckpoint(name: string, file: Uint8Array<ArrayBuffer>): Checkpoint {
  const refuse = (why: string): never => {
    throw new StairstepError(
      `${name} is not a Stairstep model (${why}): save one with train --save FILE`,
    );
  };
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = file.length >= 8 ? Number(view.getBigUint64(0, true)) : Number.POSITIVE_INFINITY;
  if (length > file.length - 8 || length > LONGEST_HEADER)
    refuse(`its header would pass its ${formatBytes(file.length)}`);
  let header: Record<string, Entry & { format?: unknown; model?: unknown }> = {};
  let model: Omit<Checkpoint, "weights"> | undefined;
  try {
    header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
    if (header.__metadata__?.format === FORMAT)
      model = JSON.parse(String(header.__metadata__.model));
  } catch {
    refuse("its header is not JSON");
  }
  if (!model) return refuse(`its metadata lacks the format ${FORMAT}`);
  const { inputs, classes, step } = model;
  for (const [key, value] of Object.entries({ inputs, classes, step })) {
    if (!Number.isSafeInteger(value) || value < (key === "step" ? 0 : 1))
      refuse(`its ${key} is ${JSON.stringify(value)}`);
  }
  let spec: Spec;
  try {
    spec = resolve(optionsOf(model));
  } catch (error) {
    return refuse(
      error instanceof StairstepError ? error.message : "its settings are not those of a network",
    );
  }
  const data = 8 + length;
  const tensor = (key: string, size: number): Float32Array<ArrayBuffer> => {
    const entry = Object.hasOwn(header, key) ? header[key] : undefined;
    const [begin, end] = Array.isArray(entry?.data_offsets) ? entry.data_offsets : [];
    if (
      entry?.dtype !== "F32" ||
      !Number.isSafeInteger(begin) ||
      begin < 0 ||
      end - begin !== 4 * size ||
      data + end > file.length
    )
      refuse(`its tensor ${key} is missing or not ${size} F32 values`);
    return new Float32Array(file.slice(data + begin, data + end).buffer);
  };
  const sizes = layerSizes(
    spec.hidden.map((layer) => neuronLayer(layer, "training")),
    inputs,
    classes,
  );
  const { length: count } = spec.members;
  const states = findOptimizer(spec.optimizer)?.state ?? 0;
  const weights = spec.members.map((_, m) =>
    sizes.map(({ inputs, outputs }, i): LayerWeights => {
      const [numbers, ...state] = Array.from({ length: 1 + states }, (_, n) => ({
        weights: tensor(`${names(count, m, i)}.weight${suffix(n)}`, inputs * outputs),
        bias: tensor(`${names(count, m, i)}.bias${suffix(n)}`, outputs),
      }));
      return { ...(numbers as LayerWeights), ...(states > 0 ? { state } : {}) };
    }),
  );
  return { ...optionsOf(spec), step, inputs, classes, weights };
}

type Settings = Omit<Checkpoint, "step" | "inputs" | "classes" | "weights">;

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
  const [members, weights] = [checkpoint.members[member], checkpoint.weights[member]];
  if (!members || !weights)
    throw new StairstepError(`there is no member ${member + 1} of ${checkpoint.members.length}`);
  return { ...checkpoint, members: [members], weights: [weights] };
}

const SETTINGS = [
  "hidden",
  "members",
  "dataSeed",
  "batch",
  "loss",
  "optimizer",
  "stepsPerEpoch",
] as const;

/** Throws unless a checkpoint is of this run and this data. */
export function checkFits(from: Checkpoint, spec: Spec, data: Dataset): void {
  if (from.inputs !== data.inputs || from.classes !== data.classes) {
    throw new StairstepError(
      `the model reads ${from.inputs} pixels and knows ${from.classes} classes, and the data ` +
        `has ${data.inputs} and ${data.classes}: use the data it was trained on`,
    );
  }
  for (const key of SETTINGS) {
    const [theirs, ours] = [JSON.stringify(from[key]), JSON.stringify(spec[key])];
    if (theirs !== ours)
      throw new StairstepError(
        `the checkpoint's ${key} is ${theirs}, and this run's ${ours}: go on with the ` +
          "settings it was made with",
      );
  }
}
