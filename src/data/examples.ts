/** Images with their labels, from two files that must belong together. */
import { StairstepError } from "../runtime/errors";
import type { DataFiles } from "./files";
import { type IdxImages, parseImages, parseLabels } from "./idx";
import { ourBytes } from "./rows";

export interface Examples {
  images: IdxImages;
  labels: Uint32Array<ArrayBuffer>;
}

export function readPair(
  images: DataFiles["trainImages"],
  labels: DataFiles["trainLabels"],
): Examples {
  const pair = {
    images: parseImages(images.name, ourBytes(images.bytes)),
    labels: parseLabels(labels.name, ourBytes(labels.bytes)),
  };
  if (pair.images.count !== pair.labels.length) {
    throw new StairstepError(
      `${images.name} has ${pair.images.count} images and ${labels.name} has ` +
        `${pair.labels.length} labels: these files do not belong together`,
    );
  }
  return pair;
}
