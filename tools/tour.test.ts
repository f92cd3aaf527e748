/** docs/one-step.md names files, functions and sizes: each must be where the page says. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { networkKernels } from "../src/model/kernels";
import { layer } from "../src/model/own-layer";

const page = readFileSync("docs/one-step.md", "utf8");
const defaults = { hidden: [layer("onehot:5", 100)] };
const kernels = {
  gpu: networkKernels(defaults, "gpu"),
  software: networkKernels(defaults, "software"),
};

/** Links, and the names behind each: [`model/step.ts`](../src/model/step.ts): `a`, `b`. */
const links = [...page.matchAll(/\[([^\]]+)\]\(([^)#\s]+)[^)]*\)(?::((?:\s`\w+`,?)+))?/g)]
  .map(([, text = "", target = "", names = ""]) => ({
    ...{ text, target },
    names: [...names.matchAll(/\w+/g)].map(([name]) => name),
  }))
  .filter(({ target }) => !target.startsWith("http"));

describe("the tour of a step", () => {
  it("links to files that are there, and calls them by their paths under src", () => {
    expect(links.length).toBeGreaterThan(40);
    for (const { text, target } of links) {
      expect(existsSync(join("docs", target)), target).toBe(true);
      if (text.endsWith(".ts`")) expect(`\`${target.replace("../src/", "")}\``).toBe(text);
    }
  });

  it("names functions and types that those files have", () => {
    const named = links.flatMap(({ target, names }) => names.map((name) => ({ target, name })));
    expect(named.length).toBeGreaterThan(40);
    for (const { target, name } of named)
      expect(readFileSync(join("docs", target), "utf8"), `${target}: ${name}`).toMatch(
        new RegExp(
          "(fn|function|const|class|interface|type|struct|private|async|static) " +
            `${name}\\b|^ {2}${name}\\(`,
          "m",
        ),
      );
  });

  it("quotes lines of the kernels as they are printed", () => {
    const lines = new Set(kernels.gpu.flatMap(({ wgsl }) => wgsl.split("\n").map((l) => l.trim())));
    const quoted = [...page.matchAll(/```wgsl\n(.*?)```/gs)].flatMap(([, code = ""]) =>
      code.trim().split("\n"),
    );
    expect(quoted.length).toBeGreaterThan(10);
    for (const line of quoted) expect(lines, line).toContain(line.trim());
  });

  it("tells the constants of the default network", () => {
    const rows = [...page.matchAll(/^\| ([a-z ]+) \| `([A-Z_]+)` \| (\S+) \| (\S+) \|/gm)];
    expect(rows.length).toBeGreaterThan(10);
    for (const [, kernel = "", constant = "", ...values] of rows)
      for (const [i, kind] of (["gpu", "software"] as const).entries()) {
        const text = kernels[kind].find(({ name }) => name.startsWith(kernel))?.wgsl;
        const [, found = "–"] =
          new RegExp(`^const ${constant} = (\\d+)u;`, "m").exec(text ?? "") ?? [];
        expect(`${kernel} ${constant} ${kind} ${found}`).toBe(
          `${kernel} ${constant} ${kind} ${values[i]}`,
        );
      }
  });
});
