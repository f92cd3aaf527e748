/**
 * Weight gradient and SGD in one, in place, for all members, with each member's own rate:
 *
 *   B -= rate · Aᵀ·G;   bias -= rate · Σ over rows of G          A [rows, inner], G [rows, columns], B as in matmul.ts
 *
 * One dispatch takes several layers: the first reads pixels and has code of its own; those above it
 * share one code that looks its layer's sizes up. update-tile.ts has the tiles; the tiles past the
 * last word do the bias.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupCount, rowsTogether, wordOfGroup } from "./active";
import { controlTypes } from "./control";
import {
  type Bindings,
  ceilDiv,
  indexOf,
  inFours,
  type Kernel,
  pad4,
  pick,
  read,
  readWrite,
  spread,
  startsOf,
  sure,
} from "./kernel";
import { input, loopOver, type MatmulShape, NOWHERE, parameterQuads, type Tiles } from "./matmul";
import { laneOf, runLength, runType } from "./quad";
import { ALONE, IN_QUAD, type TileKind, type TilePlace, tileCode, tileWords } from "./update-tile";

export type UpdateLayer = Pick<MatmulShape, "inner" | "columns" | "input" | "places">;

export interface UpdateShape {
  label: string;
  rows: number;
  members: number;
  tiles: Tiles;
  /** At most one of them reads pixels. */
  layers: readonly UpdateLayer[];
  /**
   * The last update of a step also counts the step and anneals the slopes; nothing else of it reads
   * either.
   */
  advance: boolean;
}

const rowWordsOf = (input: MatmulShape["input"]): number =>
  input === "activations" ? 1 : input.rowWords;

/** Words of a tile: what the lists of active.ts are made for. */
export const updateGroup = ({
  inner,
  input,
  tiles,
}: Pick<MatmulShape, "inner" | "input" | "tiles">): number =>
  tiles.share
    ? tileWords(IN_QUAD(4))
    : Math.min(tiles.updateWords, ceilDiv(pad4(inner) / 4, rowWordsOf(input)));

/**
 * Quads of a tile that cost the least where `together` rows of tiles lie side by side, in fours.
 */
function updateQuads(columns: number, tiles: Tiles, together = 1): number {
  const quads = pad4(columns) / 4;
  /** A tile's own loads (list, row, words) cost about as much as three quarters of a quad. */
  const cost = (q: number) => inFours(together * ceilDiv(quads, q)) * (q + 0.75);
  const candidates = Array.from({ length: Math.min(quads, tiles.updateQuads) }, (_, i) => i + 1);
  return candidates.reduce((best, q) => (cost(q) <= cost(best) ? q : best));
}

/** Columns of what B and G are arrays of: the same for all layers. */
function updateRun({ tiles, layers, members }: UpdateShape): number {
  if (!tiles.share) return 4;
  const wide = layers.map(({ columns, input, places = NOWHERE }) => ({
    columns,
    together: input === "activations" ? 1 : members,
    starts: [places.parameters, places.outputs],
  }));
  return runLength(wide);
}

/**
 * WGSL of one kind of layer's work, and how many invocations it takes, each of `members` times
 * over.
 */
interface Part {
  bindings: Bindings;
  invocations: number;
  members: number;
  code: string;
}

/** The layer that reads pixels, in a function of its own. */
function pixelsPart(shape: UpdateShape, layer: UpdateLayer, run: number): Part {
  const { rows, tiles, members } = shape;
  const { inner, columns, places = NOWHERE } = layer;
  const a = input({ ...shape, ...layer }, "control.trained");
  const kind = tiles.share
    ? IN_QUAD(run)
    : ALONE(updateGroup({ ...layer, tiles }), updateQuads(columns, tiles, members));
  const group = tileWords(kind);
  const rowWords = rowWordsOf(layer.input);
  const words = pad4(inner) / 4;
  const down = groupCount({ words, rowWords }, group);
  const wide = pad4(columns) / run;
  const across = ceilDiv(wide, kind.parts);
  // Pixels and lists are the same for all members, so their tiles lie side by side.
  const [all, taken] = [members * across, inFours(members * across)];
  const size: TilePlace = {
    words: `${words}u`,
    columns: `${wide}u`,
    column: `tile % ${across}u * ${kind.parts}u`,
    place: `id / ${taken}u`,
    down: `${down}u`,
    parameters: `${(4 * places.parameters) / run}u + member * ${(4 * parameterQuads(inner, columns)) / run}u`,
    bias: `${pad4(inner) * wide}u`,
    gradients: `${(4 * places.outputs) / run}u + member * ${rows * wide}u`,
    word: (w) => wordOfGroup(rowWords, group, "place", w),
    wholeWords: down * group === words,
    sureParts: sure(wide, kind.parts),
    spare: taken > all ? `id % ${taken}u >= ${all}u` : undefined,
  };
  const loop = (products: string) => a.overRows("place", down, products);
  const code = `fn update_pixels(id: u32, lane: u32) {
  let tile = min(id % ${taken}u, ${all - 1}u);
  let member = tile / ${across}u;
  let rate = control.members[member].rate;
  ${a.begin}
  ${tileCode(kind, size, rows, (word) => a.load(`row + ${word}`), loop)}
}`;
  return { bindings: a.bindings, invocations: (down + 1) * taken, members: 1, code };
}

