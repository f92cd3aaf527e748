/**
 * One tile of `update`, as WGSL: some words of inputs, four neighbouring rows of B each, by some
 * columns. Its sums are of products of what each row of the batch has there. There are two kinds:
 *
 *   alone   an invocation has `words` words by `parts` vec4s of columns
 *   quad    four invocations have four words by a run of columns each; the words go round (quad.ts)
 */
import { unroll } from "./kernel";
import { aroundQuad, runSums, runType } from "./quad";

/**
 * A tile's place and sizes, as WGSL: numbers, or names of what was looked up. Columns are counted
 * in what B is an array of.
 */
export interface TilePlace {
  /** Words of the layer, and columns. */
  words: string;
  columns: string;
  /** The tile's first column; its row of tiles; and how many of those there are. */
  column: string;
  place: string;
  down: string;
  /** Where B, its bias and G begin. */
  parameters: string;
  bias: string;
  gradients: string;
  /** The word at place `w` of the tile. */
  word: (w: string) => string;
  /**
   * Whether no tile has words past the last; how many parts even the last tile of a row has; and
   * what tells that a tile is not there, if any.
   */
  wholeWords: boolean;
  sureParts: number;
  spare: string | undefined;
}

export interface TileKind {
  /** Words and parts of an invocation, and the columns of a part. */
  words: number;
  parts: number;
  run: number;
  quad: boolean;
}

export const ALONE = (words: number, parts: number): TileKind => ({
  words,
  parts,
  run: 4,
  quad: false,
});
export const IN_QUAD = (run: number): TileKind => ({ words: 1, parts: 1, run, quad: true });

/** Words of a whole tile: what the lists of active.ts are made for. */
export const tileWords = ({ words, quad }: TileKind): number => (quad ? 4 * words : words);

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/**
 * WGSL of a tile's work. `loop` writes a loop over rows `i` around products; `load` is the WGSL of
 * the four numbers of row i at a word. The tiles past the last word do the bias.
 */
export function tileCode(
  kind: TileKind,
  size: TilePlace,
  rows: number,
  load: (word: string) => string,
  loop: (products: string) => string,
): string {
  const { words, parts, run, quad } = kind;
  const type = runType(run);
  const { zero, add, value } = runSums(run);
  /** Every sum: of a word (in a quad, that of lane xor w), an input e of its four, and a part. */
  const each = (line: (w: number, e: number, q: number) => string) =>
    unroll(quad ? 4 : words, (w) => unroll(4, (e) => unroll(parts, (q) => line(w, e, q))));
  const word = (w: number) => (size.wholeWords ? `word${w}` : `min(word${w}, ${size.words} - 1u)`);
  const inputs = quad
    ? `let a0 = ${load(word(0))}; ${aroundQuad("a")}`
    : unroll(words, (w) => `let a${w} = ${load(word(w))};`);
  const products = `
    ${unroll(parts, (q) => `let g${q} = g[gradients + i * ${size.columns} + ${q < size.sureParts ? `${q}u` : `min(${q}u, ${size.columns} - 1u - column)`}];`)}
    ${inputs}
    ${each((w, e, q) => add(`sum${w}_${e}_${q}`, (of) => `a${w}[${e}] * ${of(`g${q}`)}`))}`;
  const step = (w: number, e: number, q: number) => {
    const at = `base + (4u * word${w} + ${e}u) * ${size.columns} + ${q}u`;
    return `let old = b[${at}]; b[${at}] = ${type}(${range(run).map((c) => `old[${c}] - rate * ${value(`sum${w}_${e}_${q}`, c)}`)});`;
  };
  const stores = each((w, e, q) => {
    const inside = [
      ...(size.wholeWords ? [] : [`word${w} < ${size.words}`]),
      ...(q < size.sureParts ? [] : [`column + ${q}u < ${size.columns}`]),
    ].join(" && ");
    return inside ? `if (${inside}) { ${step(w, e, q)} }` : `{ ${step(w, e, q)} }`;
  });
  return `
  let column = ${size.column};
  let place = ${size.place};
  let base = ${size.parameters} + column;
  let gradients = ${size.gradients} + column;
  if (place >= ${size.down}) {
    if (place == ${size.down}${size.spare ? ` && !(${size.spare})` : ""}) {
      for (var q = 0u; q < ${parts}u && column + q < ${size.columns}; q++) {
        var sum = ${type}();
        for (var i = 0u; i < ${rows}u; i++) { let add = g[gradients + i * ${size.columns} + q]; ${unroll(run, (c) => `sum[${c}] += add[${c}];`)} }
        ${unroll(run, (c) => `b[base + ${size.bias} + q][${c}] -= rate * sum[${c}];`)}
      }
    }
    return;
  }
  ${quad ? unroll(4, (k) => `let word${k} = ${size.word(`(lane ^ ${k}u)`)};`) : unroll(words, (w) => `let word${w} = ${size.word(`${w}u`)};`)}
  ${each((w, e, q) => zero(`sum${w}_${e}_${q}`))}
  ${loop(products)}
  ${size.spare ? `if (${size.spare}) { return; }` : ""}
  ${stores}`;
}
