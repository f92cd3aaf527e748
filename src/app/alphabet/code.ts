/** Codes that the page reads: the one that came with it, and a visitor's own. */
import {
  type Checkpoint,
  type Dataset,
  type Device,
  type LayerWeights,
  loadCode,
  type MemberOptions,
  StairstepError,
} from "../../index";
import type { Session } from "../session";
import { fetchDigits, fetched } from "../shipped";
import bytes from "../shipped/code.bin?url";
import record from "../shipped/code.json";
import more from "../shipped/code-digits.bin?url";
import { type Size, unpackWeights } from "./packed";
import { CodeReader } from "./reader";

/** Digits that are shown, and searched: test images, which no code was trained on. */
export interface Digits {
  /** [count, inputs] */
  pixels: Uint8Array<ArrayBuffer>;
  labels: ArrayLike<number>;
  width: number;
  inputs: number;
}

/** What a code has come to, in nats an image; undefined where that is not known yet. */
export interface Outcome {
  loss: number | undefined;
  kl: number | undefined;
  /** Symbols that no test image's word has. */
  unused: number | undefined;
  epoch: number | undefined;
}

export interface Code {
  reader: CodeReader;
  /** To read with on the GPU. */
  checkpoint: Checkpoint;
  digits: Digits;
  outcome: Outcome;
}

const SIDE = 28;
/** Of a visitor's own data, as many as come with the page. */
const DIGITS = record.labels.length;

/** The code that came with the page, and the digits beside it. */
export async function shippedCode(): Promise<Code> {
  const [packed, first, others] = await Promise.all([fetched(bytes), fetchDigits(), fetched(more)]);
  const pixels = new Uint8Array(first.length + others.length);
  pixels.set(first);
  pixels.set(others, first.length);
  const weights = [unpackWeights(packed, record.sizes as unknown as Size[])];
  const checkpoint = { ...record.model, weights } as unknown as Checkpoint;
  const { loss, kl } = record.test.sampled;
  return {
    reader: readerOf(checkpoint),
    checkpoint,
    digits: { pixels, labels: record.labels, width: SIDE, inputs: SIDE * SIDE },
    outcome: {
      ...{ loss, kl, unused: record.test.unusedSymbols },
      epoch: record.model.step / record.model.stepsPerEpoch,
    },
  };
}

/** Throws `StairstepError` as `CodeReader` does, and for what the page cannot show. */
export function readerOf({ hidden, members, ...rest }: Checkpoint): CodeReader {
  const { weights, step, stepsPerEpoch, loss, dtype } = rest;
  if (loss !== "bernoulli" || dtype)
    throw new StairstepError(
      "this page shows codes of images of bytes with the loss bernoulli, and this network has " +
        `${dtype ?? "u8"} and ${loss}: use loadCode for it`,
    );
  const [{ slope, anneal, slopeCap: cap }] = members as [MemberOptions];
  const now = Math.min(cap, slope * anneal ** Math.floor(step / stepsPerEpoch));
  return new CodeReader(hidden, now, weights[0] as LayerWeights[]);
}

/**
 * A code that the visitor has on file, with digits to read: those of the page, or of the data at
 * hand where these are as large. Throws `StairstepError` where neither are, and as `readerOf`.
 */
export async function openedCode(
  checkpoint: Checkpoint,
  name: string,
  shipped: Code,
  session: Session,
): Promise<Code> {
  const reader = readerOf(checkpoint);
  const { inputs } = reader;
  const digits =
    inputs === shipped.digits.inputs ? shipped.digits : digitsOf(await session.dataset());
  if (digits.inputs !== inputs)
    throw new StairstepError(
      `${name} is of images of ${inputs} pixels, and there are only images of ${digits.inputs} ` +
        "here: give the files that it was trained on under Your own data, then open it",
    );
  const { step, stepsPerEpoch } = checkpoint;
  const outcome = { loss: undefined, kl: undefined, unused: undefined };
  return { reader, checkpoint, digits, outcome: { ...outcome, epoch: step / stepsPerEpoch } };
}

/** Test images of the data that are used now, as many as come with the page. */
export function digitsOf({ test, width, inputs }: Dataset): Digits {
  const pixels = (test.pixels as Uint8Array<ArrayBuffer>).slice(0, DIGITS * inputs);
  return { pixels, labels: test.labels, width, inputs };
}

/** Words [count, neurons] of the training file's images, in its order, and their labels. */
export interface Words {
  words: Uint8Array<ArrayBuffer>;
  labels: Uint32Array;
  data: Dataset;
  /** Where the images are. */
  device: Device;
}

/**
 * The words of all images that the data validate and train with, by the GPU. Throws
 * `StairstepError` for data unlike those of the code.
 */
export async function allWords({ checkpoint }: Code, session: Session): Promise<Words> {
  const data = await session.dataset();
  const { device } = session;
  const code = await loadCode(device, checkpoint);
  try {
    const kept = await code.encodeSplit(data, "validation");
    const trained = await code.encodeSplit(data, "training");
    const words = new Uint8Array(kept.length + trained.length);
    words.set(kept);
    words.set(trained, kept.length);
    const labels = new Uint32Array(data.training.first + data.training.count);
    labels.set(data.validation.labels);
    labels.set(data.training.labels, data.training.first);
    return { words, labels, data, device };
  } finally {
    code.destroy();
  }
}

/** Images of the training file [rows, inputs] by their rows: they are on the GPU, nowhere else. */
export async function readImages(
  { device, data: { images, words, inputs } }: Words,
  rows: readonly number[],
): Promise<Uint8Array<ArrayBuffer>> {
  const stride = 4 * words;
  const staging = device.gpu.createBuffer({
    label: "images found",
    size: stride * rows.length,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  try {
    device.submit((encoder) => {
      for (const [i, row] of rows.entries())
        encoder.copyBufferToBuffer(images, row * stride, staging, i * stride, stride);
    });
    const found = new Uint8Array(await device.map(staging));
    const pixels = new Uint8Array(rows.length * inputs);
    for (const i of rows.keys())
      pixels.set(found.subarray(i * stride, i * stride + inputs), i * inputs);
    return pixels;
  } finally {
    staging.destroy();
  }
}
