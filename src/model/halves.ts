/** Where `complete` cuts images. */
import type { Dataset } from "../data/dataset";

/** Pixels of an image's upper half, which the network reads: of an odd height, the smaller. */
export const upperPixels = ({ inputs, width }: Pick<Dataset, "inputs" | "width">): number =>
  Math.floor(inputs / width / 2) * width;
