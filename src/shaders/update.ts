/**
 * Weight gradient and SGD in one, in place, for all members, with each member's own rate:
 *
 *   B -= rate · Aᵀ·G;   bias -= rate · Σ over rows of G          A [rows, inner], G [rows, columns], B as in matmul.ts
 *
 * One dispatch takes several layers: the first reads pixels and has code of its own; those above it share one code that
 * looks its layer's sizes up. A tile is `updateWords` words by `updateQuads` quads; the tiles past the last word do the bias.
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupCount, wordOfGroup } from "./active";
import { controlTypes } from "./control";
import { type Bindings, ceilDiv, indexOf, inFours, type Kernel, pad4, pick, read, readWrite, spread, startsOf, sure, unroll } from "./kernel";
import { input, type MatmulShape, NOWHERE, parameterQuads, type Tiles } from "./matmul";

export type UpdateLayer = Pick<MatmulShape, "inner" | "columns" | "input" | "places">;

export interface UpdateShape {
  label: string;
  rows: number;
  members: number;
  tiles: Tiles;
  /** At most one of them reads pixels. */
  layers: readonly UpdateLayer[];
  /** The last update of a step also counts the step and anneals the slopes; nothing else of it reads either. */
  advance: boolean;
}

const rowWordsOf = (input: MatmulShape["input"]): number => (input === "activations" ? 1 : input.rowWords);

/** Words of a tile: what the lists of active.ts are made for. */
export const updateGroup = ({ inner, input, tiles }: Pick<MatmulShape, "inner" | "input" | "tiles">): number =>
  Math.min(tiles.updateWords, ceilDiv(pad4(inner) / 4, rowWordsOf(input)));

/** Quads of a tile that cost the least where `together` rows of tiles lie side by side, in fours. */
function updateQuads(columns: number, tiles: Tiles, together = 1): number {
  const quads = pad4(columns) / 4;
  /** A tile's own loads (list, row, words) cost about as much as three quarters of a quad. */
  const cost = (q: number) => inFours(together * ceilDiv(quads, q)) * (q + 0.75);
  const candidates = Array.from({ length: Math.min(quads, tiles.updateQuads) }, (_, i) => i + 1);
  return candidates.reduce((best, q) => (cost(q) <= cost(best) ? q : best));
}

/** A tile's sizes, as WGSL: numbers, or names of what was looked up. */
interface TileSizes {
  words: string;
  quads: string;
  /** Tiles of a row; the tile of this invocation; and tiles of a column. */
  tile: string;
  place: string;
  down: string;
  parameters: string;
  bias: string;
  gradients: string;
  /** Whether no tile has words past the last, and how many quads even the last tile of a row has. */
  wholeWords: boolean;
  sureQuads: number;
}

/** WGSL of one tile's work, for invocation `id` of a layer. */
function tileCode(size: TileSizes, { rows, words, quads, word, loop }: TileBody): string {
  const each = (line: (e: number, q: number) => string) => unroll(4 * words, (e) => unroll(quads, (q) => line(e, q)));
  const products = `
    ${unroll(quads, (q) => `let g${q} = g[gradients + i * ${size.quads} + ${q < size.sureQuads ? `${q}u` : `min(${q}u, ${size.quads} - 1u - quad)`}];`)}
    ${each((e, q) => `sum${e}_${q} += a${e >> 2}[${e & 3}] * g${q};`)}`;
  return `
  let quad = ${size.tile} * ${quads}u;
  let place = ${size.place};
  let base = ${size.parameters} + quad;
  let gradients = ${size.gradients} + quad;
  if (place >= ${size.down}) {
    if (place == ${size.down}) {
      for (var q = 0u; q < ${quads}u && quad + q < ${size.quads}; q++) {
        var sum = vec4f();
        for (var i = 0u; i < ${rows}u; i++) { sum += g[gradients + i * ${size.quads} + q]; }
        b[base + ${size.bias} + q] -= rate * sum;
      }
    }
    return;
  }
  ${unroll(words, (w) => `let word${w} = ${word(w)};`)}
  ${each((e, q) => `var sum${e}_${q} = vec4f();`)}
  ${loop(products)}
  ${each((e, q) => {
    const inside = [...(size.wholeWords ? [] : [`word${e >> 2} < ${size.words}`]), ...(q < size.sureQuads ? [] : [`quad + ${q}u < ${size.quads}`])].join(
      " && ",
    );
    return `${inside && `if (${inside}) `}{ b[base + (4u * word${e >> 2} + ${e & 3}u) * ${size.quads} + ${q}u] -= rate * sum${e}_${q}; }`;
  })}`;
}

interface TileBody {
  rows: number;
  words: number;
  quads: number;
  word: (w: number) => string;
  /** The loop over rows `i`: makes a0 …, then does what it is given. */
  loop: (products: string) => string;
}

interface Part {
  bindings: Bindings;
  /** Of each of `members` rows of workgroups. */
  invocations: number;
  members: number;
  code: string;
}

