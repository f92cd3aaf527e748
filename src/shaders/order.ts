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
import { ceilDiv, type Kernel, read, readWrite, spread, WORKGROUP } from "./kernel";
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
  const { workgroups, index } = spread(ceilDiv(entries, WORKGROUP));
  return {
    name: "order",
    bindings: {
      labels: read("array<u32>"),
      control: read("Control"),
      batches: readWrite("array<vec2u>"),
    },
    wgsl: wgsl`
${controlTypes}
${philox}
const MASK = ${2 ** half - 1}u;

fn permute(position: u32, epoch: u32) -> u32 {
  var x = position;
  loop {
    var left = x >> ${half}u;
    var right = x & MASK;
    for (var round = 0u; round < ${FEISTEL_ROUNDS}u; round++) {
      let mixed = left ^ (philox(vec4u(right, ${stream(Purpose.order, 0)}u, epoch, round), control.data_key).x & MASK);
      left = right;
      right = mixed;
    }
    x = (left << ${half}u) | right;
    if (x < ${images}u) { break; }
  }
  return x; // behind the loop: naga wants every function to end with its value
}

@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3u) {
  let id = ${index} * ${WORKGROUP}u + local;
  if (id >= ${entries}u) { return; }
  let position = control.step * ${batch}u + id;
  let image = ${first}u + permute(position % ${images}u, position / ${images}u);
  let label = labels[image];
  batches[(control.step % ${slots}u * ${batch}u + id) % ${entries}u] = vec2u(image, label);
}`,
    workgroups,
  } satisfies Kernel;
}
