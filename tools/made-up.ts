/** Made-up data sets in folders, for tests of the command line. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { idx, labelFile } from "../src/data/write-idx.ts";
import { uniforms } from "../src/verify/twin/philox.ts";

/**
 * A folder of IDX files: images of `side` × `side` whose class is a pattern of its own, of which a
 * tenth is noise. `each`: training images of a class; test images are one of each.
 */
export function madeUpFolder(folder: string, classes: number, side = 12, each = 12): string {
  const size = side * side;
  const random = (layer: number, count: number) =>
    uniforms({ seed: 1, purpose: "weights", layer, step: 0 }, 0, count);
  const patterns = random(0, classes * size);
  const pair = (layer: number, count: number) => {
    const labels = Array.from({ length: count }, (_, i) => i % classes);
    const noise = random(layer, count * size);
    const pixels = Uint8Array.from(noise, (u, i) => {
      const pattern = patterns[
        (labels[Math.floor(i / size)] as number) * size + (i % size)
      ] as number;
      return (u < 0.1 ? u < 0.05 : pattern < 0.3) ? 255 : 0;
    });
    return { images: idx([count, side, side], pixels), labels: labelFile(labels) };
  };
  mkdirSync(folder);
  for (const [prefix, { images, labels }] of Object.entries({
    train: pair(1, each * classes),
    t10k: pair(2, classes),
  })) {
    writeFileSync(join(folder, `${prefix}-images-idx3-ubyte`), images);
    writeFileSync(join(folder, `${prefix}-labels-idx1-ubyte`), labels);
  }
  return folder;
}
