/** A network of a file, on the GPU without data. */
import type { Device } from "../runtime/device";
import { ceilDiv } from "../shaders/kernel";
import { controlOf, layerSizes } from "./buffers";
import type { Parts } from "./evaluator";
import { loadExtra } from "./forward";
import type { OwnParts } from "./own";
import { packMembers } from "./parameters";
import { checkpointOf, copyOf, openCheckpoint } from "./read-checkpoint";
import { neuronLayer, resolve } from "./spec";
import { type Checkpoint, optionsOf } from "./state";
import { tuning } from "./tuning";
import type { View } from "./view";

/** A file that `train --save`, the page or `encodeCheckpoint` wrote, or the checkpoint in it. */
export type Saved = Uint8Array | ArrayBuffer | Checkpoint;

/** What a file holds, its neurons from outside the catalogue found among `own`. */
export async function openModel(device: Device, file: Saved, own?: OwnParts): Promise<Checkpoint> {
  const known = (file as Partial<Checkpoint> | undefined)?.weights;
  const bytes = (file as ArrayBuffer | undefined)?.byteLength; // of another realm's, too
  if (!device?.gpu || !(known || bytes !== undefined))
    throw (await import("../runtime/mistaken")).noDeviceOrModel(device, file);
  if (known) return copyOf(file as Checkpoint, true);
  const opened = openCheckpoint("this file", file as Uint8Array);
  if (opened.outside) (await import("./own")).findOwn(opened, own);
  return checkpointOf(opened);
}

/** What an evaluator needs of it, and the buffers that are to be destroyed with it. */
export async function partsOf(
  device: Device,
  checkpoint: Checkpoint,
): Promise<{ parts: Parts; buffers: readonly GPUBuffer[] }> {
  const { inputs, classes, outputs = classes, dtype = "u8", scaling, step, weights } = checkpoint;
  const spec = resolve(optionsOf(checkpoint));
  const hidden = spec.hidden.map((layer) => neuronLayer(layer, "evaluation"));
  const sizes = layerSizes(hidden, inputs, outputs);
  const control = device.upload("the control buffer", controlOf(spec, step));
  const parameters = device.upload("the weights", packMembers(sizes, 0, weights));
  const unused = device.allocate("no images", 0);
  const none = { labels: new Uint32Array(), pixels: new Uint8Array(), first: 0, count: 0 };
  const data: View = {
    ...{ dtype, scaling, inputs, classes, outputs },
    ...{ words: ceilDiv(inputs, 4), width: inputs, rowWords: 1 },
    ...{ images: unused, labels: unused, masks: unused },
    ...{ training: none, validation: none, test: none },
    identity: { name: "no data", fingerprint: "", validation: "" },
    destroy: () => unused.destroy(),
  };
  const own = { tune: tuning(device), extra: await loadExtra(spec) };
  const parts = { device, data, spec, sizes, control, parameters, ...own };
  return { parts, buffers: [control, parameters, unused] };
}
