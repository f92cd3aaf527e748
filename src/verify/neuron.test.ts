/** `verifyNeuron`: a neuron and an estimator from outside pass, and each break is noticed. */
import { describe, expect, it } from "vitest";
import { layer } from "../model/own-layer";
import type { Neuron } from "../shaders/neurons/neuron";
import { oneHotEstimator } from "../shaders/neurons/one-hot";
import { ordered, real } from "../shaders/neurons/ordered";
import { testDevice } from "../testing";
import { verifyNeuron } from "./neuron";
import { oneHotTwin, orderedTwin, realTwin, type Twin, twinOf } from "./twin/neurons";

/** A step of `height` on a slope of `leak`. */
const leakyBy = (leak: string, height = "1.0") =>
  ordered({
    name: "leaky",
    summary: "a step that leaks",
    activation: () => /* wgsl */ `
fn activation(x: f32, slope: f32) -> vec2f {
  let f = ${height} / (1.0 + exp(-x));
  return vec2f(f + ${leak} * x, f * (1.0 - f) + ${leak});
}`,
  });
const leaky = leakyBy("0.1");
const twin = orderedTwin((z, s) => {
  const f = 1 / (1 + Math.exp(-s * z));
  return [f + 0.1 * s * z, s * (f * (1 - f) + 0.1)];
});
const check = async (neuron: Neuron, by: Twin, more = {}) =>
  verifyNeuron(await testDevice(), neuron, by, { inputs: 200, ...more });

describe("verifyNeuron", () => {
  it("passes a neuron from outside, on thousands of inputs", async () => {
    const result = await verifyNeuron(await testDevice(), leaky, twin);
    expect(result).toEqual({ passed: true, inputs: 6000, maxError: expect.any(Number) });
    expect(result.maxError).toBeLessThan(2e-5);
  });

  it("passes a real neuron, and one with sizes", async () => {
    const soft = real({
      name: "soft",
      summary: "x / (1 + |x|)",
      size: { name: "degrees", minimum: 1, initial: 2 },
      activation: (degree) => /* wgsl */ `
fn activation(x: f32, slope: f32) -> vec2f {
  let d = 1.0 + abs(x);
  return ${degree}.0 * vec2f(x / d, 1.0 / (d * d));
}`,
    });
    const result = await check(
      soft,
      realTwin((z, s, degree) => {
        const d = 1 + Math.abs(s * z);
        return [(degree * s * z) / d, (degree * s) / (d * d)];
      }),
    );
    expect(result.passed, result.where).toBe(true);
    expect(result.inputs).toBe(3 * 4 * 3 * 200);
  });

  it("passes an estimator from outside, of a size by name", async () => {
    const bold = oneHotEstimator({
      name: "bold",
      summary: "twice the gradient where it samples",
      draws: "neuron",
      usesTau: false,
      sample: "soften(slope);\n  choose(at, pick(element));",
      backward: "jacobian(2.0 * scale);",
    });
    const plain = twinOf("onehot", "straight-through");
    const twice: Twin = (given) => {
      const fired = plain(given);
      const by = given.u ? 2 : 1;
      return { ...fired, back: (dy) => fired.back(dy).map((x) => by * x) };
    };
    const by = (of: Twin) => async () =>
      verifyNeuron(await testDevice(), "onehot:4", of, { estimator: bold, inputs: 200 });
    expect(await by(twice)()).toMatchObject({ passed: true, inputs: 2400 });
    const { passed, where } = await by(plain)();
    expect(passed).toBe(false);
    expect(where).toMatch(/^onehot bold: dz\[\d\] is .*, u \[0\.\d+\], dy \[.*size 4, stochastic/);
    const choice = oneHotTwin((l, [u = 0]) => ({
      ...plain({ z: l, u: [u], slope: 1, tau: 1, size: 4 }),
    }));
    expect((await by(choice)()).passed).toBe(false);
  });

  it.each<[string, Neuron, RegExp]>([
    ["a derivative", leakyBy("0.1", "1.01"), /^leaky straight-through: (y|dz)\[0\] is /],
    ["a leak of a thousandth more", leakyBy("0.101"), /and its twin says/],
    [
      "a gradient alone",
      real({
        name: "leaky",
        summary: "",
        activation: () =>
          "fn activation(x: f32, slope: f32) -> vec2f { return vec2f(0.1 * x, 0.1001); }",
      }),
      /^leaky exact: dz\[0\] is .*, and its twin says .*, at z \[.*\], dy \[.*\], slope 2\.5/,
    ],
    [
      "a value that is none",
      leakyBy("sqrt(x - 9.0)"),
      /^leaky straight-through: y\[0\] is NaN, and its twin says/,
    ],
  ])("tells %s", async (_, wrong, where) => {
    const line: Twin = realTwin((z, s) => [0.1 * s * z, 0.1 * s]);
    const result = await check(wrong, wrong.estimators[0]?.name === "exact" ? line : twin);
    expect(result.passed).toBe(false);
    expect(result.where).toMatch(where);
    expect(result.maxError).not.toBeLessThan(2e-5);
  });

  it("tells a wrong twin, sampled or rounded", async () => {
    const wrong = orderedTwin((z, s) => [1 / (1 + Math.exp(-s * z)), 0.25 * s]);
    expect(await check(leaky, wrong)).toMatchObject({ passed: false });
    const late: Twin = (given) => ({ ...twin(given), ...(given.u ? {} : { y: [0] }) });
    const { passed, where } = await check(leaky, late);
    expect(passed).toBe(false);
    expect(where).toMatch(/y\[0\] is -?[1-9].*its twin says 0, .*deterministic/);
  });

  it("refuses a twin that is none", async () => {
    const unsure: Twin = (given) => ({ ...twin(given), margin: 0 });
    await expect(check(leaky, unsure)).rejects.toThrow(
      "the twin of leaky straight-through gives 1000 margins",
    );
    const short: Twin = (given) => ({ ...twin(given), y: [] });
    await expect(check(leaky, short)).rejects.toThrow("gives 0 outputs: give 1, as many as z has");
    await expect(check(leaky, ((x: number) => x) as never)).rejects.toThrow(
      "a twin gives { y, back, margin }: orderedTwin((z, slope) => [f, df/dz]) makes one",
    );
    const bare = orderedTwin(((z: number) => z) as never);
    await expect(check(leaky, bare)).rejects.toThrow(
      "the curve of a twin gives 0.3: give [f, df/dz]",
    );
  });

  it("answers wrong WGSL with kernel, line and caret, and what is no neuron by name", async () => {
    await expect(check(leakyBy("leak"), twin)).rejects.toThrow(
      /^kernel fire leaky straight-through does not compile.*\nline \d+: .*leak.*\n {2}.*\n +\^/s,
    );
    await expect(check({ ...leaky, name: "tanh" }, twin)).rejects.toThrow("give it another name");
    expect(() => layer(leaky, 5)).not.toThrow();
  });
});
