import { expect, it } from "vitest";
import { MUTATIONS, stale } from "./mutations";

it("every mutation has its text, and a name of its own", () => {
  expect(stale(process.cwd())).toEqual([]);
  expect(new Set(MUTATIONS.map(({ name }) => name)).size).toBe(MUTATIONS.length);
});
