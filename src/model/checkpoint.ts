/**
 * A run's state as a safetensors file: F32 tensors `layer1.weight` [inputs, outputs], `layer1.bias`
 * [outputs], … (`member2.layer1.weight`, … in a population), `inputs.mean` and `inputs.scale`
 * [inputs] where features are standardised, and what a run goes on from in `__metadata__`.
 */
import { StairstepError } from "../runtime/errors";
import { mistaken } from "../runtime/mistaken";
import { findOwn, type OwnParts, ownText } from "./own";
import { checkpointOf, copyOf, FORMAT, openCheckpoint, tensorsOf } from "./read-checkpoint";
import { writeTensors } from "./safetensors";
import { memberAt } from "./spec";
import type { Checkpoint, LayerWeights } from "./state";

/** The file's bytes. Throws `StairstepError` for what no file could be read as again. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  if (!checkpoint?.weights)
    throw mistaken("a checkpoint", checkpoint, "what training.checkpoint() resolves to");
  const tensors = tensorsOf(checkpoint);
  copyOf(checkpoint);
  const { weights, scaling, ...given } = checkpoint;
  const hidden = given.hidden.map((layer) =>
    layer.own ? { ...layer, own: ownText(layer) } : layer,
  );
  const model = { ...given, hidden };
  return writeTensors({ metadata: { format: FORMAT, model: JSON.stringify(model) }, tensors });
}

/**
 * Reads what `encodeCheckpoint` wrote; `own` has what its network is made of beside the catalogue.
 * Throws `StairstepError` that names `name` for anything else: a file that is no sound safetensors,
 * tensors missing, besides, of another type or shape, or not finite; and for neurons from outside
 * that are missing, or have other WGSL than those it was trained with.
 */
export function decodeCheckpoint(
  name: string,
  file: Uint8Array | ArrayBuffer,
  own?: OwnParts,
): Checkpoint {
  if (file === undefined)
    throw new StairstepError("decodeCheckpoint takes a name for its messages, then the bytes");
  const opened = openCheckpoint(name, file);
  if (opened.outside) findOwn(opened, own);
  return checkpointOf(opened);
}

/** One member's share of a population's checkpoint. */
export function memberOf(checkpoint: Checkpoint, member: number): Checkpoint {
  const members = [memberAt(checkpoint.members, member)];
  return { ...checkpoint, members, weights: [checkpoint.weights[member] as LayerWeights[]] };
}
