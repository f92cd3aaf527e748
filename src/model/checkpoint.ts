/**
 * A trained member as a safetensors file: an 8-byte little-endian header length, a JSON header, then F32 tensors
 * `layer1.weight` [inputs, outputs], `layer1.bias` [outputs], …; the spec in `__metadata__`.
 * Format: github.com/huggingface/safetensors. (No maintained npm package writes it.)
 */
import type { Dataset } from "../data/dataset";
import type { Device } from "../runtime/device";
import { formatBytes, StairstepError } from "../runtime/errors";
import { annealedSlope } from "../shaders/control";
import type { LayerWeights } from "./network";
import { type HiddenLayer, type MemberOptions, neuronLayer, resolve } from "./spec";
import { layerSizes, type Sizes } from "./step";
import { Training } from "./training";

export interface Checkpoint {
  hidden: readonly HiddenLayer[];
  member: MemberOptions;
  step: number;
  stepsPerEpoch: number;
  inputs: number;
  classes: number;
  layers: LayerWeights[];
}

const FORMAT = "stairstep-2";

/** The file's bytes. */
export function encodeCheckpoint({ layers, inputs, classes, ...rest }: Checkpoint): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = {
    __metadata__: { format: FORMAT, model: JSON.stringify({ inputs, classes, ...rest }) },
  };
  let end = 0;
  const tensors: Float32Array<ArrayBuffer>[] = [];
  layers.forEach(({ weights, bias }, i) => {
    for (const [name, tensor, shape] of [
      ["weight", weights, [weights.length / bias.length, bias.length]],
      ["bias", bias, [bias.length]],
    ] as const) {
      header[`layer${i + 1}.${name}`] = { dtype: "F32", shape, data_offsets: [end, end + tensor.byteLength] };
      end += tensor.byteLength;
      tensors.push(tensor);
    }
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

/** Reads what `encodeCheckpoint` wrote. Throws `StairstepError` that names `name` for anything else. */
export function decodeCheckpoint(name: string, file: Uint8Array<ArrayBuffer>): Checkpoint {
  const refuse = (why: string): never => {
    throw new StairstepError(`${name} is not a Stairstep model (${why}): save one with train --save FILE`);
  };
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = file.length >= 8 ? Number(view.getBigUint64(0, true)) : Number.POSITIVE_INFINITY;
  if (length > file.length - 8) refuse(`its header would pass its ${formatBytes(file.length)}`);
  let header: Record<string, { shape?: number[]; data_offsets?: number[]; dtype?: string; format?: string; model?: string }> = {};
  let model: Omit<Checkpoint, "layers"> | undefined;
  try {
    header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
    if (header.__metadata__?.format === FORMAT) model = JSON.parse(header.__metadata__.model ?? "");
  } catch {
    refuse("its header is not JSON");
  }
  if (!model) return refuse(`its metadata lacks the format ${FORMAT}`);
  const spec = resolve({ hidden: model.hidden, members: [model.member] });
  const hidden = spec.hidden.map((layer) => neuronLayer(layer, "training"));
  const tensor = (key: string, size: number): Float32Array<ArrayBuffer> => {
    const entry = header[key];
    const [begin = -1, end = -1] = entry?.data_offsets ?? [];
    if (entry?.dtype !== "F32" || begin < 0 || end - begin !== 4 * size || 8 + length + end > file.length)
      refuse(`its tensor ${key} is missing or not ${size} F32 values`);
    return new Float32Array(file.slice(8 + length + begin, 8 + length + end).buffer);
  };
  const layers = layerSizes(hidden, model.inputs, model.classes).map(({ inputs, outputs }: Sizes, i) => ({
    weights: tensor(`layer${i + 1}.weight`, inputs * outputs),
    bias: tensor(`layer${i + 1}.bias`, outputs),
  }));
  return { ...model, hidden: spec.hidden, layers };
}

/** The member as it is now. */
export async function checkpoint(training: Training, member = 0): Promise<Checkpoint> {
  const network = await training.ready();
  const { inputs, classes } = network.data;
  return {
    hidden: training.spec.hidden,
    member: training.spec.members[member] as MemberOptions,
    step: network.step,
    stepsPerEpoch: training.spec.stepsPerEpoch,
    inputs,
    classes,
    layers: await network.weights(member),
  };
}

/** A population of one with the checkpoint's weights, to evaluate. Throws when the data has other images or classes. */
export async function restore(device: Device, data: Dataset, saved: Checkpoint, changes: Partial<HiddenLayer> = {}): Promise<Training> {
  if (saved.inputs !== data.inputs || saved.classes !== data.classes) {
    throw new StairstepError(
      `the model reads ${saved.inputs} pixels and knows ${saved.classes} classes, and the data has ${data.inputs} and ${data.classes}: use the data it was trained on`,
    );
  }
  const { slope, anneal, slopeCap } = saved.member;
  const annealed = annealedSlope({ slope, anneal, cap: slopeCap }, Math.floor(saved.step / saved.stepsPerEpoch));
  const hidden = saved.hidden.map((layer) => ({ ...layer, ...changes }));
  const training = new Training(device, data, { hidden, members: [{ ...saved.member, slope: annealed, slopeCap: Math.max(annealed, slopeCap) }] });
  (await training.ready()).setWeights([saved.layers]);
  return training;
}
