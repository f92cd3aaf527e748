/**
 * Flattens WGSL: writes out loops marked `// unroll`, and turns arrays marked `// registers` into
 * variables.
 *
 *   var sum = array<array<f32, RUN>, ROWS>(); // registers     var sum_0_0 = f32(); …
 *   for (var r = 0u; r < ROWS; r++) { // unroll           →    sum_0_0 += x; sum_1_0 += x; …
 *     sum[r][0] += x;
 *   }
 *
 * The text is valid WGSL before and after, and means the same. Drivers of GPUs do this themselves;
 * SwiftShader's compiler does not, and keeps an array that a loop indexes in memory: the same
 * product takes seven times as long (bench/NOTES.md).
 *
 * Arrays begin with their zeros written out: Tint sets a `var` without them once, not in every turn
 * of a loop.
 *
 * Of `if (3u < SURE || …) {` a block is left where the first part holds: what stands behind a
 * condition takes longer to compile, and to run where invocations are masked.
 *
 * `// unroll` is for loops of at most 64 turns, `// unroll 16` for those of at most 16; longer ones
 * stay loops. Sizes are the text's own `const NAME = 7u;`.
 */
const MOST_TURNS = 64;

// Spaces are left out of the built library.
const CONSTANT = /^const (\w+) ?= ?(\d+)u;/gm;
const LOOP =
  /^([ \t]*)for ?\(var (\w+) ?= ?0u; ?\2 ?< ?(\w+); ?\2\+\+\) ?\{ \/\/ unroll(?: (\d+))?\n/m;
const ARRAY = /^([ \t]*)var (\w+) ?= ?(array<.+>)\(\); \/\/ registers\n/m;

const SURE = /if ?\((\d+)u ?< ?(\w+) ?\|\| ?.*\{$/gm;
/** A mark at a line's end. */
const MARK = / ?\/\/ ?(unroll|registers)( \d+)?$/m;

type Constants = ReadonlyMap<string, number>;

/** `ROWS`, or `4u`, as a number. */
function numberOf(name: string, constants: Constants): number {
  const value = constants.get(name) ?? Number.parseInt(name, 10);
  if (!Number.isInteger(value)) throw new Error(`${name} is no constant of this kernel`);
  return value;
}

/** Index of the brace that closes the block which `from` lies in. */
function closing(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return at;
  }
  return text.length;
}

/** The body for each turn; in a block of its own where it declares something. */
function turns(body: string, index: string, count: number, indent: string): string {
  const declares = /\b(let|var|const) /.test(body);
  const inner = declares ? body : body.replace(/^ {2}/gm, "");
  const name = new RegExp(`\\b${index}\\b`, "g");
  return Array.from({ length: count }, (_, i) => {
    const turn = inner.replace(name, `${i}u`);
    return declares ? `${indent}{\n${turn}${indent}}\n` : turn;
  }).join("");
}

function unrollLoops(text: string, constants: Constants): string {
  let [done, rest] = ["", text];
  for (let loop = LOOP.exec(rest); loop; loop = LOOP.exec(rest)) {
    const [header, indent, index, end, most] = loop as unknown as [
      ...[string, string, string, string],
      string | undefined,
    ];
    const begin = loop.index + header.length;
    const stop = closing(rest, begin);
    const count = numberOf(end, constants);
    if (count > Number(most ?? MOST_TURNS)) {
      done += rest.slice(0, begin).replace(MARK, "");
      rest = rest.slice(begin);
      continue;
    }
    const body = rest.slice(begin, rest.lastIndexOf("\n", stop) + 1);
    done += rest.slice(0, loop.index);
    rest = turns(body, index, count, indent) + rest.slice(rest.indexOf("\n", stop) + 1);
  }
  return done + rest;
}

/** Element type and sizes of nested arrays, from the outermost inwards. */
function shapeOf(type: string, constants: Constants): { element: string; sizes: number[] } {
  const [, inner, size] = /^array<(.*), ?(\w+)>$/.exec(type) ?? [];
  if (!inner || !size) return { element: type, sizes: [] };
  const { element, sizes } = shapeOf(inner, constants);
  return { element, sizes: [numberOf(size, constants), ...sizes] };
}

/** `_0_0`, `_0_1`, … for every element of nested arrays. */
const suffixes = (sizes: readonly number[]): string[] =>
  sizes.reduce<string[]>(
    (names, size) =>
      names.flatMap((name) => Array.from({ length: size }, (_, i) => `${name}_${i}`)),
    [""],
  );

/** Throws where an array marked `// registers` is indexed by what is not known by now. */
function spreadArrays(text: string, constants: Constants): string {
  const found = ARRAY.exec(text);
  if (!found) return text;
  const [declaration, indent, name, type] = found as unknown as [string, string, string, string];
  const { element, sizes } = shapeOf(type, constants);
  const begin = found.index + declaration.length;
  const end = closing(text, begin);
  const access = new RegExp(`\\b${name}((?:\\[\\d+u?\\]){${sizes.length}})`, "g");
  const block = text
    .slice(begin, end)
    .replace(access, (_, at: string) => name + at.replace(/\[(\d+)u?\]/g, "_$1"));
  if (new RegExp(`\\b${name}\\[`).test(block))
    throw new Error(`${name} is marked // registers and has a variable index`);
  const variables = suffixes(sizes).map(
    (suffix) => `${indent}var ${name}${suffix} = ${element}();\n`,
  );
  const before = text.slice(0, found.index) + variables.join("");
  return spreadArrays(before + block + text.slice(end), constants);
}

/** Takes conditions away that surely hold. */
const settle = (text: string, constants: Constants): string =>
  text.replace(SURE, (condition, value: string, bound: string) =>
    Number(value) < (constants.get(bound) ?? 0) ? "{" : condition,
  );

export function flatten(text: string): string {
  const constants = new Map(
    [...text.matchAll(CONSTANT)].map(([, name, value]) => [name as string, Number(value)]),
  );
  const flat = settle(spreadArrays(unrollLoops(text, constants), constants), constants);
  const left = MARK.exec(flat);
  if (left)
    throw new Error(`a mark is not understood: ${flat.slice(0, left.index).split("\n").at(-1)}`);
  return flat;
}
