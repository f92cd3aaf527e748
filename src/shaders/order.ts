/**
 * Batch order: which image trains at step s, place i. Position p = s·batch + i, data epoch = p div
 * images, image = first + permute(p mod images), a keyed bijection of [0, images): every image
 * exactly once per data epoch, with no shuffle to store, sort or upload.
 *
 * The bijection is a Feistel network on the smallest square domain 4^h ≥ images, whose round
 * function is Philox, with cycle walking: a value outside [0, images) goes through again (Black and
 * Rogaway, CT-RSA 2002, section 4). Six rounds: four make a pseudorandom permutation (Luby and
 * Rackoff 1988); two more help the smallest domains.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { controlTypes } from "./control";
import { gridOf, type Kernel, read, readWrite, WORKGROUP } from "./kernel";
import { Purpose, philox, stream } from "./philox";

const FEISTEL_ROUNDS = 6;

export interface OrderShape {
  /** Images of the training split, and the row of its first image. */
  images: number;
  first: number;
  batch: number;
  /** Steps whose batches are held at once: the ring's length. */
  slots: number;
}

/**
 * Fills the ring `batches` [slots, batch] of (image, label), from the current step on, for `slots`
 * steps. `labels` has one for each image of the file.
 */
export function orderKernel({ images, first, batch, slots }: OrderShape) {
  const half = Math.max(1, Math.ceil(Math.log2(images) / 2));
  const entries = slots * batch;
  const { workgroups, constants } = gridOf(entries);
  return {
    name: "order",
    bindings: {
      labels: read("array<u32>"),
      control: read("Control"),
      batches: readWrite("array<vec2u>"),
    },
    constants: {
      ...constants,
      ...{ WORKGROUP, IMAGES: images, FIRST: first, BATCH: batch, SLOTS: slots, ENTRIES: entries },
      ...{ HALF: half, MASK: 2 ** half - 1, ROUNDS: FEISTEL_ROUNDS },
      STREAM: stream(Purpose.order, 0),
    },
    wgsl: wgsl`
${controlTypes}
${philox}
fn permute(position: u32, epoch: u32) -> u32 {
  var x = position;
  loop {
    var left = x >> HALF;
    var right = x & MASK;
    for (var round = 0u; round < ROUNDS; round++) {
      let noise = philox(vec4u(right, STREAM, epoch, round), control.data_key).x;
      let mixed = left ^ (noise & MASK);
      left = right;
      right = mixed;
    }
    x = (left << HALF) | right;
    if (x < IMAGES) { break; }
  }
  return x; // behind the loop: naga wants every function to end with its value
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3u) {
  let id = (group.x + group.y * GROUPS_X) * WORKGROUP + local;
  if (id >= ENTRIES) { return; }
  let position = control.step * BATCH + id;
  let image = FIRST + permute(position % IMAGES, position / IMAGES);
  batches[(control.step % SLOTS * BATCH + id) % ENTRIES] = vec2u(image, labels[image]);
}`,
    workgroups,
  } satisfies Kernel;
}
