/**
 * The weight gradient and the optimizer's step in one, in place, for every member:
 *
 *   w[k, j] ← optimize(w[k, j], Σ_r x[r, k] · dz[r, j])
 *   bias[j] ← optimize(bias[j], Σ_r dz[r, j])
 *
 *   x  [rows, inputs], images or activations
 *   dz [members, rows, pad4(outputs)]
 *   w  [members, pad4(inputs) + 1, pad4(outputs)], the last row the bias
 *
 * An invocation, or a quad, has a tile of words of inputs by runs of outputs (tiles.ts): in a quad,
 * each lane loads one of four words, and they go round. A row of tiles past the last word does the
 * bias. One dispatch takes several layers; the first may be of images. The default network on GPUs,
 * with tiles of one word by one vec4:
 *
 *              layer 1: start 0             head: start 24,625
 *              columns = taken = 125        columns = taken = 3
 *   down       ┌────────────────────┐       ┌───┐
 *   = 196,     │ word 0             │       │   │  down = 125,
 *   28 × 7     │  ⋮                 │       │   │  500 inputs
 *   words      │ word 195           │       │   │
 *              ├────────────────────┤       ├───┤
 *              │ bias               │       │   │
 *              └────────────────────┘       └───┘
 *              197 · 125 = 24,625           126 · 3 = 378       COUNT = 25,003 invocations
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { advance } from "../advance";
import { groupCount, rowsTogether } from "../blank/lists";
import { controlTypes } from "../control";
import { type Bindings, ceilDiv, grid, type Kernel, pad4, read, readWrite } from "../kernel";
import { AT_ZERO, layerTable, parameterCount, startsOf } from "../layout";
import type { Optimizer } from "../optimizers/optimizer";
import type { ProductShape } from "./forward";
import { placeOf, type SourceKind, wordsOfImages } from "./source";
import { inFours, laneOf, runLength, runType, sure, type Tiles, tileCode } from "./tiles";

export type UpdateLayer = Pick<ProductShape, "inputs" | "outputs" | "source" | "places">;

export interface UpdateShape {
  label: string;
  rows: number;
  members: number;
  tiles: Tiles;
  /** At most the first reads images. */
  layers: readonly UpdateLayer[];
  optimizer: Optimizer;
  /** Numbers of all weights, padding included; an optimizer's second state begins there. */
  stateLength: number;
  /** Whether this is the last update of a step, which counts it. */
  last: boolean;
}

const wordsOf = ({ inputs }: Pick<UpdateLayer, "inputs">): number => pad4(inputs) / 4;
const rowWordsOf = (source: SourceKind): number => (source === "activations" ? 1 : source.rowWords);

/** Words of a tile: what lists of rows are made for (blank/lists.ts). */
export function updateGroup(layer: Pick<UpdateLayer, "inputs" | "source">, tiles: Tiles): number {
  return (
    tiles.share || Math.min(tiles.updateWords, ceilDiv(wordsOf(layer), rowWordsOf(layer.source)))
  );
}

/**
 * Vec4s of outputs of a tile, without quads: what costs least where `together` rows of tiles lie
 * side by side, in fours. A tile's own loads cost about as much as three quarters of a vec4.
 */
function partsOf(outputs: number, { updateParts }: Tiles, together: number): number {
  const quads = pad4(outputs) / 4;
  const cost = (parts: number) => inFours(together * ceilDiv(quads, parts)) * (parts + 0.75);
  const candidates = Array.from({ length: Math.min(quads, updateParts) }, (_, i) => i + 1);
  return candidates.reduce((best, parts) => (cost(parts) <= cost(best) ? parts : best));
}

/** Words and runs of a tile: of all layers, as the first suits, or the widest. */
function tileOf({ layers, tiles, members }: UpdateShape): { words: number; parts: number } {
  if (tiles.share) return { words: 1, parts: 1 };
  const [first] = layers as [UpdateLayer];
  if (first.source !== "activations")
    return { words: updateGroup(first, tiles), parts: partsOf(first.outputs, tiles, members) };
  const parts = partsOf(Math.max(...layers.map(({ outputs }) => outputs)), tiles, 1);
  // A head of few outputs is not worth the time that compiling a larger tile takes.
  const inputs = Math.max(...layers.map((layer) => layer.inputs));
  return { words: parts < 4 ? 1 : updateGroup({ inputs, source: "activations" }, tiles), parts };
}

/** WGSL for either kind of layer, or for both. */
const either = (
  layers: readonly UpdateLayer[],
  ofImages: string,
  ofActivations: string,
): string => {
  const kinds = new Set(layers.map(({ source }) => source === "activations"));
  if (!kinds.has(false)) return ofActivations;
  return kinds.has(true) ? `if (layer.of_images) { ${ofImages} }\n  ${ofActivations}` : ofImages;
};

