/**
 * A part of each image, packed anew: what `complete` reads, and what it is to put out.
 *
 *   images   [count, words], four pixels a word
 *   cropped  [count, ⌈(end - first) / 4⌉], padded with zeros
 */
import { ceilDiv, gridOf, type Kernel, read, readWrite, WORKGROUP } from "./kernel";

export interface CropShape {
  count: number;
  words: number;
  /** Pixels [first, end) of each image. */
  first: number;
  end: number;
}

export function cropKernel({ count, words, first, end }: CropShape) {
  const own = ceilDiv(end - first, 4);
  const { workgroups, constants } = gridOf(count * own);
  return {
    name: "crop",
    bindings: { images: read("array<u32>"), cropped: readWrite("array<u32>") },
    constants: {
      ...constants,
      ...{ WORKGROUP, COUNT: count * own, WORDS: words, OWN_WORDS: own, FIRST: first, END: end },
    },
    wgsl: /* wgsl */ `
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3u) {
  let id = (group.x + group.y * GROUPS_X) * WORKGROUP + local;
  if (id >= COUNT) { return; }
  let image = id / OWN_WORDS * WORDS;
  let begin = FIRST + id % OWN_WORDS * 4u;
  var word = 0u;
  for (var pixel = begin; pixel < min(begin + 4u, END); pixel++) {
    let byte = (images[image + pixel / 4u] >> (pixel % 4u * 8u)) & 255u;
    word |= byte << ((pixel - begin) * 8u);
  }
  cropped[id] = word;
}`,
    workgroups,
  } satisfies Kernel;
}