/** The layers that read activations `y`, in one function. */
function activationsPart(
  { rows, members, tiles }: UpdateShape,
  layers: readonly UpdateLayer[],
  run: number,
): Part {
  const quads = updateQuads(Math.max(...layers.map(({ columns }) => columns)), tiles);
  // A head of few classes is not worth the time that compiling a larger tile takes.
  const words =
    quads < 4
      ? 1
      : updateGroup({
          inner: Math.max(...layers.map(({ inner }) => inner)),
          input: "activations",
          tiles,
        });
  const kind: TileKind = tiles.share ? IN_QUAD(run) : ALONE(words, quads);
  const sizes = layers.map(({ inner, columns, places = NOWHERE }) => {
    const [wordCount, wide] = [pad4(inner) / 4, pad4(columns) / run];
    const [down, across] = [ceilDiv(wordCount, tileWords(kind)), ceilDiv(wide, kind.parts)];
    const taken = tiles.share ? inFours(across) : across;
    return {
      inputs: places.inputs,
      parameters: (4 * places.parameters) / run,
      outputs: (4 * places.outputs) / run,
      words: wordCount,
      wide,
      down,
      across,
      taken,
      block: (4 * parameterQuads(inner, columns)) / run,
      invocations: (down + 1) * taken,
    };
  });
  const starts = startsOf(sizes.map(({ invocations }) => invocations));
  /** A number of the layer at hand. */
  const of = (key: keyof (typeof sizes)[number]) =>
    pick(
      "layer",
      sizes.map((size) => size[key]),
    );
  const size: TilePlace = {
    words: "words",
    columns: "columns",
    column: `min(id % ${of("taken")}, ${of("across")} - 1u) * ${kind.parts}u`,
    place: `id / ${of("taken")}`,
    down: of("down"),
    parameters: `${of("parameters")} + member * ${of("block")}`,
    bias: "4u * words * columns",
    gradients: `${of("outputs")} + member * ${rows}u * columns`,
    word: (w) => `place * ${tileWords(kind)}u + ${w}`,
    wholeWords: sizes.every((size) => size.down * tileWords(kind) === size.words),
    sureParts: Math.min(...sizes.map((size) => sure(size.wide, kind.parts))),
    spare: sizes.some(({ taken, across }) => taken > across)
      ? `id % ${of("taken")} >= ${of("across")}`
      : undefined,
  };
  const loop = (products: string) =>
    loopOver("0u", `${rows}u`, 1, rowsTogether(rows), (n) => `let i = ${n};\n${products}`);
  const code = `fn update_layers(at: u32, member: u32, lane: u32) {
  let rate = control.members[member].rate;
  let layer = ${indexOf("at", starts)};
  let id = at - ${pick("layer", starts)};
  let words = ${of("words")};
  let columns = ${of("wide")};
  let source = ${of("inputs")} + member * ${rows}u * words;
  ${tileCode(kind, size, rows, (word) => `y[source + i * words + ${word}]`, loop)}
}`;
  const invocations = sizes.reduce((sum, size) => sum + size.invocations, 0);
  return { bindings: { y: read("array<vec4f>") }, invocations, members, code };
}

/**
 * b -= rate · Aᵀ·G and bias -= rate · Σ G of `layers`, with A the images (`a`, `batches`, `lists`)
 * or the activations `y`.
 */
export function updateKernel(shape: UpdateShape) {
  const { label, members, tiles, layers, advance } = shape;
  const run = updateRun(shape);
  const pixels = layers
    .filter(({ input }) => input !== "activations")
    .map((layer) => pixelsPart(shape, layer, run))[0];
  const upper = layers.filter(({ input }) => input === "activations");
  const activations = upper.length > 0 ? activationsPart(shape, upper, run) : undefined;
  const groups = (part: Part | undefined) => ceilDiv(part?.invocations ?? 0, tiles.workgroup);
  const [lower, above] = [groups(pixels), groups(activations)];
  const { workgroups, index } = spread(lower + above * members);
  const layersOf = (at: string) => `let at = ${at};
    update_layers(at % ${Math.max(1, above) * tiles.workgroup}u, at / ${Math.max(1, above) * tiles.workgroup}u, lane);`;
  return {
    name: `update ${label}`,
    subgroups: tiles.share > 0,
    bindings: {
      ...pixels?.bindings,
      ...activations?.bindings,
      g: read(`array<${runType(run)}>`),
      control: advance ? readWrite("Control") : read("Control"),
      b: readWrite(`array<${runType(run)}>`),
    } as Bindings,
    wgsl: wgsl`
${controlTypes}
${pixels?.code ?? ""}
${activations?.code ?? ""}
@compute @workgroup_size(${tiles.workgroup})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32${laneOf(tiles.share)}) {
  let number = ${index} * ${tiles.workgroup}u + local;
  ${tiles.share ? "" : "let lane = 0u;"}
  #if ${advance}
  if (number == 0u) {
    let step = control.trained + 1u;
    control.step = step;
    if (step % control.epoch_steps == 0u) {
      for (var m = 0u; m < arrayLength(&control.members); m++) {
        let member = control.members[m];
        control.members[m].slope = min(member.slope * member.anneal, member.cap);
        control.members[m].shown_slope = min(member.shown_slope * member.shown_anneal, member.cap);
      }
    }
  }
  #endif
  ${pixels && activations ? `if (number < ${lower * tiles.workgroup}u) { update_pixels(number, lane); } else { ${layersOf(`number - ${lower * tiles.workgroup}u`)} }` : pixels ? "update_pixels(number, lane);" : layersOf("number")}
}`,
    workgroups,
  } satisfies Kernel;
}
