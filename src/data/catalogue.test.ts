import { describe, expect, it } from "vitest";
import { dataSources, FILES, findSource } from "./catalogue";

describe("the catalogue of data sets", () => {
  it("finds a set by its name, and nothing by another text", () => {
    for (const source of dataSources) expect(findSource(source.name)).toBe(source);
    expect(["MNIST", "", "./mnist", "constructor"].map(findSource)).toEqual(
      Array(4).fill(undefined),
    );
  });

  it.each(dataSources)("has a checksum of its own for each file of $title", ({ sha256 }) => {
    expect(Object.keys(sha256)).toEqual(Object.keys(FILES));
    expect(new Set(Object.values(sha256)).size).toBe(4);
    for (const digest of Object.values(sha256)) expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it("has names that are folders of a page, and each once", () => {
    const names = dataSources.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]+$/);
  });
});