/** w ← optimize(w, xᵀ·dz), and the biases, of `layers`. */
export function updateKernel(shape: UpdateShape) {
  const { label, rows, members, tiles, layers, optimizer, stateLength, last } = shape;
  const { words: ownWords, parts } = tileOf(shape);
  const images = layers.map(({ source }) => source).find((source) => source !== "activations");
  const { type, word } = wordsOfImages[images?.dtype ?? "u8"];
  const run = runLength(
    layers.map(({ outputs, source, places = AT_ZERO }) => ({
      outputs,
      together: source === "activations" ? 1 : members,
      starts: [places.weights, places.outputs],
    })),
    tiles,
  );
  const lanes = tiles.share || 1;
  const group = lanes * ownWords;
  const sizes = layers.map((layer) => {
    const { outputs, source, places = AT_ZERO } = layer;
    const of_images = source !== "activations";
    const [words, runs] = [wordsOf(layer), pad4(outputs) / run];
    const across = ceilDiv(runs, parts);
    const columns = source === "activations" ? across : members * across;
    const block = tiles.share ? inFours(columns) : columns;
    return {
      of_images,
      ...{ words, runs, across, columns, block },
      taken: source === "activations" ? members * block : block,
      down: groupCount({ words, rowWords: rowWordsOf(source) }, group),
      row_words: rowWordsOf(source),
      ...{ inputs_at: places.inputs / 4, weights_at: places.weights / run },
      ...{ outputs_at: places.outputs / run, member_runs: parameterCount(layer) / run },
    };
  });
  const starts = startsOf(sizes.map(({ down, taken }) => (down + 1) * taken));
  const count = sizes.reduce((sum, { down, taken }) => sum + (down + 1) * taken, 0);
  const { workgroups, constants } = grid(ceilDiv(count, tiles.workgroup));
  const wholeWords = sizes.every(({ words, down }) => words === down * group);
  const spare = sizes.some(({ block, columns }) => block > columns);
  return {
    name: `update ${label}`,
    subgroups: tiles.share > 0,
    bindings: {
      ...(images ? { images: read(type), batches: read("array<vec2u>") } : {}),
      ...(images?.listed ? { lists: read("array<u32>") } : {}),
      ...(layers.some(({ source }) => source === "activations") ? { y: read("array<vec4f>") } : {}),
      ...(optimizer.state > 0 ? { state: readWrite("array<f32>") } : {}),
      dz: read(`array<${runType(run)}>`),
      control: last ? readWrite("Control") : read("Control"),
      weights: readWrite(`array<${runType(run)}>`),
    } as Bindings,
    constants: {
      ...constants,
      SLOTS: images?.slots ?? 1,
      ...(optimizer.state > 0 ? { STATE_LENGTH: stateLength } : {}),
      ...{ WORKGROUP: tiles.workgroup, COUNT: count, ROWS: rows, TOGETHER: rowsTogether(rows) },
      ...{ LANES: lanes, OWN_WORDS: ownWords, GROUP: group, PARTS: parts, RUN: run },
      SURE_PARTS: Math.min(...sizes.map(({ runs }) => sure(runs, parts))),
    },
    wgsl: wgsl`
${controlTypes}
${tileCode(run, tiles.share)}
${optimizer.wgsl}
${last ? advance : ""}

// A layer is words of inputs by runs of outputs, in tiles. A member has \`across\` tiles in a row.
// In \`columns\` lie those of a member, or, of images, of all members side by side; quads pad
// them to a \`block\`. A row of tiles takes \`taken\` invocations: a block, or one for each
// member. There are \`down\` rows and one more, of biases. The layer's invocations begin at
// \`start\`.
${layerTable(
  starts,
  sizes.map((size, i) => ({ start: starts[i] as number, ...size })),
)}

// Where a row of x begins, in words; four of its inputs; which rows hold any of a group of words.
${images ? placeOf(images.slice) : ""}
fn row_start(layer: Layer, slot: u32, member: u32, row: u32) -> u32 {
  ${either(
    layers,
    "return place_of(batches[slot * ROWS + row].x) * layer.words;",
    "return layer.inputs_at + (member * ROWS + row) * layer.words;",
  )}
}
fn load_word(layer: Layer, at: u32) -> vec4f {
  ${either(layers, `return ${word};`, "return y[at];")}
}
fn rows_of(layer: Layer, slot: u32, place: u32) -> vec2u {
  ${
    images?.listed
      ? either(
          layers,
          `let list = (slot * layer.down + place) * (ROWS + 1u);
    return list + 1u + vec2u(0u, lists[list]);`,
          "return vec2u(0u, ROWS);",
        )
      : "return vec2u(0u, ROWS);"
  }
}
fn row_at(layer: Layer, entry: u32) -> u32 {
  ${images?.listed ? either(layers, "return lists[entry];", "return entry;") : "return entry;"}
}

// The words of a group lie above each other in an image.
fn word_of(layer: Layer, place: u32, n: u32) -> u32 {
  return place % layer.row_words + (place / layer.row_words * GROUP + n) * layer.row_words;
}

fn optimize_run(at: u32, gradient: Run, rate: f32) {
  let old = weights[at];
  var out: Run;
  for (var j = 0u; j < RUN; j++) { // unroll
    out[j] = optimize(old[j], gradient[j], rate, RUN * at + j);
  }
  weights[at] = out;
}

fn update_bias(layer: Layer, member: u32, column: u32, rate: f32) {
  let dz_at = layer.outputs_at + member * ROWS * layer.runs + column;
  let bias = layer.weights_at + member * layer.member_runs + 4u * layer.words * layer.runs + column;
  for (var part = 0u; part < PARTS && column + part < layer.runs; part++) {
    var sum = Run();
    for (var row = 0u; row < ROWS; row++) {
      let g = dz[dz_at + row * layer.runs + part];
      for (var j = 0u; j < RUN; j++) { // unroll
        sum[j] += g[j];
      }
    }
    optimize_run(bias + part, sum, rate);
  }
}

// Without \`store\` an invocation only takes part.
fn update_tile(layer: Layer, member: u32, place: u32, column: u32, lane: u32, store: bool) {
  let slot = control.trained % SLOTS;
  let rate = control.members[member].rate;${optimizer.prepare ?? ""}
  if (place == layer.down) {
    if (store) { update_bias(layer, member, column, rate); }
    return;
  }
  let dz_at = layer.outputs_at + member * ROWS * layer.runs + column;

  var own = array<u32, OWN_WORDS>(); // registers
  for (var n = 0u; n < OWN_WORDS; n++) { // unroll
    own[n] = word_of(layer, place, LANES * n + lane);
    #if ${!wholeWords}
    own[n] = min(own[n], layer.words - 1u);
    #endif
  }

  var sum = array<array<array<array<array<f32, RUN>, PARTS>, 4>, LANES>, OWN_WORDS>(); // registers
  let rows = rows_of(layer, slot, place);
  for (var entry = rows.x; entry < rows.y; entry += TOGETHER) {
    for (var o = 0u; o < TOGETHER; o++) { // unroll
      let row = row_at(layer, entry + o);
      let start = row_start(layer, slot, member, row);
      var g = array<Run, PARTS>(); // registers
      for (var part = 0u; part < PARTS; part++) { // unroll
        g[part] = dz[dz_at + row * layer.runs + part];
      }
      for (var n = 0u; n < OWN_WORDS; n++) { // unroll
        let x = around(load_word(layer, start + own[n]));
        for (var i = 0u; i < LANES; i++) { // unroll
          for (var e = 0u; e < 4u; e++) { // unroll
            for (var part = 0u; part < PARTS; part++) { // unroll
              for (var j = 0u; j < RUN; j++) { // unroll
                sum[n][i][e][part][j] += x[i][e] * g[part][j];
              }
            }
          }
        }
      }
    }
  }

  if (!store) { return; }
  let at = layer.weights_at + member * layer.member_runs + column;
  for (var n = 0u; n < OWN_WORDS; n++) { // unroll
    for (var i = 0u; i < LANES; i++) { // unroll
      let word = word_of(layer, place, LANES * n + (lane ^ i));
      #if ${!wholeWords}
      if (word < layer.words) {
      #endif
      for (var e = 0u; e < 4u; e++) { // unroll
        for (var part = 0u; part < PARTS; part++) { // unroll
          if (part < SURE_PARTS || column + part < layer.runs) {
            var gradient: Run;
            for (var j = 0u; j < RUN; j++) { // unroll
              gradient[j] = sum[n][i][e][part][j];
            }
            optimize_run(at + (4u * word + e) * layer.runs + part, gradient, rate);
          }
        }
      }
      #if ${!wholeWords}
      }
      #endif
    }
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,${laneOf(tiles.share)}
) {
  let number = (group.x + group.y * GROUPS_X) * WORKGROUP + local;
  #if ${last}
  if (number == 0u) { advance(); }
  #endif
  if (number >= COUNT) { return; }
  let layer = layer_at(number);
  let place = (number - layer.start) / layer.taken;
  let at = (number - layer.start) % layer.taken;
  #if ${spare}
  let column = min(at % layer.block, layer.columns - 1u);
  let store = at % layer.block < layer.columns;
  #else
  let column = at % layer.block;
  const store = true;
  #endif
  #if ${!tiles.share}
  const lane = 0u;
  #endif
  let member = at / layer.block + column / layer.across;
  update_tile(layer, member, place, column % layer.across * PARTS, lane, store);
}`,
    workgroups,
  } satisfies Kernel;
}
