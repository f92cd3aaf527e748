import { describe, expect, it } from "vitest";
import {
  counted,
  duration,
  escapeMarkup,
  formatBytes,
  inPercent,
  neuronName,
  percent,
  thousands,
} from "./format";
import { parseNeuron } from "./model/spec";
import { neurons } from "./shaders/neurons/catalogue";

describe("formats", () => {
  it("shares in per cent", () => {
    expect([percent(0.97654), percent(0.97654, 1), percent(1, 0)]).toEqual([
      "97.65 %",
      "97.7 %",
      "100 %",
    ]);
    expect(inPercent(0.0012)).toBe("0.12");
  });

  it("thousands, with what is not whole rounded", () => {
    expect([0, 999, 60_000, 1234.5].map(thousands)).toEqual(["0", "999", "60,000", "1,235"]);
  });

  it("counts with their noun", () => {
    expect([0, 1, 2000].map((n) => counted(n, "run"))).toEqual(["0 runs", "1 run", "2,000 runs"]);
  });

  it("durations in seconds, and in minutes from 90 seconds on", () => {
    expect([0, 0.2, 89.9, 90, 121].map(duration)).toEqual(["0 s", "1 s", "90 s", "2 min", "3 min"]);
  });

  it("bytes in decimal units, to three digits", () => {
    expect([999, 47_040_016, 1e12, 2e15].map(formatBytes)).toEqual([
      "999 bytes",
      "47 MB",
      "1 TB",
      "2000 TB",
    ]);
  });

  it("neurons as parseNeuron reads them, with a size where they have one", () => {
    expect([neuronName("onehot", 5), neuronName("onehot", undefined)]).toEqual([
      "onehot:5",
      "onehot",
    ]);
    expect([neuronName("tanh", 1), neuronName("tanh", undefined)]).toEqual(["tanh", "tanh"]);
    for (const { name, size } of neurons)
      expect(parseNeuron(neuronName(name, size?.initial))).toEqual({
        neuron: name,
        ...(size ? { size: size.initial } : {}),
      });
  });

  it("text in markup, attributes included", () => {
    expect(escapeMarkup('a < b & "c" > d')).toBe("a &lt; b &amp; &quot;c&quot; &gt; d");
  });
});
