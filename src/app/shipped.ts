/**
 * The small trained network that comes with the page, and the test digits beside it: they are read
 * on the processor, so that the page is alive before any GPU, download or click. tools/shipped.ts
 * makes both.
 */
import {
  type Checkpoint,
  type Dataset,
  decodeCheckpoint,
  type LayerWeights,
  type Spec,
  StairstepError,
  type Training,
} from "../index";
import type { Reading } from "../verify/index";
import { breathe } from "./dom";
import { DID_NOT_COME } from "./messages";
import digits from "./shipped/digits.bin?url";
import network from "./shipped/network.safetensors?url";
import record from "./shipped/record.json";

/** What the page asks of a network: a run's on the GPU, or the one that came with the page. */
export interface Asked {
  readonly spec: Pick<Spec, "hidden" | "members">;
  look: Training["look"];
  weights(member: number): Promise<LayerWeights[]>;
  checkpoint(): Promise<Checkpoint>;
  readonly step: Promise<number>;
  slopeAt(step: number, member: number): number;
}

/** Images that come with labels, of a data set or of the page. */
export interface Images {
  /** [count, inputs], [count] */
  test: { pixels: Dataset["test"]["pixels"]; labels: ArrayLike<number> };
  width: number;
  inputs: number;
  classes: number;
}

const SIDE = 28;
/** Images read before the page may answer: each takes a few milliseconds. */
const AT_ONCE = 4;

/** The bytes of one of the page's own files. Throws `StairstepError` where they do not come. */
export async function fetched(address: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(address).catch(() => undefined);
  if (!response?.ok) throw new StairstepError(DID_NOT_COME);
  return new Uint8Array(await response.arrayBuffer());
}

/** The test digits that come with the page [100, 784]. */
export const fetchDigits = (): Promise<Uint8Array<ArrayBuffer>> => fetched(digits);

/** The shipped network's training: accuracies before it, and after each tenth of an epoch. */
export const recorded = { name: "The network that came with this page, recorded", ...record };

/** Neurons of the shipped network round; see `Reader` for the dice. */
export async function loadShipped(): Promise<{ asked: Asked; images: Images }> {
  const [file, pixels, { Reader }] = await Promise.all([
    fetched(network),
    fetchDigits(),
    import("../verify/index"),
  ]);
  const from = decodeCheckpoint("the network of this page", file);
  const reader = new Reader(from);
  const look: Asked["look"] = async (images) => {
    const readings: Reading[] = [];
    for (let at = 0; at < images.length; at += from.inputs) {
      readings.push(reader.read(images.subarray(at, at + from.inputs)));
      if (readings.length % AT_ONCE === 0) await breathe();
    }
    return {
      outputs: reader.hidden.map((_, l) =>
        Float32Array.from(readings.flatMap(({ outputs }) => outputs[l] as number[])),
      ),
      probabilities: Float32Array.from(readings.flatMap(({ probabilities }) => probabilities)),
    };
  };
  // The digits that came with it are looked at again after each reset, and it stays as it is.
  let ofDigits: ReturnType<typeof look> | undefined;
  const asked: Asked = {
    spec: { hidden: reader.hidden, members: from.members },
    look: (images) => {
      if (images.length !== pixels.length) return look(images);
      ofDigits ??= look(pixels);
      return ofDigits;
    },
    weights: async () => from.weights[0] as LayerWeights[],
    checkpoint: async () => from,
    step: Promise.resolve(from.step),
    slopeAt: () => reader.slope,
  };
  const test = { pixels, labels: record.labels };
  return { asked, images: { test, width: SIDE, inputs: from.inputs, classes: from.classes } };
}