/** The layer that reads pixels, in a function of its own. */
function pixelsPart(shape: UpdateShape, layer: UpdateLayer): Part {
  const { rows, tiles } = shape;
  const { inner, columns, places = NOWHERE } = layer;
  const a = input({ ...shape, ...layer }, "control.trained");
  const words = updateGroup({ ...layer, tiles });
  const quads = updateQuads(columns, tiles, shape.members);
  const rowWords = rowWordsOf(layer.input);
  const down = groupCount({ words: pad4(inner) / 4, rowWords }, words);
  const across = ceilDiv(pad4(columns) / 4, quads);
  // Pixels and lists are the same for all members, so their tiles lie side by side.
  const taken = inFours(shape.members * across);
  const size: TileSizes = {
    words: `${pad4(inner) / 4}u`,
    quads: `${pad4(columns) / 4}u`,
    tile: `id % ${taken}u % ${across}u`,
    place: `id / ${taken}u`,
    down: `${down}u`,
    parameters: `${places.parameters}u + member * ${parameterQuads(inner, columns)}u`,
    bias: `${pad4(inner) * (pad4(columns) / 4)}u`,
    gradients: `${places.outputs}u + member * ${rows * (pad4(columns) / 4)}u`,
    wholeWords: down * words === pad4(inner) / 4,
    sureQuads: sure(pad4(columns) / 4, quads),
  };
  const loads = unroll(words, (w) => `let a${w} = ${a.decode(a.load(`row + min(word${w}, ${size.words} - 1u)`))};`);
  const body: TileBody = {
    rows,
    words,
    quads,
    word: (w) => wordOfGroup(rowWords, words, "place", `${w}u`),
    loop: (products) => a.loop("i", rows, "place", down, `let row = ${a.row("i")};\n${loads}\n${products}`),
  };
  const code = `fn update_pixels(id: u32) {
  let member = id % ${taken}u / ${across}u;
  if (member >= ${shape.members}u) { return; }
  let rate = control.members[member].rate;
  ${tileCode(size, body)}
}`;
  return { bindings: a.bindings, invocations: (down + 1) * taken, members: 1, code };
}

/** The layers that read activations `y`, in one function. */
function activationsPart({ rows, members, tiles }: UpdateShape, layers: readonly UpdateLayer[]): Part {
  const quads = updateQuads(Math.max(...layers.map(({ columns }) => columns)), tiles);
  // A head of few classes is not worth the time that compiling a larger tile takes.
  const words = quads < 4 ? 1 : updateGroup({ inner: Math.max(...layers.map(({ inner }) => inner)), input: "activations", tiles });
  const sizes = layers.map(({ inner, columns, places = NOWHERE }) => {
    const [wordCount, quadCount] = [pad4(inner) / 4, pad4(columns) / 4];
    const [down, across] = [ceilDiv(wordCount, words), ceilDiv(quadCount, quads)];
    return { ...places, words: wordCount, quads: quadCount, down, across, block: parameterQuads(inner, columns), invocations: (down + 1) * across };
  });
  const starts = startsOf(sizes.map(({ invocations }) => invocations));
  /** A number of the layer at hand. */
  const of = (key: keyof (typeof sizes)[number]) =>
    pick(
      "layer",
      sizes.map((size) => size[key]),
    );
  const size: TileSizes = {
    words: "words",
    quads: "quads",
    tile: `id % ${of("across")}`,
    place: `id / ${of("across")}`,
    down: of("down"),
    parameters: `${of("parameters")} + member * ${of("block")}`,
    bias: "4u * words * quads",
    gradients: `${of("outputs")} + member * ${rows}u * quads`,
    wholeWords: sizes.every((size) => size.down * words === size.words),
    sureQuads: Math.min(...sizes.map((size) => sure(size.quads, quads))),
  };
  const body: TileBody = {
    rows,
    words,
    quads,
    word: (w) => `place * ${words}u + ${w}u`,
    loop: (products) => `for (var i = 0u; i < ${rows}u; i++) {
    ${unroll(words, (w) => `let a${w} = y[source + i * words + min(word${w}, words - 1u)];`)}
    ${products}
  }`,
  };
  const code = `fn update_layers(at: u32, member: u32) {
  let rate = control.members[member].rate;
  let layer = ${indexOf("at", starts)};
  let id = at - ${pick("layer", starts)};
  let words = ${of("words")};
  let quads = ${of("quads")};
  let source = ${of("inputs")} + member * ${rows}u * words;
  ${tileCode(size, body)}
}`;
  const invocations = sizes.reduce((sum, size) => sum + size.invocations, 0);
  return { bindings: { y: read("array<vec4f>") }, invocations, members, code };
}

/** b -= rate · Aᵀ·G and bias -= rate · Σ G of `layers`, with A the images (`a`, `batches`, `lists`) or the activations `y`. */
export function updateKernel(shape: UpdateShape) {
  const { label, members, tiles, layers, advance } = shape;
  const pixels = layers.filter(({ input }) => input !== "activations").map((layer) => pixelsPart(shape, layer))[0];
  const upper = layers.filter(({ input }) => input === "activations");
  const activations = upper.length > 0 ? activationsPart(shape, upper) : undefined;
  const groups = (part: Part | undefined) => ceilDiv(part?.invocations ?? 0, tiles.workgroup);
  const [lower, above] = [groups(pixels), groups(activations)];
  const { workgroups, index } = spread(lower + above * members);
  const layersOf = (at: string) => `let at = ${at};
    update_layers(at % ${Math.max(1, above) * tiles.workgroup}u, at / ${Math.max(1, above) * tiles.workgroup}u);`;
  return {
    name: `update ${label}`,
    bindings: {
      ...pixels?.bindings,
      ...activations?.bindings,
      g: read("array<vec4f>"),
      control: advance ? readWrite("Control") : read("Control"),
      b: readWrite("array<vec4f>"),
    } as Bindings,
    wgsl: wgsl`
${controlTypes}
${pixels?.code ?? ""}
${activations?.code ?? ""}
@compute @workgroup_size(${tiles.workgroup})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let number = ${index} * ${tiles.workgroup}u + local;
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
  ${pixels && activations ? `if (number < ${lower * tiles.workgroup}u) { update_pixels(number); } else { ${layersOf(`number - ${lower * tiles.workgroup}u`)} }` : pixels ? "update_pixels(number);" : layersOf("number")}
}`,
    workgroups,
  } satisfies Kernel;
}
