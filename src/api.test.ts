/** docs/api.md beside the code: every export and every field is there, and nothing else. */
import { readFileSync } from "node:fs";
import ts from "typescript-5";
import { describe, expect, it } from "vitest";
import { tanh } from "./index";
import { resolve } from "./model/spec";

const ENTRIES = {
  stairstep: "src/index.ts",
  "stairstep/bench": "src/bench/index.ts",
  "stairstep/verify": "src/verify/index.ts",
} as const;

const page = readFileSync("docs/api.md", "utf8");

/** Text of each entry by its name, for the parts of the page about one entry point. */
function documented(entry: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of page.split(/^## /m).slice(1)) {
    const [title = ""] = part.split("\n", 1);
    if ((/`(stairstep\/\w+)`/.exec(title)?.[1] ?? "stairstep") !== entry) continue;
    for (const item of part.split(/^### /m).slice(1)) {
      const name = /^`(\w+)`\n/.exec(item)?.[1];
      if (!name || found.has(name)) throw new Error(`not one new name: ### ${item.slice(0, 40)}`);
      found.set(name, item);
    }
  }
  return found;
}

const program = ts.createProgram(Object.values(ENTRIES), {
  ...{ target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, strict: true },
  ...{ moduleResolution: ts.ModuleResolutionKind.Bundler, resolveJsonModule: true },
  ...{ types: ["@webgpu/types"], lib: ["lib.es2023.d.ts", "lib.dom.d.ts"], noEmit: true },
});
const checker = program.getTypeChecker();

/** The exports of an entry point, types included, by the names that they have there. */
function exported(file: string): { name: string; symbol: ts.Symbol }[] {
  const source = program.getSourceFile(file) as ts.SourceFile;
  const module = checker.getSymbolAtLocation(source) as ts.Symbol;
  return checker.getExportsOfModule(module).map((one) => ({
    name: one.name,
    symbol: one.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(one) : one,
  }));
}

/** Public fields and methods of an exported interface or class, static ones too. */
function membersOf(symbol: ts.Symbol): string[] {
  if (!(symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class))) return [];
  const types = [checker.getDeclaredTypeOfSymbol(symbol)];
  if (symbol.flags & ts.SymbolFlags.Class) types.push(checker.getTypeOfSymbol(symbol));
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return types.flatMap((type) =>
    checker
      .getPropertiesOfType(type)
      .filter(({ name }) => name !== "prototype" && !name.startsWith("__@"))
      .filter(({ declarations = [] }) =>
        declarations.some(
          (at) =>
            !at.getSourceFile().fileName.includes("node_modules") &&
            !(ts.getCombinedModifierFlags(at) & hidden),
        ),
      )
      .map(({ name }) => name),
  );
}

describe.each(Object.entries(ENTRIES))("the reference of %s", (entry, file) => {
  const entries = documented(entry);
  const symbols = exported(file);

  it("has an entry for each export, and no other", () => {
    expect(symbols.length).toBeGreaterThan(5);
    expect([...entries.keys()].sort()).toEqual(symbols.map(({ name }) => name).sort());
  });

  it("names each field and method", () => {
    const missing = symbols.flatMap(({ name: of, symbol }) => {
      const code = (entries.get(of) ?? "").match(/```[^`]+```|`[^`]+`/g)?.join(" ") ?? "";
      return membersOf(symbol)
        .filter((name) => !new RegExp(`\\b${name}\\b`).test(code))
        .map((name) => `${of}.${name}`);
    });
    expect(missing).toEqual([]);
  });
});

it("has every option of a run, and its default", () => {
  const rows = new Map<string, string>();
  for (const [, name = "", value = ""] of (
    documented("stairstep").get("TrainOptions") ?? ""
  ).matchAll(/^\| `(\w+)\??: [^`]+` \| (.*?) \|/gm))
    rows.set(name, value.replace(/[`"]/g, ""));
  const options = exported(ENTRIES.stairstep).find(({ name }) => name === "TrainOptions");
  expect([...rows.keys()].sort()).toEqual(membersOf(options?.symbol as ts.Symbol).sort());
  const {
    members: [member],
    hidden: _,
    ...spec
  } = resolve({ hidden: [tanh(1)] });
  for (const [name, value] of Object.entries({ ...spec, ...member }))
    if (value !== undefined && name !== "slope")
      expect([name, rows.get(name)]).toEqual([
        name,
        typeof value === "number"
          ? expect.toSatisfy((text) => Number(text) === value)
          : String(value),
      ]);
});
