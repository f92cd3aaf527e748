/**
 * The gradient of a layer's input, for every member:
 *
 *   dx[r, k] = Σ_j dz[r, j] · w[k, j]
 *
 *   dz [members, rows, pad4(outputs)]
 *   w  [members, pad4(inputs) + 1, pad4(outputs)]
 *   dx [members, rows, pad4(inputs)]
 *
 * An invocation, or a quad, has a tile of rows by a word of four inputs (tiles.ts). Training fuses
 * this with the layer below (network/hidden.ts).
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { pad4 } from "../kernel";
import { AT_ZERO, parameterRows } from "../layout";
import type { ProductShape } from "./forward";
import { goodTile, quadTile, rowConstants, tileShared } from "./tiles";

export type GradientShape = Omit<ProductShape, "source">;

/**
 * A tile's WGSL, behind `shared`, with the constants that it needs. The kernel has `fn
 * load_gradient(at) -> vec4f` and `fn store_gradient(at, dx)`, which count in vec4s.
 */
export function inputGradientTile(shape: GradientShape) {
  const { rows, inputs, outputs, tiles, places = AT_ZERO } = shape;
  const tile = (tiles.share ? quadTile : goodTile)(rows, tiles.gradientRows);
  const quads = pad4(outputs) / 4;
  const constants = {
    ...rowConstants(rows, tile, tiles),
    ...{ WORDS: pad4(inputs) / 4, QUADS: quads, MEMBER_QUADS: parameterRows(inputs) * quads },
    ...{ WEIGHTS_AT: places.weights / 4, INPUTS_AT: places.inputs },
    OUTPUTS_AT: places.outputs / 4,
  };
  const shared = tileShared(4, rows, tile, tiles);
  const code = wgsl`
// A tile of rows by a word of inputs. Without \`store\` an invocation only takes part.
fn input_gradient_tile(member: u32, tile: u32, word: u32, lane: u32, store: bool) {
  let first = tile * TILE_ROWS;
  let w = WEIGHTS_AT + member * MEMBER_QUADS + 4u * word * QUADS;

  var start = array<u32, OWN_ROWS>(); // registers
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    start[r] = OUTPUTS_AT + (member * ROWS + row_inside(first + LANES * r + lane)) * QUADS;
  }

  var sum = array<array<vec4f, LANES>, OWN_ROWS>(); // registers
  for (var j = 0u; j < QUADS; j++) {
    let w0 = weights[w + 0u * QUADS + j];
    let w1 = weights[w + 1u * QUADS + j];
    let w2 = weights[w + 2u * QUADS + j];
    let w3 = weights[w + 3u * QUADS + j];
    for (var r = 0u; r < OWN_ROWS; r++) { // unroll
      let g = around(load_gradient(start[r] + j));
      for (var i = 0u; i < LANES; i++) { // unroll
        sum[r][i] += vec4f(dot(g[i], w0), dot(g[i], w1), dot(g[i], w2), dot(g[i], w3));
      }
    }
  }

  if (!store) { return; }
  let at = INPUTS_AT / 4u + (member * ROWS + first) * WORDS + word;
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    for (var i = 0u; i < LANES; i++) { // unroll
      let row = LANES * r + (lane ^ i);
      if (r < SURE_OWN || (row < TILE_ROWS && first + row < ROWS)) {
        store_gradient(at + row * WORDS, sum[r][i]);
      }
    }
  }
}`;
  return { constants, shared, code, tile };
}
