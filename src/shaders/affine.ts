/**
 * The forward product C = A·B + bias, as matmul.ts has it: c [members, rows, pad4(columns)].
 *
 * A tile is `affineRows` rows by a run of neighbouring columns: four, or what suits a quad of invocations. A GPU hides little of
 * the time that loads take in a loop over hundreds of words, so there `splits` invocations share a tile's sum, and the
 * first adds up.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { controlTypes } from "./control";
import { type Bindings, ceilDiv, goodTile, ifRow, inFours, type Kernel, pad4, read, readWrite, spread, unroll } from "./kernel";
import { type Input, input, type MatmulShape, NOWHERE, parameterQuads } from "./matmul";
import { aroundQuad, ifOwnRow, ownRows, quadTile, runLength, runType } from "./quad";

/** Rows of a tile of `affine`: what the lists of active.ts are made for. */
export const affineTile = ({ rows, tiles }: Pick<MatmulShape, "rows" | "tiles">): number => (tiles.share ? quadTile : goodTile)(rows, tiles.affineRows);

/** Columns of a tile, where `together` members lie side by side. */
const affineRun = ({ columns, tiles, places = NOWHERE }: MatmulShape, together: number): number =>
  tiles.share ? runLength([{ columns, together, starts: [places.parameters, places.outputs] }]) : 4;

/** WGSL of one tile, from row `first` on, of the run of columns `run` of `member`; with splits, the part `part` of its sum alone. */
export interface AffineTile {
  rows: number;
  /** Columns of a run, the type of B and C in runs, and how many runs make a row. */
  run: number;
  type: string;
  runs: number;
  /** Adds up in `sum0` …, then loads `bias`. */
  code: string;
  /** WGSL of `write` for each row of the tile: its number from `first` on, and its values with the bias. */
  store: (write: (row: string, values: string[]) => string) => string;
}

export function affineTileCode(shape: MatmulShape, a: Input, list: string, together = 1): AffineTile {
  const { rows, inner, columns, tiles, places = NOWHERE } = shape;
  const tile = affineTile(shape);
  const run = affineRun(shape, together);
  const runs = pad4(columns) / run;
  const base = `
  ${a.begin}
  let base = ${(4 * places.parameters) / run}u + member * ${(4 * parameterQuads(inner, columns)) / run}u + run;`;
  const bias = `let bias = b[base + ${pad4(inner) * runs}u];`;
  const weights = unroll(4, (e) => `let b${e} = b[base + (4u * k + ${e}u) * ${runs}u];`);
  const loop = (body: string) => a.overWords(list, ceilDiv(rows, tile), `${weights}\n${body}`);
  const common = { rows: tile, run, type: runType(run), runs };
  const each = (count: number, line: (i: number) => string) => Array.from({ length: count }, (_, i) => line(i));
  const row = (t: number, at: string) => `let row${t} = ${a.row(`min(${at}, ${rows - 1}u)`)};`;
  if (!tiles.share) {
    return {
      ...common,
      code: `${base}
  ${unroll(tile, (t) => row(t, `first + ${t}u`))}
  ${unroll(tile, (t) => `var sum${t} = vec4f();`)}
  ${loop(unroll(tile, (t) => `{ let x = ${a.load(`row${t} + k`)}; sum${t} += x.x * b0 + x.y * b1 + x.z * b2 + x.w * b3; }`))}
  ${bias}`,
      store: (write) =>
        unroll(tile, (t) =>
          ifRow(
            rows,
            tile,
            t,
            write(
              `${t}u`,
              each(4, (c) => `sum${t}[${c}] + bias[${c}]`),
            ),
          ),
        ),
    };
  }
  const own = ownRows(tile);
  const add = (t: number, x: string) => unroll(run, (c) => `sum${t}_${c} += ${x}.x * b0[${c}] + ${x}.y * b1[${c}] + ${x}.z * b2[${c}] + ${x}.w * b3[${c}];`);
  return {
    ...common,
    code: `${base}
  ${unroll(own, (r) => row(r, `first + ${4 * r}u + lane`))}
  ${unroll(4 * own, (t) => unroll(run, (c) => `var sum${t}_${c} = 0.0;`))}
  ${loop(unroll(own, (r) => `{ let x0 = ${a.load(`row${r} + k`)}; ${aroundQuad("x")} ${unroll(4, (k) => add(4 * r + k, `x${k}`))} }`))}
  ${bias}`,
    store: (write) =>
      unroll(4 * own, (t) =>
        ifOwnRow(
          rows,
          tile,
          t,
          write(
            "row",
            each(run, (c) => `sum${t}_${c} + bias[${c}]`),
          ),
        ),
      ),
  };
}

export function affineKernel(shape: MatmulShape) {
  const { rows, members, tiles, places = NOWHERE } = shape;
  const { workgroup, share, splits } = tiles;
  // Pixels are the same for all members, so the first layer of all of them is one matrix beside another.
  const flat = shape.input !== "activations";
  const together = flat ? members : 1;
  const a = input(shape, "control.step");
  const tile = affineTileCode(shape, a, "tile", together);
  const { run, runs, type } = tile;
  const across = share ? inFours(together * runs) : together * runs;
  const down = ceilDiv(rows, tile.rows);
  const perGroup = workgroup / splits;
  const groups = ceilDiv(across * down, perGroup);
  const { workgroups, index } = spread(groups);
  const column = `min(number % ${across}u, ${together * runs - 1}u)`;
  return {
    name: `affine ${shape.label}`,
    subgroups: share > 0,
    bindings: { ...a.bindings, control: read("Control"), b: read(`array<${type}>`), c: readWrite(`array<${type}>`) } as Bindings,
    wgsl: wgsl`
${controlTypes}
${splits > 1 ? `var<workgroup> parts: array<vec4f, ${tile.rows * workgroup}>;` : ""}
@compute @workgroup_size(${workgroup})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32 ${share ? ", @builtin(subgroup_invocation_id) lane: u32" : ""}) {
  let number = ${flat ? index : "group.x"} * ${perGroup}u + local % ${perGroup}u;
  let member = ${flat ? `${column} / ${runs}u` : "group.y"};
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
  ${tile.store((row, values) => `c[at + ${row} * ${runs}u] = ${type}(${values.join(", ")});`)}
}`,
    workgroups: flat ? workgroups : [groups, members, 1],
  } satisfies Kernel;
}
