/**
 * The forward product C = A·B + bias, as matmul.ts has it: c [members, rows, pad4(columns)].
 *
 * A tile is `affineRows` rows by a run of neighbouring columns: four, or what suits a quad of
 * invocations. A GPU hides little of the time that loads take in a loop over hundreds of words, so
 * there `splits` invocations share a tile's sum, and the first adds up.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { controlTypes } from "./control";
import {
  type Bindings,
  ceilDiv,
  inFours,
  type Kernel,
  pad4,
  read,
  readWrite,
  spread,
  unroll,
} from "./kernel";
import { type Input, input, type MatmulShape, NOWHERE, parameterQuads } from "./matmul";
import { laneOf, rowTile, runLength, runSums, runType, tileRows } from "./quad";

/** Rows of a tile of `affine`: what the lists of active.ts are made for. */
export const affineTile = ({ rows, tiles }: Pick<MatmulShape, "rows" | "tiles">): number =>
  tileRows(rows, tiles.affineRows, tiles.share > 0);

/**
 * WGSL of one tile, from row `first` on, of the run of columns `run` of `member`; with splits, the
 * part `part` of its sum alone.
 */
export interface AffineTile {
  rows: number;
  /** Columns of a run, the type of B and C in runs, and how many runs make a row. */
  run: number;
  type: string;
  runs: number;
  /** Adds up in `sum0` …, then loads `bias`. */
  code: string;
  /**
   * WGSL of `write` for each row of the tile: `row`, counted from `first`, with its values and the
   * bias.
   */
  store: (write: (values: string[]) => string) => string;
}

/** `together` members lie side by side. */
export function affineTileCode(
  shape: MatmulShape,
  a: Input,
  list: string,
  together = 1,
): AffineTile {
  const { rows, inner, columns, tiles, places = NOWHERE } = shape;
  const tile = rowTile(rows, tiles.affineRows, tiles.share > 0);
  const run = tiles.share
    ? runLength([{ columns, together, starts: [places.parameters, places.outputs] }])
    : 4;
  const runs = pad4(columns) / run;
  const { zero, add, value } = runSums(run);
  const weights = unroll(4, (e) => `let b${e} = b[base + (4u * k + ${e}u) * ${runs}u];`);
  const products = unroll(tile.own, (r) =>
    tile.take(r, a.load(`row${r} + k`), (t, x) =>
      add(
        `sum${t}`,
        (b) =>
          `${x}.x * ${b("b0")} + ${x}.y * ${b("b1")} + ${x}.z * ${b("b2")} + ${x}.w * ${b("b3")}`,
      ),
    ),
  );
  return {
    rows: tile.rows,
    run,
    type: runType(run),
    runs,
    code: `
  ${a.begin}
  let base = ${(4 * places.parameters) / run}u + member * ${(4 * parameterQuads(inner, columns)) / run}u + run;
  ${unroll(tile.own, (r) => `let row${r} = ${a.row(tile.place(r))};`)}
  ${unroll(tile.sums, (t) => zero(`sum${t}`))}
  ${a.overWords(list, ceilDiv(rows, tile.rows), `${weights}\n${products}`)}
  let bias = b[base + ${pad4(inner) * runs}u];`,
    store: (write) =>
      unroll(tile.sums, (t) =>
        tile.ifRow(
          t,
          write(Array.from({ length: run }, (_, c) => `${value(`sum${t}`, c)} + bias[${c}]`)),
        ),
      ),
  };
}

export function affineKernel(shape: MatmulShape) {
  const { rows, members, tiles, places = NOWHERE } = shape;
  const { workgroup, share, splits } = tiles;
  // Pixels are the same for all members, so the first layer of all of them is one matrix beside
  // another.
  const flat = shape.input !== "activations";
  const together = flat ? members : 1;
  const a = input(shape, "control.step");
  const tile = affineTileCode(shape, a, "tile", together);
  const { run, runs, type } = tile;
  const across = share ? inFours(together * runs) : together * runs;
  const down = ceilDiv(rows, tile.rows);
  const perGroup = workgroup / splits;
  const groups = ceilDiv(across * down, perGroup);
  const { workgroups, index } = spread(groups, flat ? 1 : members);
  const column = `min(number % ${across}u, ${together * runs - 1}u)`;
  return {
    name: `affine ${shape.label}`,
    subgroups: share > 0,
    bindings: {
      ...a.bindings,
      control: read("Control"),
      b: read(`array<${type}>`),
      c: readWrite(`array<${type}>`),
    } as Bindings,
    wgsl: wgsl`
${controlTypes}
${splits > 1 ? `var<workgroup> parts: array<vec4f, ${tile.rows * workgroup}>;` : ""}
@compute @workgroup_size(${workgroup})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32${laneOf(share)}) {
  let number = ${index} * ${perGroup}u + local % ${perGroup}u;
  let member = ${flat ? `${column} / ${runs}u` : "group.z"};
  let run = ${column} % ${runs}u;
  let tile = min(number / ${across}u, ${down - 1}u);
  let first = tile * ${tile.rows}u;
  ${splits > 1 ? `let part = ${splits - 1}u - local / ${perGroup}u;` : ""}
  ${tile.code}
  #if ${splits > 1}
  ${unroll(tile.rows, (t) => `parts[${t * workgroup}u + local] = sum${t};`)}
  workgroupBarrier();
  if (local >= ${perGroup}u) { return; }
  ${unroll(tile.rows, (t) => `sum${t} = parts[${t * workgroup}u + local];`)}
  for (var p = local + ${perGroup}u; p < ${workgroup}u; p += ${perGroup}u) {
    ${unroll(tile.rows, (t) => `sum${t} += parts[${t * workgroup}u + p];`)}
  }
  #endif
  if (number >= ${across * down}u || number % ${across}u >= ${together * runs}u) { return; }
  let at = ${(4 * places.outputs) / run}u + (member * ${rows}u + first) * ${runs}u + run;
  ${tile.store((values) => `c[at + row * ${runs}u] = ${type}(${values.join(", ")});`)}
}`,
    workgroups,
  } satisfies Kernel;
}
