/** What builds make shorter: shaders, golden vectors, and maps. */
import type { Plugin } from "vite";

/**
 * Spaces that WGSL and TypeScript need as little as indentation; not in lines with strings, but
 * where a kernel begins or ends.
 */
const tight = (line: string): string =>
  /["']|`.*`/.test(line)
    ? line
    : line
        .replace(/ ([-+*%=<>&|^?:]+|\/) (?!-)/g, "$1")
        .replace(/([,;:)]) (?!\/\/)/g, "$1")
        .replace(/ ?\{ (?!\/\/)/g, "{")
        .replace(/ \{/g, "{")
        .replace(/\b(if|for|while) \(/g, "$1(");

/**
 * Shaders without indentation and blanks, and without comments but the marks of flatten.ts: no
 * minifier finds them inside templates.
 */
export const shaders = (): Plugin => ({
  name: "shaders",
  apply: "build",
  transform: {
    filter: { id: /\/src\/shaders\/(?!flatten)/ },
    handler: (code, id) => {
      const lines = code
        .replace(/[ \t]*\/\/ (?!unroll|registers).*$/gm, "")
        .split("\n")
        .map((line) => tight(line.trimStart()));
      // Each line is the line that it was.
      const mappings = lines.map((_, i) => (i === 0 ? "AAAA" : "AACA")).join(";");
      return { code: lines.join("\n"), map: { version: 3, sources: [id], names: [], mappings } };
    },
  },
});

/** Draws stay as they are, which are of 24 bits, and so does the float32 of every other number. */
const shorter = (_: string, value: unknown): unknown => {
  if (typeof value !== "number" || Number.isInteger(value * 2 ** 24)) return value;
  const rounded = Number(value.toPrecision(12));
  return Math.fround(rounded) === Math.fround(value) ? rounded : value;
};

/** Golden vectors to 12 digits, which no tolerance comes near: a third less to install. */
export const vectors = (): Plugin => ({
  name: "vectors",
  apply: "build",
  enforce: "pre",
  transform: {
    filter: { id: /\/golden(-codes)?\.json$/ },
    handler: (code) => ({
      code: JSON.stringify(JSON.parse(code, shorter)),
      map: { version: 3, sources: [], names: [], mappings: "" },
    }),
  },
});

/** Maps without the text of other people's packages, which have their own. */
export const maps = (): Plugin => ({
  name: "maps",
  apply: "build",
  generateBundle: {
    order: "post",
    handler(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== "asset" || !file.fileName.endsWith(".map")) continue;
        const map = JSON.parse(String(file.source));
        map.sourcesContent = map.sourcesContent?.map((text: string, i: number) =>
          map.sources[i].includes("node_modules") ? null : text,
        );
        file.source = JSON.stringify(map);
      }
    },
  },
});
