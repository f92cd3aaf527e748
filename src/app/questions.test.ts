import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { bands, FILE } from "../../tools/bands";
import { bandOf, QUESTIONS } from "./questions";
import { check, DEFAULTS } from "./settings";

it("shows the bands of the committed reproduction", () => {
  expect(JSON.parse(readFileSync(FILE, "utf8"))).toEqual(JSON.parse(bands()));
});

it("has eight questions whose runs can be trained, with a source and what came out", () => {
  expect(QUESTIONS).toHaveLength(8);
  expect(new Set(QUESTIONS.map(({ id }) => id)).size).toBe(8);
  for (const { predictions, right, arms, source } of QUESTIONS) {
    expect(predictions[right]).toBeTypeOf("string");
    expect(arms.length).toBeGreaterThan(1);
    const [file = "", section] = source.split("#");
    const text = readFileSync(`docs/${file}`, "utf8");
    if (section) expect(text).toContain(`(#${section})`);
    for (const arm of arms) {
      check({ ...DEFAULTS, ...arm.settings });
      expect(bandOf(arm).least).toHaveLength(20);
      expect(Math.min(...bandOf(arm).least)).toBeGreaterThan(0.8);
    }
  }
});
