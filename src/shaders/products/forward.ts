/**
 * The forward product of a layer, for every member of the population:
 *
 *   z[r, j] = bias[j] + Σ_k x[r, k] · w[k, j]
 *
 *   x [rows, inputs], images or activations (source.ts)
 *   w [members, pad4(inputs) + 1, pad4(outputs)], the last row the bias
 *   z [members, rows, pad4(outputs)]
 *
 * An invocation, or a quad, has a tile of rows by a run of neighbouring outputs (tiles.ts). On GPUs
 * SPLITS invocations of a workgroup split a tile's sum over k, and one of them adds up.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { controlTypes } from "../control";
import { type Bindings, ceilDiv, grid, type Kernel, pad4, read, readWrite } from "../kernel";
import { AT_ZERO, type Places, parameterRows } from "../layout";
import { activations, images, type Source, type SourceKind } from "./source";
import {
  inFours,
  laneOf,
  rowConstants,
  rowsOfTile,
  runLength,
  runType,
  type Tiles,
  tileShared,
} from "./tiles";

export interface ProductShape {
  /** Appended to the kernel's name. */
  label: string;
  rows: number;
  inputs: number;
  outputs: number;
  members: number;
  source: SourceKind;
  tiles: Tiles;
  places?: Places;
}

/**
 * A tile's WGSL, behind `shared`, with the constants that it needs; for
 * runs of what suits `together` members side by side, or of `run` outputs.
 */
export function forwardTile(
  shape: ProductShape,
  source: Source,
  together: number,
  run = runLength(
    [
      {
        outputs: shape.outputs,
        together,
        starts: [shape.places?.weights ?? 0, shape.places?.outputs ?? 0],
      },
    ],
    shape.tiles,
  ),
) {
  const { rows, inputs, outputs, tiles, places = AT_ZERO } = shape;
  const tile = rowsOfTile(rows, tiles);
  const runs = pad4(outputs) / run;
  const constants = {
    ...source.constants,
    ...rowConstants(rows, tile, tiles),
    ...{ RUN: run, RUNS: runs, MEMBER_RUNS: parameterRows(inputs) * runs },
    ...{ WEIGHTS_AT: places.weights / run, OUTPUTS_AT: places.outputs / run },
    ...{ SPLITS: tiles.splits, WORKGROUP: tiles.workgroup },
    GROUP_TILES: tiles.workgroup / tiles.splits,
  };
  const shared = tileShared(run, rows, tile, tiles);
  const code = wgsl`
${source.wgsl}
#if ${tiles.splits > 1}
var<workgroup> parts: array<array<array<f32, WORKGROUP>, RUN>, OWN_ROWS>;
#endif

// A tile of rows by a run of outputs. Without \`store\` an invocation only takes part.
fn forward_tile(slot: u32, member: u32, tile: u32, run: u32, lane: u32, local: u32, store: bool) {
  let first = tile * TILE_ROWS;
  // Invocations 0 to GROUP_TILES - 1 have the last part of a tile each, and add up.
  let part = SPLITS - 1u - local / GROUP_TILES;
  let w = WEIGHTS_AT + member * MEMBER_RUNS + run;

  var start = array<u32, OWN_ROWS>(); // registers
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    start[r] = row_start(slot, member, row_inside(first + LANES * r + lane));
  }

  var sum = array<array<array<f32, RUN>, LANES>, OWN_ROWS>(); // registers
  let entries = words_of(slot, tile, part);
  for (var entry = entries.x; entry < entries.y; entry += NEXT) {
    let k = word_at(entry);
    let w0 = weights[w + (4u * k + 0u) * RUNS];
    let w1 = weights[w + (4u * k + 1u) * RUNS];
    let w2 = weights[w + (4u * k + 2u) * RUNS];
    let w3 = weights[w + (4u * k + 3u) * RUNS];
    for (var r = 0u; r < OWN_ROWS; r++) { // unroll
      let x = around(load_word(start[r] + k));
      for (var i = 0u; i < LANES; i++) { // unroll
        for (var j = 0u; j < RUN; j++) { // unroll
          sum[r][i][j] += x[i].x * w0[j] + x[i].y * w1[j] + x[i].z * w2[j] + x[i].w * w3[j];
        }
      }
    }
  }
  let bias = weights[w + 4u * WORDS * RUNS];

  #if ${tiles.splits > 1}
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    for (var j = 0u; j < RUN; j++) { // unroll
      parts[r][j][local] = sum[r][0u][j];
    }
  }
  workgroupBarrier();
  if (local >= GROUP_TILES) { return; }
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    for (var j = 0u; j < RUN; j++) { // unroll
      for (var p = local + GROUP_TILES; p < WORKGROUP; p += GROUP_TILES) {
        sum[r][0u][j] += parts[r][j][p];
      }
    }
  }
  #endif
  if (!store) { return; }
  let at = OUTPUTS_AT + (member * ROWS + first) * RUNS + run;
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    for (var i = 0u; i < LANES; i++) { // unroll
      let row = LANES * r + (lane ^ i);
      if (r < SURE_OWN || (row < TILE_ROWS && first + row < ROWS)) {
        var out: Run;
        for (var j = 0u; j < RUN; j++) { // unroll
          out[j] = sum[r][i][j] + bias[j];
        }
        store_run(at + row * RUNS, out);
      }
    }
  }
}`;
  return { constants, shared, code, run, runs, tile };
}

/** z of a whole layer. */
export function forwardKernel(shape: ProductShape) {
  const { label, inputs, members, tiles, places = AT_ZERO } = shape;
  const ofImages = shape.source !== "activations";
  const source =
    shape.source === "activations"
      ? activations(inputs, places.inputs, "x")
      : images(inputs, shape.source);
  // Images are the same for all members, so their runs lie side by side.
  const together = ofImages ? members : 1;
  const { shared, code, constants, run, runs } = forwardTile(shape, source, together);
  const columns = together * runs;
  const across = tiles.share ? inFours(columns) : columns;
  const count = across * constants.TILES;
  const { workgroups, constants: size } = grid(
    ceilDiv(count, constants.GROUP_TILES),
    ofImages ? 1 : members,
  );
  return {
    name: `forward ${label}`,
    subgroups: tiles.share > 0,
    bindings: {
      ...source.bindings,
      control: read("Control"),
      weights: read(`array<${runType(run)}>`),
      z: readWrite(`array<${runType(run)}>`),
    } as Bindings,
    constants: { ...constants, ...size, COLUMNS: columns, ACROSS: across, COUNT: count },
    wgsl: wgsl`
${controlTypes}
${shared}
${code}
fn store_run(at: u32, values: Run) { z[at] = values; }

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,${laneOf(tiles.share)}
) {
  let number = (group.x + group.y * GROUPS_X) * GROUP_TILES + local % GROUP_TILES;
  let tile = min(number / ACROSS, TILES - 1u);
  #if ${tiles.share > 0}
  let column = min(number % ACROSS, COLUMNS - 1u); // of the runs of all members side by side
  let store = number < COUNT && number % ACROSS < COLUMNS;
  #else
  const lane = 0u;
  let column = number % COLUMNS; // of the runs of all members side by side
  let store = number < COUNT;
  #endif
  let member = group.z + column / RUNS;
  forward_tile(slot_of(control.step), member, tile, column % RUNS, lane, local, store);
}`,
    workgroups,
  } satisfies Kernel;
}
